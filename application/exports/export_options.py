"""The options of an export: its format, and options that only some formats have."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

from domain.columns import quote_value
from domain.errors import BadRequest, Fault, Invalid, suggest_nearest

DELIMITERS = ",;|:\t"


class ExportFormat(StrEnum):
    """The formats of exports."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    NDJSON = "ndjson"
    PARQUET = "parquet"
    DATAPACKAGE = "datapackage"


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """The format, and options of the format csv. `formula_guard`: text that a spreadsheet would treat as a formula is
    prefixed with an apostrophe. `original_format`: values are written as in the source file."""

    format: ExportFormat = ExportFormat.CSV
    delimiter: str = ","
    bom: bool = False
    formula_guard: bool = False
    original_format: bool = False

    @property
    def given(self) -> Mapping[str, object]:
        """The options that differ from their defaults, as `parse_export_options` reads them."""
        return {name: value for name, value in asdict(self).items() if name == "format" or value != _DEFAULTS[name]}


_DEFAULTS = asdict(ExportOptions())

OPTION_NAMES = tuple(field.name for field in fields(ExportOptions))


def parse_export_options(given: Mapping[str, object], kind: type[BadRequest | Invalid] = BadRequest) -> ExportOptions:
    """The options in a request; missing ones have their defaults. Raises `kind`, which names the invalid option."""
    format = given.get("format", ExportFormat.CSV)
    if format not in list(ExportFormat):
        hint = suggest_nearest(str(format)[:60], list(ExportFormat))
        raise _option_error(
            kind, "format", "invalid-format", f"format={quote_value(format)} is not supported: {hint}"
        )
    others = {name: value for name, value in given.items() if name != "format"}
    for name, value in others.items():
        default = _DEFAULTS[name]
        if type(value) is not type(default):
            what = "true or false" if isinstance(default, bool) else "a string"
            raise _option_error(kind, name, "type-error", f"{name} must be {what}")
        if format != ExportFormat.CSV and value != default:
            raise _option_error(
                kind, name, "invalid-option", f"{name} is for format=csv; {format} has no such option"
            )
    delimiter = others.get("delimiter", ",")
    if len(str(delimiter)) != 1 or str(delimiter) not in DELIMITERS:
        detail = f"delimiter={quote_value(delimiter)} is none of , ; | : or a tab"
        raise _option_error(kind, "delimiter", "invalid-delimiter", detail)
    return ExportOptions(ExportFormat(format), **others)  # type: ignore[arg-type]


def _option_error(kind: type[BadRequest | Invalid], name: str, code: str, detail: str) -> BadRequest | Invalid:
    return kind(code, detail, (Fault(name, code, detail),))
