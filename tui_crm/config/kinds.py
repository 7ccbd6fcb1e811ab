"""The kinds of value that a key may have: how each is read, checked and named.

A reader takes the raw TOML value and a `Reading` and gives the value for `Settings`. What is wrong
goes to `Reading.refuse`; what the reader returns after that is not used.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui_crm.config import places
from tui_crm.config.problems import nearest
from tui_crm.config.settings import Choice
from tui_crm.text.i18n import _


@dataclass(slots=True)
class Reading:
    """What a reader needs: where relative paths start, the environment, and a place to complain.

    `refused` collects (path below the key such as "[2].key", message, hint).
    """

    base: Path
    env: Mapping[str, str]
    refused: list[tuple[str, str, str]] = field(default_factory=list)

    def refuse(self, message: str, hint: str = "", below: str = "") -> None:
        """Record that the value, or its part `below`, cannot be used."""
        self.refused.append((below, message, hint))


Reader = Callable[[Any, Reading], Any]


def describe(value: object) -> str:
    """The TOML type of `value` in words."""
    if isinstance(value, bool):
        return _("true or false")
    if isinstance(value, str):
        return _("text")
    if isinstance(value, int | float):
        return _("a number")
    if isinstance(value, list):
        return _("a list")
    if isinstance(value, dict):
        return _("a table")
    return _("a date or time")


def _wrong_type(wanted: str, value: object, hint: str, reading: Reading, below: str = "") -> None:
    message = _("expected {wanted}, found {found}.").format(wanted=wanted, found=describe(value))
    reading.refuse(message, hint, below)


def text(value: object, reading: Reading, below: str = "") -> str:
    """Text of one line."""
    if not isinstance(value, str):
        _wrong_type(_("text"), value, _("Put it in quotes."), reading, below)
    elif not value.isprintable():
        reading.refuse(_("the text holds a line break or a control character."), "", below)
    else:
        return value
    return ""


def flag(value: object, reading: Reading) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        _wrong_type(_("true or false"), value, _("Write true or false without quotes."), reading)
    return bool(value)


def whole(low: int, high: int) -> Reader:
    """A reader for a whole number from `low` to `high`."""

    def read(value: object, reading: Reading) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            _wrong_type(_("a whole number"), value, _("Write it without quotes."), reading)
            return low
        if not low <= value <= high:
            reading.refuse(
                _("the number is not between {low} and {high}.").format(low=low, high=high)
            )
        return value

    return read


def path(value: object, reading: Reading) -> Path:
    """A path: `~` is the home folder, a relative one starts at the folder of crm.toml."""
    written = text(value, reading)
    if not written and not reading.refused:
        reading.refuse(_("the path is empty."), _("Remove the line to use the default."))
    return places.absolute(written, reading.base, reading.env)


def one_of(*allowed: str) -> Reader:
    """A reader for one word of `allowed`."""

    def read(value: object, reading: Reading) -> str:
        word = text(value, reading)
        if not reading.refused and word not in allowed:
            choices = ", ".join(f'"{name}"' for name in allowed)
            hint = nearest(word, allowed) or _("Choose one of {choices}.").format(choices=choices)
            reading.refuse(_('"{value}" is not allowed here.').format(value=word), hint)
        return word

    return read


def names(value: object, reading: Reading) -> tuple[str, ...]:
    """A list of field names, each at most once and at least one of them."""
    if not isinstance(value, list):
        hint = _('Write it as ["name", "phone"].')
        _wrong_type(_("a list"), value, hint, reading)
        return ()
    found: list[str] = []
    for index, item in enumerate(value):
        name = text(item, reading, f"[{index}]")
        if name in found:
            reading.refuse(
                _('"{name}" is listed twice.').format(name=name), _("Remove one."), f"[{index}]"
            )
        found.append(name)
    if not found:
        reading.refuse(_("the list is empty."), _("Remove the line to use the default."))
    return tuple(found)


def keys(value: object, reading: Reading) -> tuple[str, ...]:
    """The keys of one action: a key, a list of keys, or an empty list for none."""
    items = value if isinstance(value, list) else [value]
    return tuple(text(item, reading, f"[{index}]") for index, item in enumerate(items))


def database_url(value: object, reading: Reading) -> str:
    """`sqlite:///PATH` or `postgresql://...`; the SQLite path is made absolute."""
    url = text(value, reading)
    if reading.refused:
        return url
    scheme, separator, rest = url.partition("://")
    if separator and scheme in {"postgresql", "postgres"}:
        return f"postgresql://{rest}"
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        written = rest[1:]
        if written.startswith((":memory:", "file:")):
            return url
        return f"sqlite:///{places.absolute(written, reading.base, reading.env)}"
    message = _('"{url}" is not a database address.').format(url=url)
    if not separator and url:
        file = url.removeprefix("sqlite:")
        hint = _("For a file, write sqlite:///{path}").format(path=file)
    else:
        hint = _("Write sqlite:///PATH or postgresql://USER@HOST/DATABASE.")
    reading.refuse(message, hint)
    return url


def home_country(value: object, reading: Reading) -> str:
    """An ISO 3166 code in any case, or "auto" for the country of the locale."""
    written = text(value, reading)
    code = written.strip().upper()
    if reading.refused or code in places.COUNTRIES:
        return code
    if code == "AUTO":
        return places.country(reading.env)
    hint = _('Write the two letters of ISO 3166, such as "US", "DE" or "CN".')
    if code in {"UK", "ENGLAND"}:
        hint = nearest("GB", ["GB"])
    reading.refuse(_('"{value}" is not a country code.').format(value=written), hint)
    return code


def time_zone(value: object, reading: Reading) -> str:
    """An IANA name such as "Europe/Zurich", or "local" for the zone of the machine."""
    name = text(value, reading)
    if reading.refused or name == "local":
        return name
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = nearest(name, [*available_timezones(), "local"])
        reading.refuse(
            _('"{value}" is not a time zone.').format(value=name),
            hint or _('Write a name such as "Europe/Zurich", or "local".'),
        )
    return name


def picklist(defaults: tuple[Choice, ...], *, with_keys: bool = False) -> Reader:
    """A reader for a list of choices, each a value or a table.

    A value that is in `defaults` brings its labels and its key along, so that the user writes only
    what differs. With `with_keys` each choice may have a letter, which no other may share.
    """
    known = {choice.value: choice for choice in defaults}
    allowed = ("value", "label_en", "label_zh") + (("key",) if with_keys else ())

    def read(value: object, reading: Reading) -> tuple[Choice, ...]:
        if not isinstance(value, list):
            _wrong_type(_("a list"), value, _('Write it as ["one", "two"].'), reading)
            return ()
        choices: dict[str, Choice] = {}
        letters: dict[str, str] = {}
        for index, item in enumerate(value):
            place = f"[{index}]"
            choice = _choice(item, known, allowed, reading, place)
            if choice is None:
                continue
            if choice.value in choices:
                message = _('"{name}" is listed twice.').format(name=choice.value)
                reading.refuse(message, _("Remove one."), place)
            if choice.key and choice.key in letters:
                message = _('the key "{key}" is already that of "{other}".').format(
                    key=choice.key, other=letters[choice.key]
                )
                reading.refuse(message, _("Give one of them another letter."), place)
            choices[choice.value] = choice
            letters[choice.key] = choice.value
        if not value:
            reading.refuse(_("the list is empty."), _("Remove the line to use the default."))
        return tuple(choices.values())

    return read


def _choice(
    item: object,
    known: Mapping[str, Choice],
    allowed: tuple[str, ...],
    reading: Reading,
    place: str,
) -> Choice | None:
    """One element of a picklist, or None after refusing it."""
    table = {"value": item} if isinstance(item, str) else item
    if not isinstance(table, dict):
        hint = _('Write "value" or {{ value = "value", label_en = "Label" }}.').format()
        _wrong_type(_("text or a table"), item, hint, reading, place)
        return None
    before = len(reading.refused)
    words: dict[str, str] = {}
    for name, raw in table.items():
        if name not in allowed:
            hint = nearest(name, allowed) or _("Allowed are {names}.").format(
                names=", ".join(allowed)
            )
            message = _('"{name}" is not a part of a choice.').format(name=name)
            reading.refuse(message, hint, f"{place}.{name}")
            continue
        words[name] = text(raw, reading, f"{place}.{name}").strip()
    if not words.get("value") and len(reading.refused) == before:
        reading.refuse(_("the choice has no value."), _('Add value = "...".'), place)
    letter = words.get("key", "")
    if letter and not (len(letter) == 1 and letter.isascii() and letter.isalpha()):
        message = _('the key "{key}" is not one letter from a to z.').format(key=letter)
        reading.refuse(message, "", f"{place}.key")
    if len(reading.refused) > before:
        return None
    base = known.get(words["value"], Choice(words["value"]))
    return Choice(
        value=words["value"],
        label_en=words.get("label_en", base.label_en),
        label_zh=words.get("label_zh", base.label_zh),
        key=words.get("key", base.key).lower(),
    )
