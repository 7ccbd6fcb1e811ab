"""The command in Chinese: chosen by the locale or by crm.toml, and no word of argparse is left."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Crm
from tui_crm.cli import verbs
from tui_crm.text.i18n import set_language
from tui_crm.text.width import cell_width

# What argparse says itself, in any of its versions.
ARGPARSE = re.compile(
    r"usage|positional|optional|arguments|options:|show this|exit|required|invalid|expected|choose"
)


@pytest.fixture
def chinese(home: Path) -> Path:
    """A crm.toml that asks for Chinese, where the command looks for it."""
    (home / "crm.toml").write_text('[general]\nlanguage = "zh"\n')
    return home


@pytest.mark.usefixtures("chinese")
def test_the_help_of_the_command_is_chinese(call: Crm) -> None:
    shown = call("--help").out
    set_language("en")
    assert not ARGPARSE.search(shown)
    for name in verbs.MODULES:
        assert name in shown
        assert verbs.load(name).HELP not in shown


@pytest.mark.parametrize("name", [*verbs.MODULES, ""])
def test_help_fits_into_the_terminal(call: Crm, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for language in ("en_US.UTF-8", "zh_CN.UTF-8"):
        monkeypatch.setenv("LANG", language)
        shown = call(*filter(None, [name, "--help"])).out
        assert max(map(cell_width, shown.splitlines())) < 80, shown


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("name", verbs.MODULES)
def test_the_help_of_a_verb_is_chinese(call: Crm, name: str) -> None:
    shown = call(name, "--help").out
    assert shown.startswith(f"用法：crm {name} ")
    set_language("en")
    texts = [action.help for action in verbs.parser_of(name)._actions]
    assert [text for text in texts if text and text in shown] == []
    assert not ARGPARSE.search(shown)


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["search"], "缺少：QUERY。"),
        (["search", "x", "--bogus"], "无法识别：--bogus。"),
        (["search", "x", "--limit"], "--limit 需要一个值。"),
        (["search", "x", "--limit", "0"], "--limit：'0' 不是正整数。"),
        (["search", "x", "--json=1"], "--json 不带值。"),
        (["sample", "x", "--seed", "a"], "--seed：'a' 不是整数。"),
        (["undo", "twelve"], "'twelve' 不是变更编号。"),
        (["config", "nonsense"], "'nonsense' 不在可选值之内"),
        (["serch"], "您是想写“search”吗？"),
    ],
)
def test_wrong_arguments_are_told_in_chinese(call: Crm, arguments: list[str], told: str) -> None:
    shown = call(*arguments, code=2).err
    assert told in shown
    assert not ARGPARSE.search(shown)


def test_the_locale_decides_where_no_settings_do(
    call: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "用法" in call("--help").out
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert "usage: crm" in call("--help").out


@pytest.mark.usefixtures("chinese")
def test_records_are_told_in_chinese(crm: Crm) -> None:
    crm("add", "name=王小明", "status=lead")
    shown = crm("show", "王小明").out
    assert "姓名" in shown and "线索" in shown
    crm("log", "王小明", "--note", "好", "--next", "回电", "--due", "+2d")
    told = crm("history").out
    assert "登记联系" in told and "新建客户" in told and "新建任务" in told
    assert "# 默认" in crm("config", "show").out


@pytest.mark.usefixtures("chinese")
def test_refused_rows_come_back_in_chinese_and_are_imported_when_they_are_mended(
    crm: Crm, home: Path
) -> None:
    (home / "in.csv").write_text(
        "客户姓名,邮箱,负责人\n王小明,xm@example.com,\n李娜,不是邮箱,\n张伟,zw@example.com,没有此人\n",
        encoding="gb18030",
    )
    crm("import", "in.csv", "--yes")
    refused = (home / "in.csv.errors.csv").read_text(encoding="utf-8-sig")
    header, lina, zhang = refused.splitlines()
    assert header == "客户姓名,邮箱,负责人,错误原因,原文件行号"
    assert "不是邮箱" in lina and "没有此人" in zhang and zhang.endswith(",4")
    mended = refused.replace("李娜,不是邮箱", "李娜,ln@example.com").replace("com,没有此人", "com,")
    (home / "mended.csv").write_text(mended, encoding="utf-8-sig")
    crm("import", "mended.csv", "--yes")
    found = {row["name"] for row in crm("search", "", "--json").objects}
    assert found == {"王小明", "李娜", "张伟"}
    assert not (home / "mended.csv.errors.csv").exists()
