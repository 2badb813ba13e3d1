"""The formula guard: an apostrophe in front of text that a spreadsheet would run as a formula.

Text that already looks guarded gets another apostrophe, so that the guard can always be taken off again.
"""

import re

FORMULA_SIGNS = "=+-@\t\r"
"""Characters that begin a formula in a spreadsheet (OWASP, CSV injection)."""


def guarded_pattern(signs: str = FORMULA_SIGNS) -> str:
    """A regular expression for the beginning of texts that are guarded, if they can begin with these signs."""
    return f"'*[{re.escape(signs)}]"


_NEEDS_GUARD = re.compile(guarded_pattern())


def guard_formula(text: str) -> str:
    """The text, with an apostrophe in front if it begins with a sign, or with apostrophes before one."""
    return f"'{text}" if _NEEDS_GUARD.match(text) else text


def unguard_formula(text: str) -> str:
    """The text that `guard_formula` was given."""
    return text[1:] if text[:1] == "'" and _NEEDS_GUARD.match(text) else text
