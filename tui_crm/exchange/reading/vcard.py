"""vCards 2.1, 3.0 and 4.0, as phones and mail programs write them, as a table.

The reader is our own because the libraries are strict where the files are not: vobject 0.9.9 stops
at quoted-printable text of Android phones, at CHARSET=GBK and at cards of Lotus Notes. A card
becomes one row; the columns are the registry's fields, and behind them one for every other property
that has text, so that a user can say what it is.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tui_crm.errors import InputRefused
from tui_crm.exchange import cells
from tui_crm.exchange.mapping.values import day
from tui_crm.exchange.reading.reader import Notice, Row
from tui_crm.exchange.reading.sniff import sample_of, unreadable
from tui_crm.text.dates import parse_date
from tui_crm.text.i18n import _

OWN = "X-CRM-"
"""Begins the properties that only this program writes; the registry's name follows."""

_FEWEST_DIGITS = 3
_LONGEST_LINE = 16_000_000  # a photo
_LINE = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:\s*;(?:[^\":;]|\"[^\"]*\")*)*)\s*:(.*)", re.S | re.A)
_GROUP = re.compile(r"([\w-]+)\.[\w-]+[;:]", re.A)
_PARAMETER = re.compile(r';((?:[^";]|"[^"]*")*)')
_ESCAPE = re.compile(r"\\(.)", re.S)
_NOT_TEXT = frozenset(
    {"PHOTO", "LOGO", "KEY", "SOUND", "VERSION", "PRODID", "REV", "LABEL", "AGENT", "BEGIN", "END",
     "SORT-STRING", "SOURCE", "MAILER", "TZ", "GEO", "CLASS", "X-ABLABEL", "X-MS-OL-DESIGN",
     "CLIENTPIDMAP", "XML", "PROFILE", "NAME"}
)  # fmt: skip
_LISTS = {"TEL": "phones", "EMAIL": "emails", "IMPP": "handles"}
_PLAIN = {"TITLE": "title", "UID": "", "NOTE": "needs", "BDAY": "birthday", "FN": "name", "N": "",
          "ORG": "organization", "ADR": "", "CATEGORIES": "tags", "KIND": "kind",
          "X-ABSHOWAS": "kind"}  # fmt: skip
_HANDLES = {"X-QQ": "QQ", "X-WECHAT": "WeChat", "X-AIM": "AIM", "X-ICQ": "ICQ", "X-MSN": "MSN",
            "X-JABBER": "Jabber", "X-SKYPE": "Skype", "X-SKYPE-USERNAME": "Skype",
            "X-GOOGLE-TALK": "Google Talk", "X-YAHOO": "Yahoo", "X-MS-IMADDRESS": "IM"}  # fmt: skip
_ADDRESS = ("street", "city", "state", "postcode", "country")
_KINDS = {"org": "organization", "individual": "person"}
_SILENT_TYPES = frozenset(
    {"pref", "voice", "internet", "msg", "x400", "text", "video", "textphone"}
)
HEADERS = ("name", "kind", "organization", "title", "phones", "emails", "handles", *_ADDRESS,
           "birthday", "tags", "needs")  # fmt: skip


@dataclass(slots=True)
class Property:
    """One line of a card: its name in capitals, its types, and its text as it is written."""

    name: str
    types: tuple[str, ...]
    raw: str
    group: str = ""

    @property
    def text(self) -> str:
        """The text that is meant."""
        return _unescaped(self.raw).strip()

    def parts(self, separator: str = ";") -> tuple[str, ...]:
        """Its components between separators that are not escaped."""
        return tuple(_unescaped(part) for part in _parts(self.raw, separator))


@dataclass(slots=True)
class Card:
    """The line on which a card begins, and its properties in their order."""

    line: int
    properties: list[Property] = field(default_factory=list)


class VCardTable:
    """The cards of a file. `encoding` is that of text whose charset no card names."""

    def __init__(self, path: Path, encoding: str = "") -> None:
        """Look through the file; `InputRefused` if it cannot be read or has no card."""
        self.path = path
        self.title = path.name
        _sample, self.encoding = sample_of(path, encoding)
        self.notices: list[Notice] = []
        further: dict[str, None] = {}
        found = False
        for card in self.cards():
            found = True
            for item in card.properties:
                if name := _column(item):
                    further.setdefault(name)
        if not found:
            raise InputRefused(_("{path} holds no vCard.").format(path=path.name))
        self.headers = tuple(dict.fromkeys((*HEADERS, *further)))

    def rows(self) -> Iterator[Row]:
        """A row for each card."""
        self.notices = []
        for card in self.cards():
            values = _values(card)
            yield Row(card.line, tuple(values.get(name, "") for name in self.headers))

    def cards(self) -> Iterator[Card]:
        """The cards of the file; one that is never ended, or in another, is one too."""
        card: Card | None = None
        for line, text in _unfolded(self._lines()):
            item = self._property(text)
            if item is None:
                continue
            if item.name == "BEGIN" and item.text.upper() == "VCARD":
                if card is not None and card.properties:
                    yield card
                card = Card(line)
            elif item.name == "END" and item.text.upper() == "VCARD":
                if card is not None:
                    yield card
                card = None
            elif card is not None:
                card.properties.append(item)
        if card is not None and card.properties:
            yield card

    def _lines(self) -> Iterator[str]:
        """The lines without their ends; each character is a byte, unless the file is UTF-16."""
        wide = self._wide
        try:
            with self.path.open(
                encoding=self.encoding if wide else "latin-1", errors="replace", newline=None
            ) as file:
                while line := file.readline(_LONGEST_LINE):
                    line = line.rstrip("\n")
                    yield line.encode("utf-8").decode("latin-1") if wide else line
        except UnicodeError as error:
            raise InputRefused(
                _("{path} is not written in {encoding}: byte {number} does not fit.").format(
                    path=self.path, encoding=self.encoding, number=getattr(error, "start", 0)
                )
            ) from None
        except OSError as error:
            raise unreadable(self.path, error) from None

    def _property(self, line: str) -> Property | None:
        return _property(line, "utf-8" if self._wide else self.encoding)

    @property
    def _wide(self) -> bool:
        """Whether a character of the file is more than a byte even where it is ASCII."""
        return self.encoding.replace("-", "").lower().startswith(("utf16", "utf32"))


def _property(line: str, of_file: str) -> Property | None:
    """The property on a logical line of bytes as characters; None for what has no text."""
    match = _LINE.fullmatch(line.removeprefix("\xef\xbb\xbf"))
    if match is None:
        return None
    name, parameters, value = match.groups()
    name = name.upper()
    types: list[str] = []
    encoding = charset = ""
    for parameter in _PARAMETER.findall(parameters):
        key, sign, text = parameter.strip().partition("=")
        key, text = key.strip().upper(), text.strip().strip('"')
        if not sign:
            if key in ("QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT"):
                encoding = key
            else:
                types.append(key.lower())
        elif key == "ENCODING":
            encoding = text.upper()
        elif key == "CHARSET":
            charset = text
        elif key == "TYPE":
            types += [part.strip().lower() for part in text.split(",")]
        elif key == "X-SERVICE-TYPE" or (key == "X-LABEL" and text):
            types.append(text)
    if name in _NOT_TEXT and name not in ("BEGIN", "END", "X-ABLABEL"):
        return None
    raw = value.encode("latin-1", "replace")
    if encoding == "QUOTED-PRINTABLE":
        raw = quopri.decodestring(raw)
    elif encoding in ("B", "BASE64"):
        try:
            raw = base64.b64decode(raw, validate=False)
        except (binascii.Error, ValueError):
            return None
        if b"\0" in raw:
            return None
    text = _decoded(raw, charset, of_file)
    if text.lstrip().lower().startswith("data:"):
        return None
    group = _GROUP.match(line)
    shown = tuple(dict.fromkeys(t for t in types if t and t not in _SILENT_TYPES))
    return Property(name, shown, text, group[1] if group else "")


def _unfolded(lines: Iterator[str]) -> Iterator[tuple[int, str]]:
    """Logical lines, each with the line on which it begins.

    A break before a blank, or behind "=" in quoted-printable text, is none.
    """
    start, pieces, size, quoted = 1, [""], 0, False
    for number, line in enumerate(lines, 1):
        soft = quoted and pieces[-1].endswith("=")
        folded = line[:1] in (" ", "\t") and pieces != [""]
        if soft or folded:
            if soft:
                pieces[-1] = pieces[-1][:-1]
            pieces.append(line[1:] if folded else line)
            size += len(line)
            if size > _LONGEST_LINE:
                raise InputRefused(
                    _("Line {line} is too long for a line of a vCard.").format(line=start)
                )
            continue
        yield start, "".join(pieces)
        start, pieces, size = number, [line], len(line)
        quoted = "QUOTED-PRINTABLE" in line.partition(":")[0].upper()
    yield start, "".join(pieces)


def _decoded(raw: bytes, charset: str, of_file: str) -> str:
    for name in filter(None, (charset, of_file)):
        try:
            return raw.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030" if charset.lower().startswith("gb") else "cp1252", "replace")


def _parts(text: str, separator: str) -> list[str]:
    """The parts between separators that are not escaped."""
    if "\\" not in text:
        return text.split(separator)
    parts = [""]
    for piece in re.findall(r"\\.|[^\\]|\\$", text, re.S):
        if piece == separator:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], text)


