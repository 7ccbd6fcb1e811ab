"""What a text table is written in: its encoding, its separator and its quotation mark.

Spreadsheets of the world do not say. The order of belief is: a byte order mark, the zero bytes of
UTF-16, UTF-8 if every byte of the file agrees, then the legacy encoding in which the lines with
high bytes look most like text. The separator is the one that cuts the first rows into equally many
cells of plausible content.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tui_crm.errors import InputRefused
from tui_crm.text.i18n import _

_BLOCK = 1 << 20
_SAMPLE = 256 * 1024
_PROBES = 16
_PROBE_BYTES = 16 * 1024
_ROWS = 200

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Some programs put the two bytes of the UTF-16 mark before text in UTF-32.
_SHORT_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HAN_ENCODINGS = ("gb18030", "big5hkscs")
_LETTER_ENCODINGS = ("cp1252", "cp1250", "cp1251", "cp1254")

# What customer lists are full of decides between encodings that both could read the bytes.
_COMMON_HAN = {
    "gb18030": frozenset(
        "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对"
        "里后小么心多天而能好都然没日于起还发成事只作当想看文开手十用主行方又如前所本见经头面公同三已"
        "公司有限责任股份科技贸易实业集团北京上海广州深圳杭州南京武汉成都重庆天津联系人客户电话手机邮箱"
        "地址备注姓名职位省市区县路号街道室楼层王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许"
    ),
    "big5hkscs": frozenset(
        "的一是不了在人有我他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對"
        "裡後小麼心多天而能好都然沒日於起還發成事只作當想看文開手十用主行方又如前所本見經頭面公同三已"
        "公司有限責任股份科技貿易實業集團臺灣縣區號樓聯繫人客戶電話手機郵箱地址備註姓名職位省市路街王李"
        "張劉陳楊黃趙吳周徐孫馬朱胡林郭何高羅鄭梁謝宋唐許"
    ),
}
_COMMON_LETTERS = {
    "cp1252": (frozenset("äöüßéèêëàáâçñíóúôîïãåøæÄÖÜÉ€–’“”°"), 0.14),
    "cp1250": (frozenset("ąćęłńśźżčďěňřšťůžőűăĄĆĘŁŃŚŹŻČŘŠŽŐ"), 0.22),
    "cp1251": (frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЭЮЯ"), 0.35),
    "cp1254": (frozenset("ığşİĞŞ"), 0.2),
}
_HIGH = re.compile(rb"[\x80-\xff]+")
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")
_HAN = re.compile("[\u4e00-\u9fff]")
_WORD = re.compile(r"[^\W\d_]+")
_MIXED_SCRIPTS = re.compile("[A-Za-z][\u0370-\u04ff]|[\u0370-\u04ff][A-Za-z]")

_PLAUSIBLE = re.compile(
    r"[-+(]?[€$£¥]?\s?\d[\d,. ]*%?\)?|\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?([ T]\d{1,2}:\d{2}.*)?"
    r"|\S+@\S+\.\S+|(https?://|www\.)\S+"
)
_SHORT_TEXT = re.compile(r"[\w'’.&()/+ \-]{1,40}")
_EXCEL_HINT = re.compile("\ufeff?sep=(.)\r?\n", re.I)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text table is written.

    `skip` counts lines before the table ("sep=;" of Excel), `start` the bytes of a mark that is
    none of `encoding`.
    """

    encoding: str
    delimiter: str = ","
    quotechar: str = '"'
    skip: int = 0
    start: int = 0


