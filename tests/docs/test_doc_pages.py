"""The pages: links lead somewhere, every page is linked, named files exist, and the words are plain."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, all_pages, read_page, read_prose

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"`((?:domain|application|projections|interfaces|migrations|tests|docs|examples)/[\w/.-]*)`")
_MEDIA_TYPES = {"application/json"}
_UNPLAIN = re.compile(
    r"\b(wish(es)?|told|stands? (at|beside|in)|bears?|whoever|whatever becomes|beside|anew|mended|comes? to naught"
    r"|hands? (on|out)|tells? apart|called off|goes with|nobody('s)?)\b",
    re.IGNORECASE,
)
_ACCOUNT = "the account `nobody`"


def anchors(path: Path) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", read_prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(path: Path) -> list[tuple[Path, str]]:
    """The linked files of the project and the anchors in them."""
    found = []
    for link in _LINK.findall(read_prose(path)):
        if not re.match(r"[a-z]+:", link):
            name, _, anchor = link.partition("#")
            found.append(((path.parent / name).resolve() if name else path, anchor))
    return found


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = links(page)
    assert [target for target, _ in targets if not target.is_file()] == []
    assert [(target, anchor) for target, anchor in targets if anchor and anchor not in anchors(target)] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            waiting += [target for target, _ in links(page)]
    assert set(all_pages()) - reached == set()


def test_the_index_has_every_page() -> None:
    indexes = {DOCS / "README.md", DOCS / "decisions" / "README.md"}
    listed = {target for index in indexes for target, _ in links(index)}
    assert set(DOCS.rglob("*.md")) - indexes - listed == set()


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_named_files_exist(page: Path) -> None:
    named = set(_PATH.findall(read_prose(page))) - _MEDIA_TYPES
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_architecture_names_files() -> None:
    assert len(_PATH.findall(read_page("ARCHITECTURE.md"))) > 20


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_words_are_plain(page: Path) -> None:
    text = read_prose(page).replace(_ACCOUNT, "")
    assert [match[0] for match in _UNPLAIN.finditer(text)] == []


def test_the_readme_is_short_and_names_the_test_command() -> None:
    assert len(read_page("README.md").split()) < 1_000
    assert "make check" in read_page("README.md") and "make check" in read_page(".ci/run")


def test_the_architecture_fits_on_a_page() -> None:
    assert len(read_page("ARCHITECTURE.md")) < 7_500


def test_documentation_is_not_packaged() -> None:
    project = tomllib.loads(read_page("pyproject.toml"))
    patterns = project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert patterns and not any("docs".startswith(pattern.rstrip("*")) for pattern in patterns)
    assert list(DOCS.rglob("*.py")) == []
