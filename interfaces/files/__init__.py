"""File formats: bytes to numbered rows. They know how values are written, not what datasets are.

`looks_like` refuses at once what is no table; then a format (so far `csv`) describes a file and reads it.
"""

from interfaces.files.csv import describe, key_faults, rows
from interfaces.files.look import looks_like
from interfaces.files.source import Block, Dialect, FileColumn, KeyFault, Misfit, Reject, Table

__all__ = [
    "Block",
    "Dialect",
    "FileColumn",
    "KeyFault",
    "Misfit",
    "Reject",
    "Table",
    "describe",
    "key_faults",
    "looks_like",
    "rows",
]
