"""The supported text encodings: their WHATWG names in lower case, and the codecs that read them strictly.

Where WHATWG (https://encoding.spec.whatwg.org) decodes a superset of the named encoding, so does this module: GBK
as GB18030, Shift_JIS with the additions of Windows. Bytes that an encoding does not define are refused, never
replaced.
"""

import codecs
from dataclasses import dataclass

from domain.errors import Invalid, suggest_nearest

_CODECS = {
    "utf-8": "utf-8",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-32le": "utf-32-le",
    "utf-32be": "utf-32-be",
    "us-ascii": "ascii",
    **{f"windows-{number}": f"cp{number}" for number in range(1250, 1259)},
    "windows-874": "cp874",
    **{f"iso-8859-{number}": f"iso8859-{number}" for number in (*range(1, 12), 13, 14, 15, 16)},
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "macintosh": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    **{f"ibm{number}": f"cp{number}" for number in (437, 850, 852, 855, 857, 858, 862, 865, 866)},
    "shift_jis": "cp932",
    "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "euc-kr": "cp949",
}
_LABELS = {
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf-16-le": "utf-16le",
    "utf-16-be": "utf-16be",
    "utf-16": "utf-16le",
    "utf-32-le": "utf-32le",
    "utf-32-be": "utf-32be",
    "utf-32": "utf-32le",
    "ascii": "us-ascii",
    "latin1": "iso-8859-1",
    "latin-1": "iso-8859-1",
    "ansi": "windows-1252",
    "iso-8859-8-i": "iso-8859-8",
    "tis-620": "windows-874",
    "macroman": "macintosh",
    "sjis": "shift_jis",
    "shift-jis": "shift_jis",
    "windows-31j": "shift_jis",
    "gb2312": "gbk",
    "ks-c-5601-1987": "euc-kr",
    "windows-949": "euc-kr",
}


@dataclass(frozen=True, slots=True)
class Encoding:
    """A text encoding. `bom` is the length of the file's byte order mark in bytes; `guessed`: nothing proves it."""

    name: str
    codec: str
    bom: int = 0
    guessed: bool = False

    @property
    def is_utf8(self) -> bool:
        return self.codec == "utf-8"


def find_encoding(name: str) -> Encoding:
    """Return the encoding with this name, in any common spelling. Raises Invalid `unknown-encoding`."""
    label = name.strip().lower()
    for spelling in (label, label.replace("_", "-")):
        known = _LABELS.get(spelling, spelling)
        if known in _CODECS:
            return Encoding(known, _CODECS[known])
    if found := _find_by_codec(label):
        return found
    raise Invalid("unknown-encoding", f"There is no encoding {name!r}; {suggest_nearest(label, _CODECS)}")


def _find_by_codec(label: str) -> Encoding | None:
    """Find a supported encoding by a name that Python knows: `cp1251`, `8859-15`, `l2`, …"""
    try:
        codec = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    same = (name for name, supported in _CODECS.items() if codecs.lookup(supported).name == codec)
    name = next(same, None)
    return Encoding(name, _CODECS[name]) if name else None
