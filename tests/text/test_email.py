"""Addresses are kept as their owners write them, in one form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_crm.text.email import looks_like_email, normalise


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("ann@example.com", "ann@example.com"),
        (" Ann.Lee+crm@Example.COM ", "Ann.Lee+crm@example.com"),
        ("Ann Lee <ann@example.com>", "ann@example.com"),
        ("mailto:ann@example.com", "ann@example.com"),
        ("ann@example.com;", "ann@example.com"),
        ("ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ann@example.com"),
        ("info@MÜNCHEN.de", "info@münchen.de"),
        ("info@xn--mnchen-3ya.de", "info@münchen.de"),
        ("张三@例子.公司", "张三@例子.公司"),
        ("o'brien@example.co.uk", "o'brien@example.co.uk"),
        ("x@sub-domain.example.museum", "x@sub-domain.example.museum"),
        ("a..b@docomo.ne.jp", "a..b@docomo.ne.jp"),
        ("weird!#$%&*/=?^`{|}~@example.com", "weird!#$%&*/=?^`{|}~@example.com"),
    ],
)
def test_normalise(raw: str, address: str) -> None:
    assert normalise(raw) == address
    assert normalise(address) == address


@pytest.mark.parametrize(
    "raw",
    [
        "", "ann", "ann@", "@example.com", "ann@example", "ann lee@example.com x", "a@b@c.de",
        "ann@.com", "ann@-x-.com", "ann@example..com", "x" * 250 + "@example.com",
    ],
)  # fmt: skip
def test_what_has_not_the_shape_is_no_address(raw: str) -> None:
    assert normalise(raw) is None


@given(st.text(max_size=60))
def test_any_text_is_taken(text: str) -> None:
    address = normalise(text)
    assert address is None or "@" in address
    assert isinstance(looks_like_email(text), bool)


@given(st.emails())
def test_every_plausible_address_keeps_its_local_part(address: str) -> None:
    kept = normalise(address)
    assert kept is not None
    assert kept.rpartition("@")[0] == address.rpartition("@")[0]


def test_looks_like_email_from_the_first_part_on() -> None:
    assert looks_like_email("ann@")
    assert looks_like_email(" ann@ex ")
    assert not looks_like_email("@handle")
    assert not looks_like_email("meet ann@home")
    assert not looks_like_email("ann")
