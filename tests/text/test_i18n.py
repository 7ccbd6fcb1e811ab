"""The language follows the environment, and a missing translation is English."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui_crm.text import i18n
from tui_crm.text.i18n import N_, _, language, ngettext, sentences, set_language


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    yield
    set_language("en")


@pytest.fixture
def chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue of two messages, in force."""
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo

    catalogue = Catalog(locale="zh")
    catalogue.add("Customer", "客户")
    catalogue.add(("{n} row", "{n} rows"), ("{n} 行",))
    target = tmp_path / "zh" / "LC_MESSAGES"
    target.mkdir(parents=True)
    with (target / "crm.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(i18n, "_LOCALE_DIR", tmp_path)
    set_language("zh")


@pytest.mark.parametrize(
    ("code", "chosen"),
    [
        ("en", "en"), ("zh", "zh"), ("zh_TW", "zh"), ("zh-Hans-CN", "zh"), ("zh_CN.UTF-8", "zh"),
        ("ZH", "zh"), ("en_GB", "en"), ("de_DE.UTF-8", "en"), ("C", "en"), ("", "en"),
    ],
)  # fmt: skip
def test_every_chinese_locale_is_chinese_and_the_rest_english(code: str, chosen: str) -> None:
    assert set_language(code) == chosen
    assert language() == chosen


@pytest.mark.parametrize(
    ("environment", "chosen"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_MESSAGES": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "zh_TW.UTF-8", "LC_MESSAGES": "en_US", "LANG": "en_US"}, "zh"),
        ({"LC_ALL": "", "LANG": "zh_CN"}, "zh"),
    ],
)
def test_the_environment_decides_if_nobody_else_does(
    environment: dict[str, str], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert set_language(None) == chosen


@pytest.mark.usefixtures("chinese")
def test_a_catalogue_translates_and_the_rest_stays_english() -> None:
    assert _("Customer") == "客户"
    assert ngettext("{n} row", "{n} rows", 1) == "{n} 行"
    assert _("Not in the catalogue") == "Not in the catalogue"
    assert ngettext("one", "many", 2) == "many"
    assert _("") == ""
    set_language("en")
    assert _("Customer") == "Customer"
    assert ngettext("{n} row", "{n} rows", 1) == "{n} row"


@pytest.mark.parametrize("content", [None, b"", b"no catalogue"])
def test_a_catalogue_that_cannot_be_read_leaves_english(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content is not None:
        target = tmp_path / "zh" / "LC_MESSAGES"
        target.mkdir(parents=True)
        (target / "crm.mo").write_bytes(content)
    monkeypatch.setattr(i18n, "_LOCALE_DIR", tmp_path)
    assert set_language("zh") == "zh"
    assert _("Customer") == "Customer"


def test_the_shipped_catalogue_opens() -> None:
    set_language("zh")
    assert i18n._catalogue is not None


def test_english_loads_no_gettext() -> None:
    program = (
        "import sys; from tui_crm.text.i18n import _, set_language; "
        "set_language('en'); _('Customer'); sys.exit('gettext' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_marking_gives_the_message_back() -> None:
    assert N_("Customer") == "Customer"


def test_sentences_have_a_blank_between_them_where_the_language_has_one() -> None:
    assert sentences("Not saved.", "", "Try again.") == "Not saved. Try again."
    assert sentences("未保存。", "请重试。") == "未保存。请重试。"
