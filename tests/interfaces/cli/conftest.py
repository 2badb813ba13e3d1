"""The command line as a user calls it: arguments in; exit code, stdout and stderr out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from domain import exact_json
from interfaces.cli import main

PARKS = Path(__file__).parents[3] / "examples" / "national-parks.csv"


@dataclass(frozen=True)
class CommandResult:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> object:
        return exact_json.loads(self.out)


Rowledger = Callable[..., CommandResult]


@pytest.fixture
def rowledger(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Rowledger:
    """Calls the command line on an empty database."""
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("ROWLEDGER_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(main, "exit_on_signals", lambda: None)

    def call(*arguments: object) -> CommandResult:
        monkeypatch.setattr("sys.argv", ["rowledger", *[str(argument) for argument in arguments]])
        with pytest.raises(SystemExit) as ended:
            main.main()
        result = capsys.readouterr()
        return CommandResult(int(ended.value.code or 0), result.out, result.err)

    return call


@pytest.fixture
def parks(rowledger: Rowledger) -> str:
    """The example file, imported; its slug."""
    assert rowledger("import", PARKS, "--key", "code").code == 0
    return "national-parks"