def _column(item: Property) -> str:
    """The header of a property that feeds none of the usual columns; "" for the others."""
    if item.name.startswith(OWN):
        return _own_name(item.name)
    usual = item.name in _PLAIN or item.name in _LISTS or item.name in _HANDLES
    return "" if usual or item.name in _NOT_TEXT or not item.text else item.name


def _values(card: Card) -> dict[str, str]:
    """The cells of a card by header."""
    values: dict[str, str] = {}
    own: dict[str, str] = {}
    lists: dict[str, dict[str, None]] = {}
    notes: list[str] = []
    addresses: list[tuple[str, tuple[str, ...]]] = []
    labels = {
        item.group: item.text.removeprefix("_$!<").removesuffix(">!$_")
        for item in card.properties
        if item.name == "X-ABLABEL" and item.group
    }
    structured: tuple[str, ...] = ()
    for item in card.properties:
        name, text = item.name, item.text
        label = labels.get(item.group, "") if item.group else ""
        label = label or " ".join(item.types)
        if name.startswith(OWN):
            own[_own_name(name)] = _unescaped(item.raw)
        elif name in _LISTS or name in _HANDLES:
            if (name == "EMAIL" and text and "@" not in text) or (
                name == "TEL" and text and sum(map(str.isdigit, text)) < _FEWEST_DIGITS
            ):
                notes.append(f"{name}: {text}")  # it can be kept, but not as what it says it is
            elif text:
                target = _LISTS.get(name, "handles")
                label = _HANDLES.get(name, label)
                lists.setdefault(target, {})[_point(name, label, text)] = None
        elif name == "N":
            structured = structured or item.parts()
        elif name == "ADR":
            if any(part.strip() for part in item.parts()):
                addresses.append((label, item.parts()))
        elif name == "ORG":
            parts = [part.strip() for part in item.parts() if part.strip()]
            if parts and not values.get("organization"):
                values["organization"] = parts[0]
        elif name == "CATEGORIES":
            for part in item.parts(","):
                if part.strip():
                    lists.setdefault("tags", {})[part.strip()] = None
        elif name == "NOTE":
            notes.append(text)
        elif name == "KIND":
            values["kind"] = _KINDS.get(text.casefold(), "")
        elif name == "BDAY":
            born = day(text, "US")
            if parse_date(born, "US"):
                values.setdefault("birthday", born)
            elif text:  # --0203: a birthday without its year
                notes.append(_("Birthday: {day}").format(day=text))
        elif name == "X-ABSHOWAS" and text.upper() == "COMPANY":
            values["kind"] = "organization"
        elif text:
            key = _PLAIN.get(name) or _column(item)
            if key:
                values[key] = f"{values[key]}; {text}" if values.get(key) else text
    if addresses:
        values.update(_address(addresses[0][1]))
        notes += [f"{label}: {_one_line(parts)}" for label, parts in addresses[1:]]
    if notes:
        values["needs"] = "\n".join(dict.fromkeys(filter(None, notes)))
    for key, found in lists.items():
        values[key] = cells.join(found)
    values["name"] = values.get("name") or _name(structured)
    return {**values, **own}


