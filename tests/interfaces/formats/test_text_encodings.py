"""Text in many encodings is read exactly, or refused naming the line."""

from pathlib import Path

import pytest

from application.imports.file_format import FileOptions
from domain.errors import Refusal
from tests.interfaces.formats.reading import read

LATIN = "name,city\nJosé Núñez,Zürich\nÀ côté,Málaga über Straße\n"
CZECH = "jméno,město\nPříliš žluťoučký kůň,Plzeň\núpěl ďábelské ódy,Brno\n"
RUSSIAN = "имя,город\nАлександр Пушкин,Москва\nЛев Толстой,Ясная Поляна\n"
JAPANESE = "名前,都市\n田中さんです,東京都のまち\nすずき,おおさか\n"
CHINESE = "姓名,城市\n你好世界,北京市\n张三李四,上海市\n"
TAIWANESE = "姓名,城市\n你好世界,臺北市\n張三李四,高雄市\n"
KOREAN = "이름,도시\n안녕하세요 세계,서울특별시\n홍길동,부산\n"
GREEK = "όνομα,πόλη\nΚαλημέρα κόσμε,Αθήνα\nΓιώργος,Θεσσαλονίκη\n"
THAI = "ชื่อ,เมือง\nสวัสดีชาวโลก,กรุงเทพ\nสมชาย,เชียงใหม่\n"
TURKISH = "isim,şehir\nÇağrı Işık,İstanbul\nğüşiöç,Eskişehir\n"
HEBREW = "שם,עיר\nשלום עולם,ירושלים\nדוד המלך,תל אביב\n"
ARABIC = "الاسم,المدينة\nمرحبا بالعالم,القاهرة\nمحمد علي,بغداد\n"

FOUND = [
    ("UTF-8 with a mark", LATIN, "utf-8-sig", "utf-8"),
    ("UTF-8", JAPANESE, "utf-8", "utf-8"),
    ("UTF-16 LE without a mark", LATIN, "utf-16-le", "utf-16le"),
    ("UTF-16 BE without a mark", LATIN, "utf-16-be", "utf-16be"),
    ("UTF-16 without a mark, other script", RUSSIAN, "utf-16-le", "utf-16le"),
    ("UTF-32 LE without a mark", LATIN, "utf-32-le", "utf-32le"),
    ("UTF-16 with a mark", JAPANESE, "utf-16", "utf-16le"),
    ("UTF-32 with a mark", CHINESE, "utf-32", "utf-32le"),
    ("Western", LATIN, "cp1252", "windows-1252"),
    ("Central European", CZECH, "cp1250", "windows-1250"),
    ("Central European of ISO", CZECH, "iso8859-2", "iso-8859-2"),
    ("Cyrillic", RUSSIAN, "cp1251", "windows-1251"),
    ("Cyrillic of DOS", RUSSIAN, "cp866", "ibm866"),
    ("Cyrillic of Unix", RUSSIAN, "koi8-r", "koi8-u"),
    ("Greek", GREEK, "cp1253", "windows-1253"),
    ("Turkish", TURKISH, "cp1254", "windows-1254"),
    ("Hebrew", HEBREW, "cp1255", "windows-1255"),
    ("Arabic", ARABIC, "cp1256", "windows-1256"),
    ("Thai", THAI, "cp874", "windows-874"),
    ("Shift_JIS", JAPANESE, "cp932", "shift_jis"),
    ("EUC-JP", JAPANESE, "euc_jp", "euc-jp"),
    ("ISO-2022-JP", JAPANESE, "iso2022_jp", "iso-2022-jp"),
    ("GB18030", CHINESE, "gb18030", "gb18030"),
    ("Big5", TAIWANESE, "big5hkscs", "big5"),
    ("EUC-KR", KOREAN, "cp949", "euc-kr"),
]


@pytest.mark.parametrize(("text", "codec", "name"), [f[1:] for f in FOUND], ids=[f[0] for f in FOUND])
def test_an_encoding_is_found(tmp_path: Path, text: str, codec: str, name: str) -> None:
    found = read(tmp_path, text.encode(codec))
    header, *rows = (line.split(",") for line in text.splitlines())
    assert (list(found.table.names), found.rows, found.table.found["encoding"]) == (header, rows, name)
    guess = f"The text is not UTF-8; it was read as {name}, a guess: set options.encoding if that is wrong."
    certain = name.startswith(("utf", "iso-2022"))
    assert (guess in found.table.notes) is not certain


@pytest.mark.parametrize("mark", [b"\xfe\xff", b"\x00\x00\xfe\xff"])
def test_a_byte_order_mark_decides_the_byte_order(tmp_path: Path, mark: bytes) -> None:
    codec = {2: "utf-16-be", 4: "utf-32-be"}[len(mark)]
    found = read(tmp_path, mark + RUSSIAN.encode(codec))
    assert (found.table.names, len(found.rows)) == (("имя", "город"), 2)


