"""The program's version, from its package metadata."""

from importlib.metadata import version

VERSION = version("rowledger")
