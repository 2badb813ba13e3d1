"""Translate the CSV dialect of a data package (versions 1 and 2) to the options of an import."""

from typing import Any

from domain.columns import quote_value
from interfaces.formats.data_package.descriptor import PackageResource, Properties, descriptor_error, expect

_TEXTS = {"delimiter": "delimiter", "quoteChar": "quote", "escapeChar": "escape", "commentChar": "comment"}


def dialect_options(resource: PackageResource) -> dict[str, Any]:
    """The options, by name, that the resource specifies. Raises Invalid `invalid-datapackage`."""
    dialect, pointer = resource.dialect, f"{resource.pointer}/dialect"
    if dialect.get("skipInitialSpace") is True:
        raise descriptor_error(f"{pointer}/skipInitialSpace", "blanks after a delimiter are not skipped")
    if (sequence := dialect.get("nullSequence")) not in (None, ""):
        why = f"{quote_value(sequence)}: name such texts in missingValues of the schema"
        raise descriptor_error(f"{pointer}/nullSequence", why)
    found = {
        option: expect(f"{pointer}/{name}", dialect[name], str)
        for name, option in _TEXTS.items()
        if dialect.get(name) is not None
    }
    if resource.encoding is not None:
        found["encoding"] = resource.encoding
    return found | _header_options(dialect, pointer)


def _header_options(dialect: Properties, pointer: str) -> dict[str, Any]:
    """Version 1 says whether there is a header, version 2 also in which rows. Nothing said: it is detected."""
    if "header" in dialect and not expect(f"{pointer}/header", dialect["header"], bool):
        return {"header": False}
    rows = dialect.get("headerRows")
    if rows is None:
        return {"header": True} if "header" in dialect else {}
    rows = [expect(f"{pointer}/headerRows/{at}", row, int) for at, row in enumerate(expect(pointer, rows, list))]
    if not rows or rows != list(range(rows[0], rows[0] + len(rows))) or rows[0] < 1:
        raise descriptor_error(f"{pointer}/headerRows", "expected the numbers of rows that follow each other")
    return {"header": True if len(rows) == 1 else len(rows), "skip_rows": rows[0] - 1}
