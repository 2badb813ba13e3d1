"""Quote text as a literal of DuckDB's SQL, for the places where no parameter is allowed."""


def quote_literal(text: str) -> str:
    """Return `text` as an SQL string literal, with its quotes."""
    return "'" + text.replace("'", "''") + "'"


def escape_braces(text: str) -> str:
    """Escape SQL or a pattern for a template of `str.format`, in which braces mark what is filled in."""
    return text.replace("{", "{{").replace("}", "}}")
