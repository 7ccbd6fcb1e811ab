"""Telephone numbers: one canonical form, a readable one, and the digits to search by.

The numbering plans are libphonenumber's (package ``phonenumbers``), imported on the first number
that the rules here do not settle: Chinese mobile numbers are recognised by their shape alone.
Nothing in this module raises on bad input; a number that cannot be understood keeps its digits.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

# Shorter strings of digits are in too many numbers to mean one.
_FEWEST_DIGITS = 3
# libphonenumber refuses longer input; nobody's number is longer.
_LONGEST = 64
_NO_DIGITS = bytes(set(range(128)) - set(b"0123456789"))

_CN_MOBILE = re.compile(r"(?:\+86|0086)?[\s-]?(1[3-9]\d)[\s-]?(\d{4})[\s-]?(\d{4})")
_PUNCTUATION = re.compile(r"[\d\s+()\[\]{}./\-‐-―·•,;#*~\u200b-\u200f\u2060]+")
_EXTENSION = re.compile(
    r"[\s,;]*(?:ext(?:ension|n)?|x|#|durchwahl|dw|转|分机|轉|分機)[\s.:号]*(\d{1,8})\s*$", re.I
)
_SCHEME = re.compile(r"^\s*(?:tel|callto|sip|phone)\s*:\s*", re.I)


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as it was written and what it was understood to be.

    `e164` is "+8613800138000" or None if the number could not be placed in any country's plan;
    `digits` are those of `e164` or else of the text; `extension` is "" if there is none; `valid`
    says whether the country's numbering plan has such a number.
    """

    raw: str
    e164: str | None
    digits: str
    extension: str
    valid: bool


@lru_cache(4096)
def normalise(raw: str, country: str) -> Phone:
    """What the number `raw` is, read by somebody in `country` (ISO 3166, "CN")."""
    plain, extension = _split(raw)
    if e164 := _cn_mobile(plain, country):
        return Phone(raw, e164, e164[1:], extension, True)
    e164, parsed_extension, valid = _parse(plain, country.upper())
    extension = extension or parsed_extension
    return Phone(raw, e164, e164[1:] if e164 else digits(plain), extension, valid)


def format_display(e164: str, country: str) -> str:
    """An E.164 number as people write it: in national form at home in `country`, otherwise in
    international form. What is no number is given back as it is.
    """
    return _format(e164, country.upper())


def digits(text: str) -> str:
    """The decimal digits of `text`, of whatever script, as ASCII digits."""
    if text.isascii():
        return text.encode().translate(None, _NO_DIGITS).decode()
    return "".join(str(unicodedata.decimal(char)) for char in text if char.isdecimal())


def search_digits(query: str, country: str) -> tuple[str, ...]:
    """The strings of digits to look for when somebody typed `query`, the likeliest first.

    Numbers are indexed by the digits of their E.164 form. A typed national 0 is not in it, nor is
    an international prefix, nor an extension; each is tried with and without, because a fragment
    from inside of a number may begin with the same digits. A number with the code of its country
    is tried without it too: many are written down so that the country is not known. Empty if there
    are no digits.
    """
    plain, _extension = _split(query)
    found = digits(plain)
    if not found:
        return ()
    tries: dict[str, None] = {}
    if len(found) > _FEWEST_DIGITS:
        parsed = normalise(plain, country)
        if parsed.valid and parsed.e164:
            tries[parsed.digits] = None
            tries[_national(parsed.e164)] = None
        if plain.lstrip(" (").startswith("+"):
            # "+44 (0)20": the trunk 0 in brackets is not dialled from abroad.
            tries[digits(re.sub(r"\(\s*0\s*\)", "", plain))] = None
        elif found.startswith("00"):
            tries[found[2:]] = None
        elif found.startswith("0"):
            tries[found[1:]] = None
    tries[found] = None
    return tuple(text for text in tries if text)


def looks_like_phone(text: str) -> bool:
    """Whether `text` is three digits or more and otherwise only what numbers are written with."""
    plain, _extension = _split(text)
    return len(digits(plain)) >= _FEWEST_DIGITS and _PUNCTUATION.fullmatch(plain) is not None


def _split(raw: str) -> tuple[str, str]:
    """The number without its scheme and extension, in plain digits and signs; the extension."""
    plain = raw if raw.isascii() else unicodedata.normalize("NFKC", raw)
    plain = _SCHEME.sub("", plain).strip()
    match = _EXTENSION.search(plain)
    # What is left must still be a number: "#1234" is none with an extension.
    if match and len(digits(plain[: match.start()])) >= _FEWEST_DIGITS:
        return plain[: match.start()].rstrip(), match[1]
    return plain, ""


def _cn_mobile(plain: str, country: str) -> str | None:
    """The E.164 form of a Chinese mobile number, recognised by its shape."""
    match = _CN_MOBILE.fullmatch(plain)
    if match is None or not (country.upper() == "CN" or plain.startswith(("+86", "0086"))):
        return None
    return "+86" + digits("".join(match.groups()))


@lru_cache(4096)
def _parse(plain: str, country: str) -> tuple[str | None, str, bool]:
    """E.164 form, extension and validity by the numbering plans."""
    found = digits(plain)
    if len(found) < _FEWEST_DIGITS or len(plain) > _LONGEST:
        return None, "", False
    from tui_crm.text.phone_plans import plain_number

    if e164 := plain_number(plain, country):
        return e164, "", True
    import phonenumbers

    # People write the international prefix as 00 wherever they are.
    tries = [plain]
    if plain.lstrip(" (").startswith("00"):
        tries.append("+" + found[2:])
    for text in tries:
        try:
            number = phonenumbers.parse(text, country or None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return _e164(number), number.extension or "", True
    try:
        number = phonenumbers.parse(plain, country or None)
    except phonenumbers.NumberParseException:
        return None, "", False
    possible = phonenumbers.is_possible_number(number)
    return (_e164(number) if possible else None), number.extension or "", False


@lru_cache(4096)
def home(e164: str) -> str:
    """The country ("CH") in whose plan an E.164 number is; "" if in none."""
    if _CN_MOBILE.fullmatch(e164):
        return "CN"
    import phonenumbers

    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return ""
    return str(phonenumbers.region_code_for_number(number) or "")


@lru_cache(4096)
def _national(e164: str) -> str:
    """The digits of an E.164 number behind the code of its country."""
    if _CN_MOBILE.fullmatch(e164):
        return e164[3:]
    import phonenumbers

    return str(phonenumbers.national_significant_number(phonenumbers.parse(e164, None)))


def _e164(number: PhoneNumber) -> str:
    import phonenumbers

    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@lru_cache(4096)
def _format(e164: str, country: str) -> str:
    if country == "CN" and (match := _CN_MOBILE.fullmatch(e164)):
        return " ".join(match.groups())
    import phonenumbers

    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    home = phonenumbers.country_code_for_region(country) == number.country_code
    style = phonenumbers.PhoneNumberFormat
    form = style.NATIONAL if home else style.INTERNATIONAL
    return str(phonenumbers.format_number(number, form))