def sniff(path: Path, *, encoding: str = "", delimiter: str = "", quotechar: str = "") -> Dialect:
    """The dialect of the file; what is given is taken as it is.

    Raises `InputRefused` for a file that cannot be read or is no text table.
    """
    if encoding:
        try:
            "a".encode(encoding)
        except (LookupError, ValueError):  # no codec, or one that is none of text ("zip")
            raise InputRefused(
                _('There is no encoding "{name}".').format(name=encoding),
                _("Common ones: utf-8, gb18030, big5, cp1252."),
            ) from None
    sample, encoding = sample_of(path, encoding)
    if sample.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputRefused(
            _("{path} is a workbook, not a text table.").format(path=path),
            _("Save it as CSV first."),
        )
    start = 2 if encoding.startswith("utf-32-") and sample.startswith(_SHORT_MARKS) else 0
    text = codecs.getincrementaldecoder(encoding)("replace").decode(sample[start:])
    hint = _EXCEL_HINT.match(text)
    if hint and _separates(hint[1]):
        return Dialect(encoding, delimiter or hint[1], quotechar or '"', 1, start)
    if delimiter:
        return Dialect(encoding, delimiter, quotechar or '"', start=start)
    found, quote = detect_separator(text.removeprefix("\ufeff"))
    return Dialect(encoding, found, quotechar or quote, start=start)


def detect_encoding(sample: bytes, path: Path | None = None) -> str:
    """The codec name of the bytes; with `path` the rest of that file is asked about UTF-8 too."""
    marked = next((name for mark, name in _BOMS if sample.startswith(mark)), "")
    if marked != "utf-32" and (wide := _utf32(sample[2:] if marked == "utf-16" else sample)):
        return wide
    if marked:
        return marked
    if b"\0" in sample and (wide := _utf16(sample)):
        return wide
    if _is_utf8(sample, path):
        return "utf-8"
    lines = b"\n".join(line for line in sample.split(b"\n") if not line.isascii())[:60_000]
    scores = {name: _likeness(lines, name) for name in (*_HAN_ENCODINGS, *_LETTER_ENCODINGS)}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > -1 else "cp1252"


def detect_separator(text: str) -> tuple[str, str]:
    """The separator and the quotation mark of a table; a table of one column has a comma."""
    best = (0.0, ",", '"')
    for quote in ('"', "'") if _is_quoted_with(text, "'") else ('"',):
        for delimiter in ",;\t|":
            score = _regularity(text, delimiter, quote)
            if score > best[0] + 1e-9:
                best = (score, delimiter, quote)
    return best[1], best[2]


def sample_of(path: Path, encoding: str = "") -> tuple[bytes, str]:
    """What `read_sample` gives of a file, and the encoding found from it unless one is given.

    Raises `InputRefused` for a file that cannot be read.
    """
    try:
        sample = read_sample(path)
        return sample, encoding or detect_encoding(sample, path)
    except OSError as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: OSError) -> InputRefused:
    """What to raise for a file that the system does not give."""
    return InputRefused(
        _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror or error)
    )


