# `make` alone starts the service. Python 3.11+ and make are all it needs; the first run builds .venv.
PY ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
  $(p) -c 'import sys; sys.version_info >= (3, 11) and print("$(p)")' 2>/dev/null)) python3)
BIN := .venv/bin
UV := uv==0.13.8
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
# Some shells and images forbid bytecode: then every process compiles all it imports anew, which takes seconds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := serve
.PHONY: help serve test demo check lint bench torture lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

serve: .venv/.done ## start the service (this is the default)
	@$(BIN)/rowledger serve

test: .venv/.done ## run the tests
	$(BIN)/python -m pytest -n 3 --dist worksteal

demo: .venv/.done ## a tour with real data
	@$(BIN)/rowledger demo

check: ## everything a change must pass: lint, then test
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory test

lint: .venv/.done ## style, types and the import rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.done ## measure
	$(BIN)/python -m benchmarks

torture: .venv/.done ## the long tests: crashes and races
	$(BIN)/python -m pytest tests -m torture -n 0

lock: .venv/.done ## bring requirements.lock up to pyproject.toml (the next run rebuilds .venv)
	@$(BIN)/python -m pip install -q $(UV)
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url \
	  --python-version 3.11 pyproject.toml --group dev -o requirements.lock

clean: ## remove .venv and everything else that can be made again
	rm -rf .venv .boot build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Made anew whenever the lock changes, so that nothing which is no longer locked lives on.
# Debian's python3 may come without ensurepip (python3-venv): virtualenv steps in.
.venv/.done: requirements.lock pyproject.toml
	@$(PY) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PY=/path/to/python3.12")'
	@echo "Making .venv from requirements.lock, once, with $$($(PY) --version): about half a minute ..."
	@$(PY) -m venv --clear .venv >/dev/null 2>&1 || { rm -rf .venv .boot \
	  && $(PY) -m pip install -q --target .boot virtualenv \
	  && PYTHONPATH=.boot $(PY) -m virtualenv -q .venv && rm -rf .boot; } \
	  || { echo "no way to make .venv: install Python's venv or pip (Debian: apt install python3-venv)"; exit 1; }
	@$(BIN)/python -m pip install -q $(UV) \
	  && $(BIN)/uv pip sync -q --require-hashes --python $(BIN)/python requirements.lock \
	  || { echo "uv did not manage: pip does it, more slowly ..."; \
	  $(BIN)/python -m pip install -q --require-hashes -r requirements.lock; }
	@$(BIN)/uv pip install -q --no-deps --no-build-isolation --python $(BIN)/python -e . \
	  || $(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@
