"""Which type a column of an export has in a typed file, by what its values are."""

from typing import assert_never

from domain.columns import Column, ColumnType
from interfaces.formats.parquet.parquet_writer import TypedColumn
from interfaces.formats.xlsx.xlsx_writer import SheetColumn
from projections.query.export_measures import ColumnMeasure

MAX_DECIMAL_DIGITS = 38
"""Of a decimal in Parquet."""

MICROSECOND_DIGITS = 6


def sheet_column(column: Column, measure: ColumnMeasure) -> SheetColumn:
    """Decimals that all have as many digits behind the point show them: 1.10 is not shown as 1.1."""
    even = measure.max_scale if measure.min_scale == measure.max_scale else 0
    return SheetColumn(column.name, column.type, even)


def parquet_column(column: Column, measure: ColumnMeasure) -> TypedColumn:
    """The narrowest type that keeps every digit; text where none does."""
    return TypedColumn(column.name, _parquet_type(column.type, measure))


def _parquet_type(type: ColumnType, measure: ColumnMeasure) -> str:
    match type:
        case ColumnType.INTEGER:
            if not measure.too_large:
                return "BIGINT"
            return f"DECIMAL({MAX_DECIMAL_DIGITS}, 0)" if measure.digits <= MAX_DECIMAL_DIGITS else "VARCHAR"
        case ColumnType.DECIMAL:
            digits = max(measure.digits, 1) + measure.max_scale
            return f"DECIMAL({digits}, {measure.max_scale})" if digits <= MAX_DECIMAL_DIGITS else "VARCHAR"
        case ColumnType.BOOLEAN:
            return "BOOLEAN"
        case ColumnType.DATE:
            return "DATE"
        case ColumnType.DATETIME:
            return _time_type(measure)
        case ColumnType.STRING | ColumnType.JSON:
            return "VARCHAR"
        case _:
            assert_never(type)


def _time_type(measure: ColumnMeasure) -> str:
    """With offsets an instant, without them a time of no zone; text where it is both, too fine or out of years."""
    if (
        measure.fraction_digits > MICROSECOND_DIGITS
        or measure.out_of_range
        or 0 < measure.with_offset < measure.values
    ):
        return "VARCHAR"
    return "TIMESTAMPTZ" if measure.with_offset else "TIMESTAMP"
