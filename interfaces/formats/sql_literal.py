"""A text as DuckDB's SQL writes it, where it takes no parameter."""


def quote_literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
