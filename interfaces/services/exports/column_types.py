"""Chooses the types of exported columns in XLSX and Parquet files from their values."""

from typing import assert_never

from domain.columns import Column, ColumnType
from interfaces.formats.parquet.parquet_writer import TypedColumn
from interfaces.formats.xlsx.xlsx_writer import SheetColumn
from projections.query.exports.export_measures import ColumnMeasure

MAX_DECIMAL_DIGITS = 38
"""Maximum number of digits of a decimal in Parquet."""

MICROSECOND_DIGITS = 6


def sheet_column(column: Column, measure: ColumnMeasure) -> SheetColumn:
    """The sheet column. If all decimals have equally many fraction digits, all are shown: 1.10, not 1.1."""
    even = measure.max_scale if measure.min_scale == measure.max_scale else 0
    return SheetColumn(column.name, column.type, even)


def parquet_column(column: Column, measure: ColumnMeasure) -> TypedColumn:
    """The Parquet column with the narrowest type that keeps every digit, or text if no type does."""
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
        case ColumnType.STRING:
            return "VARCHAR"
        case ColumnType.JSON:
            return "JSON"
        case _:
            assert_never(type)


def _time_type(measure: ColumnMeasure) -> str:
    """TIMESTAMPTZ with offsets, TIMESTAMP without; text if values are mixed, too precise or out of range."""
    if (
        measure.fraction_digits > MICROSECOND_DIGITS
        or measure.out_of_range
        or 0 < measure.with_offset < measure.values
    ):
        return "VARCHAR"
    return "TIMESTAMPTZ" if measure.with_offset else "TIMESTAMP"
