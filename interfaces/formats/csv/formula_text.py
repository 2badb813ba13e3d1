"""Texts written as formulas, `="0001234"`, so that spreadsheet programs do not take them for numbers.

The text is what is in the quotes. Only text columns, and columns whose type is declared, have such cells: a guessed
type never includes them, because who writes `="12"` means text.
"""

import re

_FORMULA = re.compile(r'="((?:[^"]|"")*)"')


def unwrap_formula(cell: str) -> str:
    """The text of a cell like `="0001234"`; any other cell as it is."""
    match = _FORMULA.fullmatch(cell) if cell.startswith('="') else None
    return match[1].replace('""', '"') if match else cell


def unwrap_formula_sql(column: str) -> str:
    """The same in SQL."""
    is_formula = f'starts_with({column}, \'="\') and regexp_full_match({column}, \'="([^"]|"")*"\')'
    return f"if({is_formula}, replace(substr({column}, 3, length({column}) - 3), '\"\"', '\"'), {column})"
