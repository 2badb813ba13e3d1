"""Number formats that show leading zeros, such as `00000` over zip codes: what people mean is the text shown."""

import re
from dataclasses import dataclass

from interfaces.formats.workbook.cells import FULL_WIDTH, INTEGER, PADDED, WHOLE, number_cell, padded_cell

_PARTS = re.compile(r'(?P<zeros>0+)|\\(?P<escaped>.)|"(?P<quoted>[^"]*)"|(?P<plain>[-/() ])|\[[^\]]*\]|_.')
_MIN_DIGITS = 2


@dataclass(frozen=True, slots=True)
class PaddedStyle:
    """A format of zeros and fixed text, such as `00000-0000`: the numbers of digits, and the texts between them."""

    parts: tuple[int | str, ...]

    def show(self, digits: str) -> str:
        """What a spreadsheet program shows for a whole number that is not negative."""
        padded = digits.zfill(sum(part for part in self.parts if isinstance(part, int)))
        first = next(at for at, part in enumerate(self.parts) if isinstance(part, int))
        shown, end = [], len(padded)
        for at in reversed(range(len(self.parts))):
            part = self.parts[at]
            if isinstance(part, int):
                start = 0 if at == first else end - part
                part, end = padded[start:end], start
            shown.append(part)
        return "".join(reversed(shown))


def parse_padded_style(section: str) -> PaddedStyle | None:
    """The style of a format's section of zeros and fixed text; None for any other format."""
    parts: list[int | str] = []
    position = 0
    while match := _PARTS.match(section, position):
        position = match.end()
        if zeros := match["zeros"]:
            parts.append(len(zeros))
        elif text := match["escaped"] or match["quoted"] or match["plain"]:
            parts.append(text)
    digits = sum(part for part in parts if isinstance(part, int))
    return PaddedStyle(tuple(parts)) if position == len(section) and digits >= _MIN_DIGITS else None


def padded_number_cell(raw: bytes, style: PaddedStyle) -> tuple[int, bytes]:
    """Kind and JSON of a number with such a format: PADDED if what is shown is not the number itself."""
    kind, cell = number_cell(raw)
    digits = cell.partition(b".")[0]
    if kind not in (INTEGER, WHOLE) or not digits.isdigit():
        return kind, cell
    shown = style.show(digits.decode())
    return (FULL_WIDTH, digits) if shown.encode() == digits else (PADDED, padded_cell(digits, shown))
