"""Every setting: its environment variable, its default and what it means."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path


class BadSetting(Exception):
    """An environment variable holds what cannot be used."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused for being too large; each is `ROWLEDGER_LIMIT_<NAME>` in the environment."""

    upload_bytes: int = 2 * 2**30
    body_bytes: int = 4 * 2**20
    columns: int = 2_000
    filter_length: int = 8_192
    filter_depth: int = 50
    filter_terms: int = 500
    sort_columns: int = 20
    query_seconds: int = 30


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the service listens, where its data lies, and its limits."""

    host: str
    port: int
    data: Path
    database_url: str | None
    workers: int
    limits: Limits = field(default_factory=Limits)

    @property
    def uploads(self) -> Path:
        """The folder that uploaded files wait in."""
        return self.data / "uploads"

    @property
    def scratch(self) -> Path:
        """The folder for what does not fit into memory while a file is read."""
        return self.data / "scratch"


def read(environment: Mapping[str, str], default_data: Path) -> Settings:
    """Settings from the environment. Raises BadSetting naming the variable and what it accepts."""
    return Settings(
        host=environment.get("ROWLEDGER_HOST") or "127.0.0.1",
        port=_number(environment, "ROWLEDGER_PORT", 8000),
        data=Path(environment.get("ROWLEDGER_DATA") or default_data).expanduser().absolute(),
        database_url=environment.get("DATABASE_URL") or None,
        workers=_number(environment, "ROWLEDGER_WORKERS", 1),
        limits=Limits(**{limit.name: _limit(environment, limit.name) for limit in fields(Limits)}),
    )


def from_environment(default_data: Path) -> Settings:
    return read(os.environ, default_data)


def _limit(environment: Mapping[str, str], name: str) -> int:
    return _number(environment, f"ROWLEDGER_LIMIT_{name.upper()}", getattr(Limits(), name))


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdigit()):
        raise BadSetting(f"{name}={text!r} is not a whole number such as {default}")
    return int(text)
