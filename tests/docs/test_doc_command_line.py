"""The reference of the command line is what the commands say."""

from tests.docs.command_line import PAGE, render_page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == render_page(), "run python -m tests.docs.command_line"
