"""Plain numbers are settled as libphonenumber's parser would settle them."""

from __future__ import annotations

import random

import phonenumbers
import pytest

from tui_crm.text import phone, phone_plans

SIGNS = ("", " ", "-", ".", "/", "(", ") ")


def spelled(dice: random.Random) -> tuple[str, str]:
    """A number, often a valid one, as somebody in a country writes it."""
    region = dice.choice(sorted(phonenumbers.SUPPORTED_REGIONS))
    example = phonenumbers.example_number_for_type(region, dice.choice((0, 1, 1, 3, 6)))
    if example is None:
        return "+" + "".join(dice.choices("0123456789", k=dice.randrange(4, 16))), region
    digits = list(phonenumbers.national_significant_number(example))
    for _change in range(dice.choice((0, 0, 0, 1, 3))):
        digits[dice.randrange(len(digits))] = dice.choice("0123456789")
    if dice.random() < 0.1:
        digits.insert(dice.randrange(len(digits)), dice.choice("0123456789"))
    if dice.random() < 0.1:
        digits.pop()
    text = "".join(d + (dice.choice(SIGNS) if dice.random() < 0.3 else "") for d in digits)
    trunk = phonenumbers.PhoneMetadata.metadata_for_region(region, None).national_prefix or ""
    abroad = dice.choice(("+", "+", "+", "+", "00", "011", "+0"))
    start = dice.choice(
        (f"{abroad}{example.country_code}{dice.choice((' ', '(0)', ''))}", trunk, trunk, "")
    )
    return start + text, dice.choice((region, region, "CN", "US"))


def test_what_is_settled_is_what_the_parser_says(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(7)
    settled = {}
    for _number in range(4000):
        text, country = spelled(dice)
        if found := phone_plans.plain_number(text, country):
            settled[text, country] = found
    assert len(settled) > 400
    monkeypatch.setattr(phone_plans, "plain_number", lambda *_text: None)
    for (text, country), found in settled.items():
        parsed = phone._parse.__wrapped__(text, country)
        assert parsed == (found, "", True), (text, country)


@pytest.mark.parametrize(
    ("text", "country", "found"),
    [
        ("+49 30 901820", "CN", "+4930901820"),
        ("030 / 90 18 20", "DE", "+4930901820"),
        ("0049 30 901820", "DE", "+4930901820"),
        ("(0)30 901820 ext 5", "DE", None),
        ("+49 (0)30 901820", "DE", None),
        ("12", "DE", None),
        ("+999 12345", "DE", None),
        ("+049 30 901820", "DE", None),
    ],
)
def test_plain_numbers(text: str, country: str, found: str | None) -> None:
    assert phone_plans.plain_number(text, country) == found
