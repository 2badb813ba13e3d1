"""The functions that searches use, and the extension pg_trgm."""

from psycopg import errors

from migrations import UnfitServer
from migrations.sql import run, run_file

revision = "0008"
down_revision = "0007"

_UNAVAILABLE = (errors.InsufficientPrivilege, errors.FeatureNotSupported, errors.UndefinedFile)


def upgrade() -> None:
    try:
        run("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        run("SELECT word_similarity('a', 'b'), 'a' <% 'b'")
    except _UNAVAILABLE as error:
        why = str(error).splitlines()[0]
        raise UnfitServer(f"searches need the extension pg_trgm of PostgreSQL's contrib: {why}") from None
    except errors.UndefinedFunction:
        why = "it is installed in a schema outside this connection's search_path"
        raise UnfitServer(f"searches need the extension pg_trgm: {why}") from None
    run_file("0008_search.sql")
