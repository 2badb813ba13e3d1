"""The codes of problems, found in the source.

A code is a text that is passed as the argument `code` of a function or class, or is assigned to a variable `code`. A
function that takes a code has the statuses of the refusals that it makes.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path

from application.jobs.kinds import JobKindName
from domain import errors
from domain.all_aggregates import AGGREGATES
from domain.errors import Refusal
from interfaces.http.problems import STATUS

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "application", "projections", "interfaces")

COMPOSED = (
    {f"{kind}-failed": {422} for kind in JobKindName}
    | {f"{one.name}-not-found": {404} for one in AGGREGATES}
    | {
        f"{parameter}-{why}": {400}
        for parameter in ("on", "group-by", "measures", "sort")
        for why in ("syntax", "limit", "type")
    }
)
"""Codes that contain the name of a kind of job, an aggregate or a parameter."""

FRAMEWORK = {"not-found": {404}, "method-not-allowed": {405}}
"""The framework's own refusals."""

_CODE = re.compile(r"[a-z]+(-[a-z]+)*")
_REFUSALS = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Refusal)
}


@dataclass(frozen=True, slots=True)
class CodeTaker:
    """A function or class with a parameter `code`: its place among the arguments, and its refusals' statuses."""

    place: int
    statuses: frozenset[int] = frozenset()


def problem_codes() -> Mapping[str, set[int]]:
    """Every code with its statuses; none: it only occurs in `errors`, or with a rejected row."""
    takers, found = _find_code_takers(), defaultdict[str, set[int]](set)
    for node in _nodes():
        if isinstance(node, ast.Call) and (taker := takers.get(_called_name(node))):
            for code in _codes_passed(node, taker.place):
                found[code] |= _stated_statuses(node) or taker.statuses
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            statuses = _statuses_of_refusals(node)
            for code in _codes_assigned(node):
                found[code] |= statuses
    for code, statuses in (*COMPOSED.items(), *FRAMEWORK.items()):
        found[code] |= statuses
    return found


def string_constants() -> frozenset[str]:
    """Every string in the source."""
    return frozenset(
        node.value for node in _nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@cache
def _nodes() -> tuple[ast.AST, ...]:
    files = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return tuple(node for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def _find_code_takers() -> Mapping[str, CodeTaker]:
    found = {name: CodeTaker(0, frozenset({int(STATUS[kind])})) for name, kind in _REFUSALS.items() if kind in STATUS}
    for node in _nodes():
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() if "code" in (names := _parameters(node)):
                found[node.name] = CodeTaker(names.index("code"), frozenset(_statuses_of_refusals(node)))
            case ast.ClassDef() if "code" in (names := _fields(node)):
                found.setdefault(node.name, CodeTaker(names.index("code")))
    del found["__init__"]
    return found


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    return [one.arg for one in node.args.args if one.arg not in ("self", "cls")]


def _fields(node: ast.ClassDef) -> list[str]:
    makers = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
    if makers:
        return _parameters(makers[0])
    fields = (one.target for one in node.body if isinstance(one, ast.AnnAssign))
    return [target.id for target in fields if isinstance(target, ast.Name)]


def _statuses_of_refusals(node: ast.AST) -> set[int]:
    names = (_called_name(one) for one in ast.walk(node) if isinstance(one, ast.Call))
    return {int(STATUS[_REFUSALS[name]]) for name in names if name in _REFUSALS and _REFUSALS[name] in STATUS}


def _codes_passed(call: ast.Call, place: int) -> Iterator[str]:
    if len(call.args) > place:
        yield from _literals(call.args[place])
    for keyword in call.keywords:
        if keyword.arg == "code":
            yield from _literals(keyword.value)


def _codes_assigned(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Those of variables and of parameters' defaults."""
    for one in ast.walk(node):
        if isinstance(one, ast.Assign) and [getattr(target, "id", None) for target in one.targets] == ["code"]:
            yield from _literals(one.value)
    for parameter, default in zip(reversed(node.args.args), reversed(node.args.defaults), strict=False):
        if parameter.arg == "code":
            yield from _literals(default)


def _stated_statuses(call: ast.Call) -> set[int]:
    """The status among the arguments, as in `response(request, HTTPStatus.BAD_REQUEST, …)`."""
    stated = {
        getattr(HTTPStatus, one.attr) for one in call.args if isinstance(one, ast.Attribute) and one.attr.isupper()
    }
    return {int(one) for one in stated} | {
        one.value for one in call.args if isinstance(one, ast.Constant) and type(one.value) is int
    }


def _called_name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _literals(code: ast.expr) -> Iterator[str]:
    match code:
        case ast.Constant(value=str(text)) if _CODE.fullmatch(text):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from _literals(one)
            yield from _literals(other)
