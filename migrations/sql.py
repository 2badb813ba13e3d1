"""Run a step's SQL file, or a library's, unchanged: many statements without parameters."""

from pathlib import Path

from alembic import op


def run_file(name: str) -> None:
    run((Path(__file__).parent / "versions" / name).read_text(encoding="utf-8"))


def run(text: str) -> None:
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(text)