GIVEN = [
    ("cp1251", RUSSIAN, "cp1251", "windows-1251"),
    ("Windows-1251", RUSSIAN, "cp1251", "windows-1251"),
    ("koi8-r", RUSSIAN, "koi8-r", "koi8-r"),
    ("ISO-8859-5", RUSSIAN, "iso8859-5", "iso-8859-5"),
    ("latin1", LATIN, "latin-1", "iso-8859-1"),
    ("iso-8859-15", LATIN + "€,x\n", "iso8859-15", "iso-8859-15"),
    ("cp850", LATIN, "cp850", "ibm850"),
    ("macroman", LATIN, "mac-roman", "macintosh"),
    ("SHIFT_JIS", JAPANESE, "cp932", "shift_jis"),
    ("gb2312", CHINESE, "gb2312", "gbk"),
    ("utf-16", LATIN, "utf-16", "utf-16le"),
    ("utf-16", LATIN, "utf-16-le", "utf-16le"),
    ("UTF8", LATIN, "utf-8", "utf-8"),
    ("utf-8", LATIN, "utf-8-sig", "utf-8"),
]


@pytest.mark.parametrize(("given", "text", "codec", "name"), GIVEN)
def test_an_encoding_from_the_options_is_used(tmp_path: Path, given: str, text: str, codec: str, name: str) -> None:
    found = read(tmp_path, text.encode(codec), options=FileOptions(encoding=given))
    assert [list(found.table.names), *found.rows] == [line.split(",") for line in text.splitlines()]
    assert (found.table.found["encoding"], any("guess" in note for note in found.table.notes)) == (name, False)


def test_ascii_for_megabytes_does_not_hide_the_encoding(tmp_path: Path) -> None:
    found = read(tmp_path, b"a,b\n" + b"plain,text\n" * 150_000 + "Москва,город\n".encode("cp1251") * 5)
    assert (found.table.found["encoding"], found.rows[-1]) == ("windows-1251", ["Москва", "город"])


def test_a_character_may_span_two_blocks(tmp_path: Path) -> None:
    text = "a,b\n" + "x東,1\n" * 300_000
    found = read(tmp_path, text.encode("utf-16"))
    assert set(found.column(0)) == {"x東"}


GOOD = "é,ü\n" * 500
REFUSED = [
    ("UTF-8 with some damage", ("a,b\n" + GOOD).encode() + b"x,\xe9t\n" + GOOD.encode(), None, "line 502 .*0xE9"),
    ("damage after a megabyte", b"a,b\n" + "é,1\n".encode() * 300_000 + b"\xff,1\n", None, "line 300,002 .*0xFF"),
    ("UTF-8 that ends inside a character", GOOD.encode() + b"x,\xc3", None, "line 501 .*0xC3"),
    ("a byte that Windows does not define", b"a,b\ncaf\xe9,x\nz\x81,1\n", "windows-1252", "line 3 .*0x81.*byte 13 "),
    ("half a character of Shift_JIS", "a\n名\n".encode("cp932")[:-2], "shift_jis", "line 2 .*0x96"),
    ("declared as UTF-8, but is not", b"a,b\n1,\xe9t\n", "utf-8", "line 2 .*0xE9"),
    ("declared as ASCII, but is not", "a,b\n1,é\n".encode(), "ascii", "line 2 .*0xC3"),
    ("half a character of UTF-16", "a,b\n1,2\n".encode("utf-16") + b"x", None, "line 3 "),
    ("lines ended by CR", b"a,b\r1,2\r\x81,3\r", "windows-1252", "line 3 .*0x81"),
]


@pytest.mark.parametrize(("data", "given", "words"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_text_is_refused_rather_than_misread(tmp_path: Path, data: bytes, given: str | None, words: str) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        read(tmp_path, data, options=FileOptions(encoding=given))
    assert refused.value.code == "unsupported-encoding"


@pytest.mark.parametrize(
    ("name", "hint"), [("windows-125x", "windows-125"), ("utf9", "utf-8"), ("rot13", "known|mean"), ("", "known")]
)
def test_an_unknown_encoding_is_refused(tmp_path: Path, name: str, hint: str) -> None:
    with pytest.raises(Refusal, match=hint) as refused:
        read(tmp_path, "a,b\n1,2\n", options=FileOptions(encoding=name))
    assert refused.value.code == "unknown-encoding"


def test_a_nul_in_other_encodings_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="Line 3 ") as refused:
        read(tmp_path, "a,b\n1,2\nx\0,3\n".encode("utf-16"))
    assert refused.value.code == "nul-byte"
