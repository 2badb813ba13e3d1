"""Recognize text whose only non-ASCII characters are symbols of windows-1252, such as £ or ½.

A detector that weighs letters takes them for letters of another code page: £ is Ł in windows-1250.
"""

import re
from pathlib import Path

_BLOCK = 1 << 20
_SYMBOLS = "€‚„…†‡ˆ‰‹‘’“”•–—˜™›\xa0¡¢£¤¥¦§¨©«¬\xad®¯°±²³´µ¶·¸¹»¼½¾¿×÷".encode("cp1252")
_OTHER = re.compile(b"[^\x00-\x7f" + re.escape(_SYMBOLS) + b"]")
_ORDINAL = re.compile(rb"(?<=[0-9nN])[\xaa\xba](?![A-Za-z\x80-\xff])")
_RUN = re.compile(rb"[\xa1-\xbf]+")
_LETTERS_ELSEWHERE = rb"\xa1\xa3\xa5\xa6\xa8\xa9\xab\xac\xae\xaf\xb1\xb3\xb6\xb8\xb9\xbb-\xbf"
_IN_WORD = re.compile(rb"(?<=[A-Za-z])[" + _LETTERS_ELSEWHERE + rb"](?=[A-Za-z])")


def has_only_symbols(path: Path) -> bool:
    """Whether every byte beyond ASCII is a symbol of windows-1252, and reads like one.

    Inside a word such a byte is rather a letter of another code page, and pairs of them are characters of East Asia.
    """
    pairs = runs = 0
    last = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if not block.isascii():
                text = _ORDINAL.sub(b" ", last + block)
                if _OTHER.search(text) or _IN_WORD.search(text):
                    return False
                found = _RUN.findall(text)
                runs += len(found)
                pairs += sum(len(run) > 1 for run in found)
            last = block[-1:]
    return pairs * 2 <= runs
