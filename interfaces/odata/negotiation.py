"""Content negotiation: the JSON format, the protocol version and the page size."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import Request

from domain.errors import BadRequest, Fault, NotAcceptable
from interfaces.http.quality import parse_quality
from projections.query.odata.entity_json import MetadataLevel

DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS = 1000, 5000

_MEDIA_RANGE = re.compile(r"""[^,"]+(?:"[^"]*"[^,"]*)*""")
_MAX_VERSION = re.compile(r"\s*(\d{1,4})\.(\d{1,4})\s*")
_PAGE_SIZE = re.compile(r"(odata\.)?maxpagesize\s*=\s*\"?(\d{1,9})\"?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class JsonFormat:
    metadata: MetadataLevel = MetadataLevel.MINIMAL
    ieee754: bool = False

    @property
    def media_type(self) -> str:
        """The `Content-Type` of the response."""
        return f"application/json;odata.metadata={self.metadata}" + ";IEEE754Compatible=true" * self.ieee754

    @property
    def tag(self) -> str:
        """The part of an entity tag that distinguishes this format from others of the same version."""
        return f"{self.metadata}{'-ieee754' * self.ieee754}"


@dataclass(frozen=True, slots=True)
class PageSize:
    rows: int = DEFAULT_PAGE_ROWS
    applied: Mapping[str, str] = field(default_factory=dict)
    """The Preference-Applied header, if the preference was honoured."""


def negotiate_json_format(request: Request, format: str | None) -> JsonFormat:
    """The JSON format preferred by `$format`, or else by `Accept`. Raises NotAcceptable if none is accepted."""
    if format is not None:
        media_range = "application/json" if format.lower() == "json" else format
        if (found := _parse_json_range(media_range)) is None:
            detail = f"$format={format[:60]!r} is not supported; use json or application/json;odata.metadata=minimal"
            raise NotAcceptable("format-not-offered", detail, (Fault("$format", "format-not-offered", detail),))
        return found
    accept = ",".join(request.headers.getlist("accept"))
    if not accept.strip():
        return JsonFormat()
    ranked = [
        (parse_quality(given), -place, _parse_json_range(given))
        for place, given in enumerate(_MEDIA_RANGE.findall(accept))
    ]
    acceptable = [each for each in ranked if each[2] is not None and each[0] > 0]
    if not acceptable:
        detail = f"Accept: {accept[:120]} accepts no supported format; use application/json"
        raise NotAcceptable("format-not-offered", detail, (Fault("Accept", "format-not-offered", detail),))
    _, _, best = max(acceptable, key=lambda each: each[:2])
    assert best is not None
    return best


def check_xml_format(format: str | None) -> None:
    """Raises NotAcceptable if `$format` asks for another format than XML."""
    if format is not None and format.partition(";")[0].strip().lower() not in ("xml", "application/xml"):
        detail = f"$format='{format[:60]}' is not supported here: metadata is XML; use xml or leave $format out"
        raise NotAcceptable("format-not-offered", detail, (Fault("$format", "format-not-offered", detail),))


def check_protocol_version(request: Request) -> None:
    """Raises BadRequest if the client does not accept OData 4.0."""
    given = request.headers.get("odata-maxversion")
    match = None if given is None else _MAX_VERSION.fullmatch(given)
    if given is not None and (match is None or int(match[1]) < 4):
        detail = f"OData-MaxVersion: {given[:20]} is not supported: this service uses OData 4.0"
        raise BadRequest("unsupported-version", detail, (Fault("OData-MaxVersion", "unsupported-version", detail),))


def parse_page_size(request: Request) -> PageSize:
    """The page size of `Prefer: odata.maxpagesize=N`, limited to MAX_PAGE_ROWS. Other preferences are ignored."""
    for preference in ",".join(request.headers.getlist("prefer")).split(","):
        match = _PAGE_SIZE.fullmatch(preference.strip())
        if match is not None and int(match[2]) > 0:
            rows = min(int(match[2]), MAX_PAGE_ROWS)
            return PageSize(rows, {"Preference-Applied": f"{match[1] or ''}maxpagesize={rows}"})
    return PageSize()


def _parse_json_range(media_range: str) -> JsonFormat | None:
    """The JSON format allowed by a media range; None if it allows none that is supported.

    Parameters of other protocol versions (`odata=verbose`) and of streaming are ignored.
    """
    name, *rest = (part.strip() for part in media_range.split(";"))
    if name.lower() not in ("application/json", "application/*", "*/*"):
        return None
    pairs = [part.partition("=") for part in rest]
    parameters = {key.strip().lower(): value.strip().strip('"').lower() for key, _, value in pairs}
    metadata = parameters.get("odata.metadata", parameters.get("metadata", MetadataLevel.MINIMAL))
    ieee754 = parameters.get("ieee754compatible", "false")
    if metadata not in list(MetadataLevel) or ieee754 not in ("true", "false"):
        return None
    if parameters.get("charset", "utf-8") not in ("utf-8", "utf8"):
        return None
    return JsonFormat(MetadataLevel(metadata), ieee754 == "true")
