"""Parses a list in a parameter into terms: `city,year(born)`, `count,sum("Unit price")`, `-count,city`.

A name with a comma, a quote or a parenthesis is written in double quotes, as in a filter.
"""

import re
from dataclasses import dataclass

from domain.columns import Column
from domain.errors import BadRequest, Fault, suggest_nearest
from domain.query.filter.tree import BUILTINS, Builtin
from domain.schema import Definition


@dataclass(frozen=True, slots=True)
class ListTerm:
    """A name, or a function of a name. `at` is the position of the term, `name_at` that of the name, from 1."""

    name: str
    quoted: bool
    function: str | None
    descending: bool
    at: int
    name_at: int

    @property
    def label(self) -> str:
        """The name in a response: the name, or `sum(name)`."""
        return self.name if self.function is None else f"{self.function}({self.name})"


_NAME = r'(?:"(?P<quoted>(?:[^"]|"")*+)"|(?P<plain>[^",()]*+))\s*+'
_CALL = re.compile(rf"\s*+(?P<minus>-?)\s*+(?P<function>\w++)\s*+\(\s*+{_NAME}\)\s*+(?P<after>.?)", re.DOTALL)
_BARE = re.compile(rf"\s*+(?P<minus>-?)\s*+{_NAME}(?P<after>.?)", re.DOTALL)


def parse_terms(text: str, parameter: str, max_terms: int, signed: bool = False) -> tuple[ListTerm, ...]:
    """The terms of `text` in order, without repetitions, none for a blank text. `signed`: a `-` may precede a term.

    Raises BadRequest `<parameter>-syntax` or `<parameter>-limit`, which names the character.
    """
    found: list[ListTerm] = []
    at = 0
    while text.strip() and at <= len(text):
        match = _CALL.match(text, at) or _BARE.match(text, at)
        if match is None or match["after"] not in ("", ","):
            broken = at if match is None else match.start("after")
            why = "expected ',' or the end; write a name with a comma, a quote or a parenthesis in double quotes"
            raise parameter_error(parameter, "syntax", text[broken : broken + 20], broken + 1, why)
        term = _parse_term(match, parameter)
        if any(term.label == earlier.label for earlier in found):
            raise parameter_error(parameter, "syntax", term.label, term.at, "it is repeated")
        if match["minus"] and not signed:
            raise parameter_error(parameter, "syntax", "-", match.start("minus") + 1, "only a sort can have a '-'")
        if len(found) == max_terms:
            raise parameter_error(parameter, "limit", text[at : at + 20], at + 1, f"at most {max_terms} are allowed")
        found.append(term)
        at = match.end() if match["after"] else len(text) + 1
    return tuple(found)


def find_column(term: ListTerm, definition: Definition, parameter: str, where: str = "") -> Column | Builtin:
    """The column that `term` names. Raises BadRequest `unknown-column` with a hint."""
    if not term.quoted and term.name in BUILTINS:
        return Builtin(term.name)
    if (column := definition.find(term.name)) is not None:
        return column
    known = (*definition.names, *(BUILTINS if term.name.startswith("$") else ()))
    why = f"there is no such column{where}: {suggest_nearest(term.name, known)}"
    raise parameter_error(parameter, "unknown-column", term.name, term.name_at, why)


def parameter_error(parameter: str, problem: str, piece: str, at: int, why: str) -> BadRequest:
    """The error about `piece` of a list at character `at`; `why` says what would be accepted.

    Its code is `<parameter>-<problem>`, except for unknown columns and functions.
    """
    code = problem if problem.startswith("unknown-") else f"{parameter.replace('_', '-')}-{problem}"
    shown = piece if len(piece) <= 60 else piece[:57] + "…"
    detail = f"{repr(shown) if shown else 'The end'} at character {at} of {parameter}: {why}"
    return BadRequest(code, detail, (Fault(parameter, code, detail),))


def _parse_term(match: re.Match[str], parameter: str) -> ListTerm:
    plain, quoted, function = match["plain"], match["quoted"], match.groupdict().get("function")
    name = plain.strip() if quoted is None else quoted.replace('""', '"')
    name_at = match.start("plain" if quoted is None else "quoted") + 1
    if not name:
        raise parameter_error(parameter, "syntax", match["after"], name_at, "a column name is missing")
    at = match.start("function") + 1 if function else name_at
    return ListTerm(name, quoted is not None, function, bool(match["minus"]), at, name_at)
