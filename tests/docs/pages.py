"""The pages of the documentation."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def all_pages() -> list[Path]:
    """Every page: those in `docs/` and those at the root of the project."""
    return [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md")] + sorted(DOCS.rglob("*.md"))


def read_page(path: str | Path) -> str:
    """The text of a page, named by its path from the root of the project."""
    return (ROOT / path).read_text(encoding="utf-8")


def read_prose(path: str | Path) -> str:
    """The text of a page without its blocks of code."""
    return _FENCE.sub("", read_page(path))


def read_rows(path: str | Path, section: str | None = None) -> Iterator[list[str]]:
    """The cells of all rows of the tables in a page, or in one section of it, without the headers."""
    text = read_page(path)
    if section is not None:
        text = re.split(r"^#+ .*$", text.split(f"\n{section}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    lines = text.splitlines()
    for line, above in zip(lines[1:], lines, strict=False):
        is_row = line.startswith("| ") and not line.startswith("| ---") and above.startswith("| ")
        if is_row:
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def names_in(cell: str) -> list[str]:
    """The names in backticks."""
    return re.findall(r"`([^`]+)`", cell)
