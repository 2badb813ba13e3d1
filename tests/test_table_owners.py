"""A table has one owner: the module, or the package, whose SQL names it. Everything else goes through the owner.

The scan reads the string constants of the source. Docstrings and other bare strings are no SQL.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from application import tables as write_side
from projections.models import tables as read_side

ROOT = Path(__file__).parents[1]
PACKAGES = ("domain", "application", "projections", "interfaces")

OWNERS = {
    "events": "application/log/event_table.py",
    "event_log": "application/log/event_table.py",
    "chunks": "application/log/chunks.py",
    "chunk_references": "application/log/chunks.py",
    "follower_positions": "application/log/positions.py",
    "follower_failures": "application/log/positions.py",
    "slugs": "application/commands/slugs.py",
    "idempotency": "application/commands/idempotency/idempotency_keys.py",
    "file_claims": "application/imports/acceptance.py",
    "jobs": "application/jobs/job_store/",
    "uploads": "application/uploads/resumable_uploads.py",
    "datasets": "projections/models/datasets/",
    "versions": "projections/models/versions.py",
    "imports": "projections/models/imports.py",
    "rejects": "projections/models/imports.py",
    "audit": "projections/models/audit.py",
    "record_indexes": "projections/indexes/catalog.py",
}
"""Every fixed table, and the view on the log. The tables of records belong to `projections/sql/record_tables.py`."""

_NAMED = r"""
        \b(?:FROM|INTO|UPDATE|JOIN|TABLE|COPY|ONLY|USING|LIKE)\s+(?:\w+\.)?"?(\w+)"?
        | (?:regclass|relation_size|table_size)\('(?:\w+\.)?(\w+)'
        | '(?:\w+\.)?(\w+)'::regclass"""
"""A table in SQL. Keywords are capitals in this code; in a text that begins as a statement, any case counts."""

_STATEMENT = re.compile(r"\s*(select|insert|update|delete|with|lock|copy|truncate)\b", re.IGNORECASE)

_LOCK_KEY = re.compile(r"hashtextextended\((?!concat_ws)(.*?), 0\)")

LOCK_KEYS = {
    "'rebuild ' || %s": "projections/indexes/rebuild_lock.py",
    "'follower ' || %s": "application/log/follower.py",
    "'position of follower ' || %s": "application/log/positions.py",
    "'job ' || %s::text": "application/jobs/attempt_lock.py",
    "'job order ' || %s::text": "application/jobs/job_store/job_writes.py",
}
"""The expressions of advisory lock keys. That of the writer lease is the SQL function `writer_lease_key`."""


def texts(source: str) -> Iterator[tuple[int, str]]:
    """The string constants of a module, each with its line, without strings that are statements of their own."""
    tree = ast.parse(source)
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in bare:
            if isinstance(node.value, str):
                yield node.lineno, node.value
            elif isinstance(node.value, bytes):
                yield node.lineno, node.value.decode(errors="replace")


def tables_in(text: str) -> set[str]:
    """The names that SQL in a text uses as tables."""
    flags = re.VERBOSE | re.IGNORECASE if _STATEMENT.match(text) else re.VERBOSE
    return {name.lower() for found in re.findall(_NAMED, text, flags) for name in found if name}


def identifiers(source: str) -> Iterator[tuple[int, str]]:
    """The constants that are given to `Identifier(…)`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Identifier"):
            for argument in node.args:
                if isinstance(argument, ast.Constant):
                    yield node.lineno, str(argument.value)


def trespasses(path: str, source: str) -> list[str]:
    """Where a module names a table that it does not own."""
    named = {(line, name) for line, text in texts(source) for name in tables_in(text)}
    return [
        f"{path}:{line} names the table {name} of {OWNERS[name]}"
        for line, name in sorted(named.union(identifiers(source)))
        if name in OWNERS and not path.startswith(OWNERS[name])
    ]


def modules() -> dict[str, str]:
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def test_every_table_has_an_owner() -> None:
    tables = {*write_side.metadata.tables, *read_side.metadata.tables}
    assert tables == set(OWNERS) - {"event_log"}


def test_owners_name_their_tables() -> None:
    named = {
        (owner, table)
        for path, source in modules().items()
        for _, text in texts(source)
        for table in tables_in(text)
        if path.startswith(owner := OWNERS.get(table, "none"))
    }
    assert named == {(owner, table) for table, owner in OWNERS.items()}


def test_no_other_module_names_a_table_in_sql() -> None:
    assert [found for path, source in modules().items() for found in trespasses(path, source)] == []


@pytest.mark.parametrize(
    "planted",
    [
        '_COUNT = "SELECT count(*) FROM datasets"',
        '_COUNT = "SELECT count(*) FROM public.datasets WHERE deleted_at IS NULL"',
        'cursor.execute(b"SELECT FROM versions JOIN datasets USING (dataset_id)")',
        '_QUERY = SQL("""\nSELECT * FROM {table}\nJOIN datasets ON true\n""")',
        '_INSERT = "INSERT INTO datasets (dataset_id) VALUES (%s)"',
        'def rename(cursor):\n    """Rename."""\n    cursor.execute(f"UPDATE datasets SET slug = %s WHERE {rest}")',
        '_DELETE = "DELETE FROM datasets"',
        '_DELETE = "delete from Datasets"',
        '_LOCK = "LOCK TABLE datasets IN SHARE MODE"',
        "_COPY = 'COPY datasets FROM STDIN'",
        'cursor.execute(SQL("SELECT * FROM {}").format(sql.Identifier("public", "datasets")))',
        "_SIZE = \"SELECT pg_total_relation_size('datasets')\"",
        "_LOCK = \"SELECT pg_advisory_xact_lock('datasets'::regclass::oid::int, 1)\"",
    ],
)
def test_a_planted_violation_is_found(planted: str) -> None:
    path = "projections/query/joins.py"
    for source in (planted, modules()[path] + planted):
        assert any("the table datasets of projections/models/datasets/" in one for one in trespasses(path, source))
    assert not any("table datasets" in one for one in trespasses("projections/models/datasets/heads.py", planted))


@pytest.mark.parametrize(
    "harmless",
    [
        '"""Rows FROM datasets."""',
        'def read():\n    """Read FROM datasets."""',
        'LIMIT = 3\n"""Of a read FROM datasets."""',
        '_QUERY = SQL("SELECT version FROM ({newest}) AS datasets")',
        '_QUERY = "SELECT datasets.version FROM datasets_of_old"',
        'names = ["datasets"]',
        'DETAIL = "The rows come from datasets"',
    ],
)
def test_what_is_no_sql_is_left_alone(harmless: str) -> None:
    assert trespasses("projections/query/joins.py", harmless) == []


def test_each_expression_of_a_lock_key_stands_in_one_module() -> None:
    found = {
        (expression, path)
        for path, source in modules().items()
        for _, text in texts(source)
        for expression in _LOCK_KEY.findall(text)
    }
    assert found == set(LOCK_KEYS.items())


def test_the_writer_lease_has_one_definition() -> None:
    defined = [
        path.name
        for path in (ROOT / "migrations").rglob("*.sql")
        if re.search(r"hashtextextended\(\w*id::text, 0\)", path.read_text(encoding="utf-8"))
    ]
    assert defined == ["0013_writer_lease.sql"]
    using = {path for path, source in modules().items() for _, text in texts(source) if "writer_lease_key(" in text}
    assert sorted(using) == ["application/commands/writer_lease.py", "projections/models/datasets/heads.py"]