def read_sample(path: Path) -> bytes:
    """The head of the file and whole lines from places spread over the rest of it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
        wide = sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in sample
        if size <= 2 * _SAMPLE or wide:
            return sample
        step = (size - _SAMPLE) // _PROBES
        for number in range(_PROBES):
            file.seek(_SAMPLE + number * step)
            file.readline()
            probe = file.read(_PROBE_BYTES)
            sample += b"\n" + probe[: probe.rfind(b"\n") + 1]
    return sample


def _utf32(sample: bytes) -> str:
    """The UTF-32 in which the bytes are text although no mark says so; "" if they are in none."""
    units = len(sample) // 4
    if units == 0 or sample.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return ""
    # No plane beyond the seventeenth: the highest byte is always zero, the next one nearly always.
    for name, high, low in (("utf-32-le", 3, 0), ("utf-32-be", 0, 3)):
        if not any(sample[high : 4 * units : 4]) and any(sample[low : 4 * units : 4]):
            second = sample[abs(high - 1) : 4 * units : 4]
            if max(second, default=0) <= 16 and second.count(0) > 0.9 * len(second):
                return name
    return ""


def _utf16(sample: bytes) -> str:
    """The UTF-16 without a mark in which the bytes are text; "" if they are in none.

    In the right one of the two the separators and line ends are ASCII, whatever the script.
    """
    best, share = "", 0.03
    for name in ("utf-16-le", "utf-16-be"):
        text = sample[: len(sample) // 2 * 2].decode(name, "replace")
        plain = sum(1 for char in text if " " <= char < "\x7f" or char in "\t\r\n")
        if plain > share * len(text):
            best, share = name, plain / len(text)
    return best


def _is_utf8(sample: bytes, path: Path | None) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        if path is None:
            decoder.decode(sample)
            return True
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                decoder.decode(block)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _likeness(data: bytes, encoding: str) -> float:
    """How much the bytes look like text of that encoding; below -1 they are not."""
    text = data.decode(encoding, "replace")
    broken = text.count("\ufffd")
    if broken > max(2, 0.002 * len(text)):
        return -9.0
    high = [char for char in text if ord(char) > 0x7F]
    if not high:
        return 0.0
    count = len(high)
    score = -6.0 * len(_NOT_TEXT.findall(text)) / count
    if encoding in _COMMON_HAN:
        han = _HAN.findall(text)
        common = sum(char in _COMMON_HAN[encoding] for char in han)
        score += 1.25 * common / max(1, len(han))
        return score - 0.5 * (len(han) < 0.3 * count)
    score += 0.55 * sum(char.isalpha() for char in high) / count
    letters, weight = _COMMON_LETTERS[encoding]
    score += weight * sum(char in letters for char in high) / count
    # A wrong table puts capitals inside of words, or a second alphabet.
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    odd = sum(any(c.isupper() for c in word[1:]) and not word.isupper() for word in words)
    score -= 0.8 * odd / max(1, len(words)) + 0.6 * _in_pairs(data)
    if encoding == "cp1251":
        score -= 1.5 * len(_MIXED_SCRIPTS.findall(text)) / count
    return score


def _in_pairs(data: bytes) -> float:
    """How much the high bytes come in pairs, from 0 to 1: letters stand in any number, the two
    bytes of a Chinese character together.
    """
    runs = _HIGH.findall(data)
    even = sum(len(run) % 2 == 0 for run in runs) / max(1, len(runs))
    return max(0.0, 4 * even - 3)


def _separates(text: str) -> bool:
    """Whether a character can stand between cells."""
    return text not in '\r\n"' and not text.isalnum()


def _is_quoted_with(text: str, quote: str) -> bool:
    """Whether more cells are quoted with that mark than with the usual one."""

    def count(mark: str) -> int:
        pattern = rf"(?:^|[,;\t|]){mark}(?:[^{mark}\n]|{mark}{mark})*{mark}(?=$|[,;\t|\r\n])"
        return len(re.findall(pattern, text[:30_000], re.M))

    return count(quote) > count('"')


def _regularity(text: str, delimiter: str, quote: str) -> float:
    """How evenly and plausibly that separator cuts the rows, from 0 to 1."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=delimiter, quotechar=quote):
            if row:
                rows.append(row)
            if len(rows) == _ROWS:
                break
    except csv.Error:
        return 0.0
    if not rows:
        return 0.0
    widths = Counter(map(len, rows))
    width, many = max(widths.items(), key=lambda item: item[1] * min(3.0, item[0] / 4 + 0.75))
    if width < 2:
        return 0.0
    cells = [cell.strip() for row in rows if len(row) == width for cell in row]
    plausible = sum(map(_plausibility, cells)) / len(cells)
    breaks = sum("\n" in cell for cell in cells) / len(cells)
    return many / len(rows) * (width - 1) / width * plausible * (1 - min(0.8, 4 * breaks))


def _plausibility(cell: str) -> float:
    if not cell:
        return 0.35
    if _PLAUSIBLE.fullmatch(cell):
        return 1.0
    return 0.8 if _SHORT_TEXT.fullmatch(cell) else 0.25
