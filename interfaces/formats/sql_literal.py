"""Quote text as a literal of DuckDB's SQL, for the places where no parameter is allowed."""


def quote_literal(text: str) -> str:
    """Return `text` as an SQL string literal, with its quotes."""
    return "'" + text.replace("'", "''") + "'"
