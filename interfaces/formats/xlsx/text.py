"""Decodes text between XML tags to JSON, for the fast scan and for the XML parser."""

import re

from interfaces.formats.workbook.cells import text_cell, unescape_text

_SPECIAL = re.compile(rb'[\x00-\x1f"\\&]|_x')
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ENTITY = re.compile("&([^;&]{0,10});?")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_LINE_END = re.compile("\r\n?")


class FastScanFailed(Exception):
    """The fast scan met XML that it does not support; the part must be read with the XML parser."""


def decode_raw_text(raw: bytes) -> bytes:
    """The JSON of the bytes between two tags, which may contain entities. Raises FastScanFailed."""
    if not _SPECIAL.search(raw):
        return b'"%b"' % raw
    text = raw.decode()
    if _NOT_XML.search(text):
        raise FastScanFailed
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    if "&" in text:
        text = _ENTITY.sub(_decode_entity, text)
    return text_cell(unescape_text(text))


def decode_parsed_text(raw: bytes) -> bytes:
    """The JSON of text from an XML parser, in UTF-8."""
    return text_cell(unescape_text(raw.decode()))


def _decode_entity(match: "re.Match[str]") -> str:
    name = match[1]
    if not match[0].endswith(";"):
        raise FastScanFailed
    if (named := _NAMED.get(name)) is not None:
        return named
    if re.fullmatch("#x[0-9a-fA-F]{1,6}", name):
        number = int(name.removeprefix("#x"), base=16)
    elif re.fullmatch("#[0-9]{1,7}", name):
        number = int(name[1:])
    else:
        raise FastScanFailed
    if number in (9, 10, 13) or 32 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or 0x10000 <= number < 0x110000:
        return chr(number)
    raise FastScanFailed
