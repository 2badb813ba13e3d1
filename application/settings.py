"""All settings: their environment variables, defaults and meanings."""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path

REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
_ORIGIN = re.compile(r"https?://[^\s/?#,*@]+", re.ASCII)
_PUBLIC_URL = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[^\s?#]*)?", re.ASCII)
_ALLOWED_HOST = re.compile(r"\*|(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\]", re.ASCII)
BLOB_SCHEMES = ("s3://", "gs://", "az://", "file:///")


class BadSetting(Exception):
    """An environment variable has an invalid value."""


VARIABLES: Mapping[str, str] = {
    "host": "ROWLEDGER_HOST",
    "port": "ROWLEDGER_PORT",
    "data": "ROWLEDGER_DATA",
    "database_url": "DATABASE_URL",
    "workers": "ROWLEDGER_WORKERS",
    "retention_days": "ROWLEDGER_RETENTION_DAYS",
    "blobs_url": "ROWLEDGER_BLOBS",
    "upload_expiry_hours": "ROWLEDGER_UPLOAD_EXPIRY_HOURS",
    "cors_origins": "ROWLEDGER_CORS_ORIGINS",
    "allowed_hosts": "ROWLEDGER_ALLOWED_HOSTS",
    "public_url": "ROWLEDGER_PUBLIC_URL",
    "trusted_proxies": "ROWLEDGER_TRUSTED_PROXIES",
    "cache_bytes": "ROWLEDGER_CACHE_BYTES",
    "redis_url": "REDIS_URL",
}
"""The environment variable of each setting, by its name in Settings. Limits and indexing have prefixes instead."""

CHILD_VARIABLE = "ROWLEDGER_CHILD_OF_SERVE"
"""Not a setting: `serve` sets it for its workers, which end when their standard input closes."""

_LIMIT_PREFIX = "ROWLEDGER_LIMIT_"
_INDEXING_PREFIX = "ROWLEDGER_INDEX_"
GREATEST_COLUMNS = 16_384
"""The greatest limit of columns: that of a sheet in Excel. Up to here all reads and formats are tested."""


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """The limits beyond which requests are refused. Each has an environment variable, see `limit_variable`.

    These are the only defaults: the classes that hold some of the limits for one purpose have none.
    """

    upload_bytes: int = 2 * 2**30
    body_bytes: int = 4 * 2**20
    batch_bytes: int = 32 * 2**20
    batch_operations: int = 10_000
    unpacked_bytes: int = 20 * 2**30
    unpacked_ratio: int = 200
    columns: int = 2_000
    cell_bytes: int = 2**20
    workbook_cells: int = 20_000_000
    rejects: int = 100_000
    filter_length: int = 8_192
    filter_depth: int = 50
    filter_terms: int = 500
    filter_choices: int = 1_000
    sort_columns: int = 20
    search_length: int = 1_000
    search_terms: int = 32
    analysis_terms: int = 50
    profile_columns: int = 200
    query_seconds: int = 30
    count_seconds: int = 2


@dataclass(frozen=True, slots=True)
class IndexingSettings:
    """When indexes are built in the background and how many are kept. Each has a variable, see `indexing_variable`.

    `records`: the fewest records of a dataset that gets indexes. `most`: the most indexes of a dataset. `percent`:
    the largest size of all its indexes, relative to its table. `idle_days`: indexes unused for longer are dropped.
    """

    records: int = 20_000
    most: int = 12
    percent: int = 300
    idle_days: int = 14


@dataclass(frozen=True, slots=True)
class Settings:
    """The addresses and the data folder of the service, how long it keeps ended jobs, its caches and its limits."""

    host: str
    port: int
    data: Path
    database_url: str | None
    workers: int
    retention_days: int = 7
    limits: ServiceLimits = field(default_factory=ServiceLimits)
    blobs_url: str | None = None
    upload_expiry_hours: int = 24
    cors_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    public_url: str | None = None
    trusted_proxies: tuple[str, ...] = ("127.0.0.0/8", "::1")
    cache_bytes: int = 64 * 2**20
    redis_url: str | None = None
    indexing: IndexingSettings = field(default_factory=IndexingSettings)

    @property
    def uploads(self) -> Path:
        """The folder of uploaded files that wait for their import."""
        return self.data / "uploads"

    @property
    def resumable(self) -> Path:
        """The folder of unfinished resumable uploads."""
        return self.data / "resumable"

    @property
    def blobs(self) -> Path | str:
        """Where imported files are kept: the given URL, or the data folder."""
        if self.blobs_url is None:
            return self.data
        return Path(self.blobs_url.removeprefix("file://")) if self.blobs_url.startswith("file:") else self.blobs_url

    @property
    def exports(self) -> Path:
        """The folder of files that export jobs have written."""
        return self.data / "exports"

    @property
    def scratch(self) -> Path:
        """The folder of temporary files, for data that does not fit into memory while a file is read."""
        return self.data / "scratch"


DEFAULTS = Settings(host="127.0.0.1", port=8000, data=Path(), database_url=None, workers=1)
"""All defaults, except that of the data folder, which depends on the account."""


def setting_variable(name: str) -> str:
    """The environment variable of the setting `name`, a field of Settings."""
    return VARIABLES[name]


def limit_variable(name: str) -> str:
    """The environment variable of the limit `name`, a field of ServiceLimits."""
    return _LIMIT_PREFIX + name.upper()


def limit_setting(name: str) -> str:
    """How messages name the setting of the limit `name`: `setting ROWLEDGER_LIMIT_COLUMNS`."""
    return f"setting {limit_variable(name)}"


def indexing_variable(name: str) -> str:
    """The environment variable of the setting `name` of indexing, a field of IndexingSettings."""
    return _INDEXING_PREFIX + name.upper()


def read_settings(environment: Mapping[str, str], default_data: Path) -> Settings:
    """The settings in `environment`. Raises BadSetting, which names the variable and what it accepts."""
    number = partial(_read_setting_number, environment)
    return Settings(
        host=environment.get(VARIABLES["host"]) or DEFAULTS.host,
        port=number("port"),
        data=Path(environment.get(VARIABLES["data"]) or default_data).expanduser().absolute(),
        database_url=environment.get(VARIABLES["database_url"]) or None,
        workers=number("workers"),
        retention_days=number("retention_days"),
        limits=_read_limits(environment),
        blobs_url=_read_blobs_url(environment),
        upload_expiry_hours=number("upload_expiry_hours"),
        cors_origins=_read_origins(environment),
        allowed_hosts=_read_hosts(environment),
        public_url=_read_public_url(environment),
        trusted_proxies=_read_proxies(environment),
        cache_bytes=number("cache_bytes"),
        redis_url=_read_redis_url(environment),
        indexing=IndexingSettings(**_read_group(environment, DEFAULTS.indexing, indexing_variable)),
    )


def from_environment(default_data: Path) -> Settings:
    """The settings in the environment of this process."""
    return read_settings(os.environ, default_data)


def _read_limits(environment: Mapping[str, str]) -> ServiceLimits:
    limits = ServiceLimits(**_read_group(environment, DEFAULTS.limits, limit_variable))
    if limits.columns > GREATEST_COLUMNS:
        raise BadSetting(f"{limit_variable('columns')}={limits.columns} is too large: at most {GREATEST_COLUMNS}")
    return limits


def _read_group(
    environment: Mapping[str, str], defaults: ServiceLimits | IndexingSettings, variable_of: Callable[[str], str]
) -> dict[str, int]:
    names = (one.name for one in fields(defaults))
    return {name: _read_number(environment, variable_of(name), getattr(defaults, name)) for name in names}


def _read_blobs_url(environment: Mapping[str, str]) -> str | None:
    url = environment.get(VARIABLES["blobs_url"]) or None
    if url is not None and not (url.startswith(BLOB_SCHEMES) and len(url.partition("://")[2]) > 0):
        accepted = ", ".join(BLOB_SCHEMES)
        raise BadSetting(
            f"{VARIABLES['blobs_url']}={url!r} is not a supported location for files: begin with one of {accepted}"
        )
    return url


def _read_origins(environment: Mapping[str, str]) -> tuple[str, ...]:
    origins = _read_list(environment, "cors_origins")
    for origin in origins:
        if not (_ORIGIN.fullmatch(origin) or origins == ("*",)):
            raise BadSetting(
                f"{VARIABLES['cors_origins']}: {origin!r} is not an origin; expected origins like https://app.example.com"
                " or http://localhost:3000, separated by commas, or only * for all"
            )
    return origins


def _read_hosts(environment: Mapping[str, str]) -> tuple[str, ...]:
    hosts = _read_list(environment, "allowed_hosts")
    for host in hosts:
        if not _ALLOWED_HOST.fullmatch(host):
            raise BadSetting(
                f"{VARIABLES['allowed_hosts']}: {host!r} is not a host; expected names without port like"
                " data.example.com or *.example.com, separated by commas, or * for all"
            )
    return tuple(host.lower() for host in hosts)


def _read_public_url(environment: Mapping[str, str]) -> str | None:
    url = environment.get(VARIABLES["public_url"]) or None
    if url is not None and not _PUBLIC_URL.fullmatch(url):
        raise BadSetting(
            f"{VARIABLES['public_url']}={url!r} is not an address like https://data.example.com or"
            " https://example.com/rowledger"
        )
    return url and url.rstrip("/")


def _read_proxies(environment: Mapping[str, str]) -> tuple[str, ...]:
    proxies = _read_list(environment, "trusted_proxies")
    for proxy in proxies:
        try:
            ipaddress.ip_network(proxy)
        except ValueError:
            raise BadSetting(
                f"{VARIABLES['trusted_proxies']}: {proxy!r} is not an address or a network; expected ones like"
                " 10.0.0.5 or 10.0.0.0/8, separated by commas"
            ) from None
    return proxies or DEFAULTS.trusted_proxies


def _read_list(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    text = environment.get(VARIABLES[name]) or ""
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _read_redis_url(environment: Mapping[str, str]) -> str | None:
    url = environment.get(VARIABLES["redis_url"]) or None
    if url is not None and not url.startswith(REDIS_SCHEMES):
        raise BadSetting(f"{VARIABLES['redis_url']} must begin with one of {', '.join(REDIS_SCHEMES)}")
    return url


def _read_setting_number(environment: Mapping[str, str], name: str) -> int:
    return _read_number(environment, VARIABLES[name], getattr(DEFAULTS, name))


def _read_number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdigit()):
        raise BadSetting(f"{name}={text!r} is not a whole number such as {default}")
    return int(text)
