"""The spellings of one telephone number lead to the same number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_crm.text.phone import (
    Phone,
    digits,
    format_display,
    looks_like_phone,
    normalise,
    search_digits,
)

COUNTRIES = st.sampled_from(["CN", "US", "GB", "DE", "IT", "SG", "", "xx"])


@pytest.mark.parametrize(
    ("raw", "country", "e164", "extension"),
    [
        ("13800138000", "CN", "+8613800138000", ""),
        ("138 0013 8000", "cn", "+8613800138000", ""),
        ("+86-138-0013-8000", "US", "+8613800138000", ""),
        ("008613800138000", "US", "+8613800138000", ""),
        ("１３８００１３８０００", "CN", "+8613800138000", ""),
        ("（010）6552-9988", "CN", "+861065529988", ""),
        ("010-65529988转123", "CN", "+861065529988", "123"),
        ("010-65529988 分机 8", "CN", "+861065529988", "8"),
        ("(020) 7946 0958", "GB", "+442079460958", ""),
        ("+44 (0)20 7946 0958", "CN", "+442079460958", ""),
        ("0044 20 7946 0958", "US", "+442079460958", ""),
        ("020.7946.0958 ext. 12", "GB", "+442079460958", "12"),
        ("(212) 555-0100 x7", "US", "+12125550100", "7"),
        ("tel:+1-212-555-0100", "DE", "+12125550100", ""),
        ("06 6982 1234", "IT", "+390669821234", ""),
        ("030 901820", "DE", "+4930901820", ""),
    ],
)
def test_normalise(raw: str, country: str, e164: str, extension: str) -> None:
    phone = normalise(raw, country)
    assert (phone.raw, phone.e164, phone.extension) == (raw, e164, extension)
    assert phone.digits == e164[1:]
    assert phone.valid


@pytest.mark.parametrize("raw", ["", "n/a", "12", "call me", "+", "☎", "1" * 300])
def test_what_is_no_number_keeps_its_digits(raw: str) -> None:
    assert normalise(raw, "CN") == Phone(raw, None, digits(raw), "", False)


def test_a_possible_number_outside_of_the_plan_is_not_valid() -> None:
    phone = normalise("+1 999 999 9999", "US")
    assert not phone.valid
    assert phone.digits == "19999999999"


def test_the_short_way_for_chinese_mobiles_agrees_with_the_plan() -> None:
    import phonenumbers

    for prefix in ("135", "139", "150", "186", "199"):
        number = f"{prefix}00001234"
        parsed = phonenumbers.parse(number, "CN")
        assert normalise(number, "CN").valid == phonenumbers.is_valid_number(parsed)


@pytest.mark.parametrize(
    ("e164", "country", "shown"),
    [
        ("+8613800138000", "CN", "138 0013 8000"),
        ("+8613800138000", "US", "+86 138 0013 8000"),
        ("+861065529988", "CN", "010 6552 9988"),
        ("+12125550100", "US", "(212) 555-0100"),
        ("+12125550100", "", "+1 212-555-0100"),
        ("+442079460958", "GB", "020 7946 0958"),
        ("ask reception", "GB", "ask reception"),
        ("", "GB", ""),
    ],
)
def test_format_display(e164: str, country: str, shown: str) -> None:
    assert format_display(e164, country) == shown


def test_digits_of_any_script() -> None:
    assert digits("+86 １３８-٠٠13²") == "861380013"


@pytest.mark.parametrize(
    ("query", "country"),
    [
        ("13800138000", "CN"), ("138 0013 8000", "CN"), ("+86 138 0013 8000", "CN"),
        ("008613800138000", "CN"), ("１３８００１３８０００", "CN"), ("138.0013.8000", "US"),
        ("00138000", "CN"), ("8000", "GB"), ("+86", "CN"),
    ],
)  # fmt: skip
def test_a_typed_mobile_is_found_by_its_digits(query: str, country: str) -> None:
    assert any(tried in "8613800138000" for tried in search_digits(query, country))


@pytest.mark.parametrize(
    "query",
    [
        "020 7946 0958", "(020)79460958", "+44 (0)20 7946 0958", "0044 20 7946 0958", "020 7946",
        "7946 0958 ext. 5", "020 7946 0958 x12",
    ],
)  # fmt: skip
def test_a_typed_national_number_is_found_by_its_digits(query: str) -> None:
    assert any(tried in "442079460958" for tried in search_digits(query, "GB"))


def test_the_whole_number_is_tried_first() -> None:
    assert search_digits("020 7946 0958", "GB")[0] == "442079460958"
    assert search_digits("hello", "GB") == ()
    assert search_digits("8000", "CN") == ("8000",)


@pytest.mark.parametrize(
    ("text", "is_phone"),
    [
        ("138", True), ("+86 138", True), ("(020) 7946-0958", True), ("１３８", True),
        ("020 7946 0958 ext 5", True), ("010-65529988转123", True), ("12", False), ("", False),
        ("A-138", False), ("ann 138", False), ("C000123", False), ("138@qq.com", False),
    ],
)  # fmt: skip
def test_looks_like_phone(text: str, is_phone: bool) -> None:
    assert looks_like_phone(text) is is_phone


@given(st.text(max_size=80), COUNTRIES)
def test_any_text_is_taken(text: str, country: str) -> None:
    phone = normalise(text, country)
    assert phone.digits.isdecimal() or phone.digits == ""
    assert isinstance(format_display(text, country), str)
    assert all(tried.isdecimal() for tried in search_digits(text, country))
    assert isinstance(looks_like_phone(text), bool)


@given(st.text("0123456789+()-. x#,;*/ext转", max_size=30), COUNTRIES)
def test_anything_like_a_number_is_taken(text: str, country: str) -> None:
    phone = normalise(text, country)
    assert phone.e164 is None or phone.e164 == f"+{phone.digits}"
    assert not (phone.valid and phone.e164 is None)
    assert all(search_digits(text, country))


SPELLINGS = (
    "{0}{1}{2}", "{0} {1} {2}", "{0}-{1}-{2}", "+86{0}{1}{2}", "+86 {0}-{1}-{2}", "0086{0}{1}{2}",
    "(+86) {0} {1} {2}", "{0}.{1}.{2}", "+86 ({0}) {1}{2}",
)  # fmt: skip


@given(st.integers(0, 9999), st.integers(0, 9999), st.sampled_from(SPELLINGS), st.booleans())
def test_spellings_of_one_number_share_their_digits(
    middle: int, last: int, spelling: str, wide: bool
) -> None:
    text = spelling.format("139", f"{middle:04}", f"{last:04}")
    if wide:
        text = text.translate({ord("0") + value: 0xFF10 + value for value in range(10)})
    assert normalise(text, "CN").digits == f"86139{middle:04}{last:04}"
