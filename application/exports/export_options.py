"""How an export is to be written: its format, and what only some formats can be told."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

from domain.errors import BadRequest, Fault, Invalid, suggest_nearest

DELIMITERS = ",;|:\t"


class ExportFormat(StrEnum):
    """The formats a dataset leaves in."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    NDJSON = "ndjson"
    PARQUET = "parquet"
    DATAPACKAGE = "datapackage"


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """The format and, for csv alone, the rest. `formula_guard`: text that a spreadsheet would take for a formula
    gets an apostrophe before it; `original_format`: values are written as the source file wrote them."""

    format: ExportFormat = ExportFormat.CSV
    delimiter: str = ","
    bom: bool = False
    formula_guard: bool = False
    original_format: bool = False

    @property
    def given(self) -> Mapping[str, object]:
        """What `parse` makes the same options of."""
        return {name: value for name, value in asdict(self).items() if name == "format" or value != _DEFAULTS[name]}


_DEFAULTS = asdict(ExportOptions())

OPTION_NAMES = tuple(field.name for field in fields(ExportOptions))


def parse_export_options(given: Mapping[str, object], kind: type[BadRequest | Invalid] = BadRequest) -> ExportOptions:
    """The options in a request; those it leaves out have their defaults. Raises `kind` naming what is wrong."""
    format = given.get("format", ExportFormat.CSV)
    if format not in list(ExportFormat):
        hint = suggest_nearest(str(format)[:60], list(ExportFormat))
        raise _option_error(kind, "format", "invalid-format", f"format={str(format)[:60]!r} is not written: {hint}")
    said = {name: value for name, value in given.items() if name != "format"}
    for name, value in said.items():
        default = _DEFAULTS[name]
        if type(value) is not type(default):
            what = "true or false" if isinstance(default, bool) else "a string"
            raise _option_error(kind, name, "type-error", f"{name} must be {what}")
        if format != ExportFormat.CSV and value != default:
            raise _option_error(kind, name, "invalid-option", f"{name} is for format=csv; {format} has no such thing")
    delimiter = said.get("delimiter", ",")
    if len(str(delimiter)) != 1 or str(delimiter) not in DELIMITERS:
        detail = f"delimiter={str(delimiter)[:20]!r} is none of , ; | : or a tab"
        raise _option_error(kind, "delimiter", "invalid-delimiter", detail)
    return ExportOptions(ExportFormat(format), **said)  # type: ignore[arg-type]


def _option_error(kind: type[BadRequest | Invalid], name: str, code: str, detail: str) -> BadRequest | Invalid:
    return kind(code, detail, (Fault(name, code, detail),))
