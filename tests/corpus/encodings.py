"""Encodings: shown by a byte order mark, strict UTF-8 or NULs, guessed with a note, or given as an option."""

from dataclasses import replace

from tests.corpus.case import Case, Table, refused, table, texts

POLISH = "nazwa,miasto\nŻółw,Łódź\nZażółć gęślą jaźń,Kraków\nŚwięta,Gdańsk\n"
CZECH = "jméno,město\nPříliš žluťoučký,Plzeň\nkůň úpěl,Děčín\nďábelské ódy,Třebíč\n"
RUSSIAN = "имя,город\nАнна Петрова,Москва\nБорис Годунов,Санкт-Петербург\nЖанна,Нижний Новгород\n"
FRENCH = "nom,ville\nJosé,Orléans\nHélène,Besançon\nFrançois,Châlons-en-Champagne\n"
JAPANESE = "名前,都市\n山田太郎,東京都千代田区\nさくら,大阪市\nカタカナ,北海道札幌市\n"
CHINESE = "姓名,城市\n张三,北京市朝阳区\n李四,上海市浦东新区\n王五,广州市天河区\n"
TAIWANESE = "姓名,城市\n張三豐,臺北市信義區\n李四端,高雄市左營區\n王五福,臺中市西屯區\n"
KOREAN = "이름,도시\n김철수,서울특별시 강남구\n이영희,부산광역시\n박민수,대구광역시 수성구\n"


def read(text: str, encoding: str) -> Table:
    header, *rows = (line.split(",") for line in text.splitlines())
    return texts(" ".join(header), *rows, encoding=encoding)


def coded(title: str, text: str, codec: str, name: str, given: str = "", mark: bytes = b"") -> Case:
    return Case(title, mark + text.encode(codec), read(text, name), {"encoding": given} if given else {})


