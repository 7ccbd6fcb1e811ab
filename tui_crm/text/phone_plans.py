"""Valid telephone numbers recognised without libphonenumber's parser, by its own numbering plans.

The parser of ``phonenumbers`` looks for extensions, letters, carrier codes and misread prefixes in
every text and takes 100 microseconds for it: half of the time of an import. Nearly every number is
plain: a country's code, or nothing but the trunk prefix of the reader's own country, and then the
digits of a valid number. Those are settled here by the patterns of the numbering plan, compiled
into one expression a country; whatever is not plain is left to the parser.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from phonenumbers import PhoneMetadata

_PLAIN = re.compile(r"\+?[\d\s()./-]+", re.ASCII)
_MOST_DIGITS = 15  # ITU-T E.164
_NO_SIGNS = {ord(sign): None for sign in " \t\n\r\f\v()./-+"}
_KINDS = (
    "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan",
    "voicemail", "fixed_line", "mobile",
)  # fmt: skip


class _Region(NamedTuple):
    """The numbering plan of a region as expressions about the number behind the country's code."""

    leads: re.Pattern[str] | None  # how its numbers begin, where regions share a code
    valid: re.Pattern[str]
    general: re.Pattern[str]
    prefix: str  # of calls inside the country; "" if there is none or it is not a plain one
    abroad: re.Pattern[str]  # the prefixes of calls to other countries


def plain_number(text: str, country: str) -> str | None:
    """The E.164 form of a plain, valid number that somebody in `country` ("CN") wrote.

    None says nothing: the number may be valid all the same.
    """
    if _PLAIN.fullmatch(text) is None:
        return None
    found = text.translate(_NO_SIGNS)
    if len(found) > _MOST_DIGITS:
        return None
    if text[0] == "+":
        return f"+{found}" if _is_international(found) else None
    return _national(found, country)


def _is_international(found: str) -> bool:
    """Whether these digits are the code of a country and a valid number of it."""
    if found[:1] == "0":  # no code begins so
        return False
    for length in (1, 2, 3):
        regions = _regions(found[:length])
        if regions:
            number = found[length:]
            strips = _strips(found[:length])
            if number[:1] == "0" or strips is None or strips.match(number):
                return False
            return _is_valid(number, regions)
    return False


def _national(found: str, country: str) -> str | None:
    """The number of these digits, which somebody in `country` dials at home."""
    code = _code(country)
    plan = _region(country)
    if plan is not None and (abroad := plan.abroad.match(found)):
        there = found[abroad.end() :]
        return f"+{there}" if _is_international(there) else None
    if not code or plan is None or found.startswith(code) or not plan.prefix:
        return None
    number = found.removeprefix(plan.prefix)
    # What would be a number with and without the prefix is not settled here, nor what the plan
    # would take more from.
    if number == found or number[:1] == "0" or plan.general.fullmatch(found):
        return None
    return f"+{code}{number}" if _is_valid(number, _regions(code)) else None


def _is_valid(number: str, regions: tuple[_Region, ...]) -> bool:
    for region in regions:
        if region.leads is None:
            if region.valid.fullmatch(number):
                return True
        elif region.leads.match(number):
            return region.valid.fullmatch(number) is not None
    return False


@lru_cache(1024)
def _regions(code: str) -> tuple[_Region, ...]:
    """The regions of a country's code, the main one first; none where it is no code."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    names = COUNTRY_CODE_TO_REGION_CODE.get(int(code)) if code.isdecimal() else None
    found = tuple(map(_region, names or ()))
    return tuple(region for region in found if region is not None) if all(found) else ()


@lru_cache(1024)
def _strips(code: str) -> re.Pattern[str] | None:
    """What the parser would take away before a number behind this code; None if unknown."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

    meta = PhoneMetadata.metadata_for_region(COUNTRY_CODE_TO_REGION_CODE[int(code)][0], None)
    if meta is None:
        return None
    return re.compile(meta.national_prefix_for_parsing or r"(?!)")


@lru_cache(1024)
def _code(country: str) -> str:
    from phonenumbers import country_code_for_region

    return str(country_code_for_region(country) or "")


@lru_cache(1024)
def _region(name: str) -> _Region | None:
    from phonenumbers import PhoneMetadata

    meta = PhoneMetadata.metadata_for_region(name, None)
    if meta is None or meta.general_desc is None:
        return None
    general = meta.general_desc.national_number_pattern
    kinds = "|".join(filter(None, (_kind(meta, kind) for kind in _KINDS)))
    if not general or not kinds:
        return None
    leads = re.compile(meta.leading_digits) if meta.leading_digits else None
    prefix = meta.national_prefix or ""
    simple = meta.national_prefix_for_parsing == prefix and not meta.national_prefix_transform_rule
    return _Region(
        leads, re.compile(rf"(?=(?:{general})\Z)(?:{kinds})"), re.compile(general),
        prefix if simple else "", re.compile(meta.international_prefix or "(?!)"),
    )  # fmt: skip


def _kind(meta: PhoneMetadata, kind: str) -> str:
    """The expression of one kind of number, with its lengths."""
    plan = getattr(meta, kind)
    if plan is None or not plan.national_number_pattern:
        return ""
    lengths = "|".join(rf"\d{{{n}}}" for n in plan.possible_length or ())
    ahead = rf"(?=(?:{lengths})\Z)" if lengths else ""
    return rf"(?:{ahead}(?:{plan.national_number_pattern})\Z)"