def values_of_lines(lines: Sequence[str]) -> dict[str, str]:
    """What is read back from the logical lines of a card, by header."""
    raw = (line.encode("utf-8", "replace").decode("latin-1") for line in lines)
    found = (_property(line, "utf-8") for line in raw)
    return _values(Card(1, [item for item in found if item is not None]))


def _own_name(name: str) -> str:
    return name.removeprefix(OWN).lower().replace("-", "_")


def _point(name: str, label: str, text: str) -> str:
    scheme, colon, rest = text.partition(":")
    if colon and scheme.casefold() in ("tel", "mailto"):
        text = rest.replace(";ext=", " ext. ")
    elif name == "IMPP" and colon and not rest.startswith("//"):
        label, text = label or scheme, rest
    return f"{label}: {text}" if label else text


def _address(parts: tuple[str, ...]) -> dict[str, str]:
    box, extended, street, *rest = (*(part.strip() for part in parts), *[""] * 7)
    lines = (line.strip(" ,") for part in (box, extended, street) for line in part.splitlines())
    city, state, postcode, country = rest[:4]
    return dict(
        zip(_ADDRESS, (", ".join(filter(None, lines)), city, state, postcode, country), strict=True)
    )


def _one_line(parts: tuple[str, ...]) -> str:
    return ", ".join(filter(None, _address(parts).values()))


def _name(parts: tuple[str, ...]) -> str:
    from tui_crm.exchange.mapping.names import full_name

    family, given, middle, prefix, suffix = (*(part.strip() for part in parts), *[""] * 5)[:5]
    return full_name(given, family, middle, prefix, suffix)