CASES = (
    coded("UTF-8", JAPANESE, "utf-8", "utf-8"),
    coded("UTF-8 with a mark", FRENCH, "utf-8", "utf-8", mark=b"\xef\xbb\xbf"),
    Case(
        "UTF-8 with a mark before a name of two lines",
        '\ufeff"a\nb",c\n1,x\n',
        table({"a\nb": "integer", "c": "string"}, [1, "x"]),
    ),
    coded("UTF-8 beyond the first plane", "a,b\n😀,𝒳\n👨‍👩‍👧,é\n", "utf-8", "utf-8"),
    coded("UTF-16 LE with a mark", RUSSIAN, "utf-16-le", "utf-16le", mark=b"\xff\xfe"),
    coded("UTF-16 BE with a mark", CHINESE, "utf-16-be", "utf-16be", mark=b"\xfe\xff"),
    coded("UTF-16 LE without a mark", FRENCH, "utf-16-le", "utf-16le"),
    coded("UTF-16 BE without a mark", FRENCH, "utf-16-be", "utf-16be"),
    coded("UTF-32 LE with a mark", FRENCH, "utf-32-le", "utf-32le", mark=b"\xff\xfe\0\0"),
    Case(
        "UTF-16 with tabs, as Excel saves it",
        b"\xff\xfe" + "a\tb\r\né\t1\r\n".encode("utf-16-le"),
        table({"a": "string", "b": "integer"}, ["é", 1], delimiter="\t", encoding="utf-16le"),
    ),
    coded("windows-1250 is guessed", POLISH, "cp1250", "windows-1250"),
    coded("windows-1250, by option", CZECH, "cp1250", "windows-1250", given="windows-1250"),
    coded("ISO 8859-2, by option", CZECH, "iso8859-2", "iso-8859-2", given="iso-8859-2"),
    coded("ISO 8859-2 is guessed", POLISH, "iso8859-2", "iso-8859-2"),
    coded("windows-1251 is guessed", RUSSIAN, "cp1251", "windows-1251"),
    coded("KOI8-R, by option", RUSSIAN, "koi8-r", "koi8-r", given="KOI8-R"),
    coded("windows-1252 is guessed", FRENCH, "cp1252", "windows-1252"),
    coded("the euro of windows-1252", "a,b\nCafé,5 €\nÉté,“x”\n", "cp1252", "windows-1252"),
    coded("Latin 1, by option", FRENCH, "latin-1", "iso-8859-1", given="latin1"),
    coded("Latin 9, by option", "a,b\nCœur,5 €\n", "iso8859-15", "iso-8859-15", given="ISO-8859-15"),
    coded("IBM 850, by option", FRENCH, "cp850", "ibm850", given="cp850"),
    coded("Mac Roman, by option", FRENCH, "mac-roman", "macintosh", given="macintosh"),
    coded("Shift JIS is guessed", JAPANESE, "cp932", "shift_jis"),
    coded(
        "Shift JIS, whose second bytes are backslashes", "a,b\n表示,ソ\n能力,十\n", "cp932", "shift_jis", given="sjis"
    ),
    coded("EUC-JP is guessed", JAPANESE, "euc_jp", "euc-jp"),
    coded("ISO-2022-JP is detected", JAPANESE, "iso2022_jp", "iso-2022-jp"),
    coded("GB 18030, by option", CHINESE, "gb18030", "gb18030", given="GB18030"),
    coded("GBK is guessed", CHINESE, "gbk", "gb18030"),
    coded("Big5 is guessed", TAIWANESE, "big5", "big5"),
    coded("EUC-KR is guessed", KOREAN, "euc_kr", "euc-kr"),
    Case(
        "a guess is reported as one",
        FRENCH.encode("cp1252"),
        replace(read(FRENCH, "windows-1252"), notes=["options.encoding"]),
    ),
    Case(
        "an encoding that does not have a byte",
        RUSSIAN.encode("cp1251"),
        refused("unsupported-encoding"),
        {"encoding": "utf-8"},
    ),
    Case("ASCII, by option, but it is not", FRENCH.encode(), refused("unsupported-encoding"), {"encoding": "ascii"}),
    Case("an encoding that is none", FRENCH.encode(), refused("unknown-encoding"), {"encoding": "utf-9"}),
    Case("UTF-8 with one broken byte", (JAPANESE * 3).encode() + b"x,\xff\n", refused("unsupported-encoding")),
    Case("UTF-8 cut within a character", JAPANESE.encode()[:-2], refused("unsupported-encoding")),
    Case(
        "half a surrogate pair in UTF-8",
        b"a,b\n1,\xed\xa0\x80\n" + JAPANESE.encode(),
        refused("unsupported-encoding"),
    ),
    Case(
        "UTF-16 cut within a character",
        b"\xff\xfe" + "a,b\n1,x\n".encode("utf-16-le") + b"y",
        refused("unsupported-encoding"),
    ),
    Case(
        "half a surrogate pair in UTF-16",
        b"\xff\xfe" + "a,b\n1,x".encode("utf-16-le") + b"\x00\xd8\n\x00",
        refused("unsupported-encoding"),
    ),
    Case("a character of no width is kept", "a,b\nx\u200b,\u00a0y\n", texts("a b", ["x\u200b", "\u00a0y"])),
    Case("two ways to write é stay two", "a,b\n\u00e9,e\u0301\n", texts("a b", ["\u00e9", "e\u0301"])),
    coded("pounds alone", "item,price\nA,£3\nB,£4.50\n", "cp1252", "windows-1252"),
    coded("fractions", "part,size\nA,½\nB,1 ¼\nC,¾ x\n", "cp1252", "windows-1252"),
    coded("plus or minus, and micro", "part,size\nA,±5 µm\nB,±7 µm\n", "cp1252", "windows-1252"),
    coded("a lone ©", "part,owner\nA,© Ann 2024\nB,none\n", "cp1252", "windows-1252"),
    coded("guillemets", "part,text\nA,«hello»\nB,«bye» now\n", "cp1252", "windows-1252"),
    coded("degrees and dashes", "part,text\nA,20 °C – 30 °C\nB,it’s “so”…\n", "cp1252", "windows-1252"),
    coded("ordinals", "part,text\nA,piso 2º\nB,nº 5\n", "cp1252", "windows-1252"),
    coded("letters of Polish between letters", "a,b\nbyła,miała\nwołał,stała\nżyła,była\n", "cp1250", "windows-1250"),
    coded("GB 18030 with a mark", CHINESE, "gb18030", "gb18030", mark=b"\x84\x31\x95\x33"),
    coded("UTF-8 with two marks", FRENCH, "utf-8", "utf-8", mark=b"\xef\xbb\xbf" * 2),
    coded("UTF-16 with two marks", FRENCH, "utf-16-le", "utf-16le", mark=b"\xff\xfe" * 2),
    coded("GB 18030 with a mark, by option", CHINESE, "gb18030", "gb18030", "GBK", b"\x84\x31\x95\x33"),
    Case("a final Ctrl-Z", b"a,b\r\n1,x\r\n2,y\r\n\x1a", table({"a": "integer", "b": "string"}, [1, "x"], [2, "y"])),
    Case(
        "a Ctrl-Z behind a value", b"a,b\n1,2\n3,4\x1a\x1a", table({"a": "integer", "b": "integer"}, [1, 2], [3, 4])
    ),
    Case("a Ctrl-Z in UTF-16", b"\xff\xfe" + 'a\nx\n"y"\x1a'.encode("utf-16-le"), texts("a", ["x"], ["y"])),
    Case("a Ctrl-Z within a value stays", b"a,b\nx\x1ay,z\n", texts("a b", ["x\x1ay", "z"])),
)
