# The service without its embedded PostgreSQL: give it DATABASE_URL. See docker-compose.yml.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app

COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock

COPY pyproject.toml README.md ./
COPY domain domain
COPY application application
COPY projections projections
COPY interfaces interfaces
COPY migrations migrations
COPY examples examples
# Editable, so that templates and other files beside the code are found where they lie.
RUN pip install --no-deps --no-build-isolation -e .

RUN useradd --system --uid 10001 rowledger && install -d -o rowledger -g rowledger /var/lib/rowledger
USER rowledger
ENV ROWLEDGER_DATA=/var/lib/rowledger
VOLUME /var/lib/rowledger

# DATABASE_URL=postgresql://user:password@host:5432/name
CMD ["rowledger", "serve"]
