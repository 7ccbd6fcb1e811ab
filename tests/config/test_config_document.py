"""What is written from the schema: the example, the reference, and `crm config show`."""

import tomllib
from pathlib import Path

import pytest

from tui_crm.config import inspect, load
from tui_crm.config.document import example_text, masked, reference_markdown, show, toml_text
from tui_crm.config.schema import KEYS, SECTIONS

ROOT = Path(__file__).parents[2]


def test_the_example_file_is_what_the_schema_says() -> None:
    assert (ROOT / "crm.toml.example").read_text(encoding="utf-8") == example_text()


def test_the_reference_is_what_the_schema_says() -> None:
    assert (ROOT / "docs/configuration.md").read_text(encoding="utf-8") == reference_markdown()


def test_the_example_sets_every_key_to_its_default_and_nothing_else(tmp_path: Path) -> None:
    written = tomllib.loads(example_text())
    assert {f"{s}.{name}" for s, table in written.items() for name in table} == {
        key.path for key in KEYS
    }
    assert written.keys() == SECTIONS.keys()
    file = tmp_path / "crm.toml"
    file.write_text(example_text(), encoding="utf-8")
    env = {"HOME": str(tmp_path), "LANG": "de_AT.UTF-8"}
    settings, problems = inspect(file, env)
    assert problems == ()
    plain = load(None, env | {"CRM_CONFIG": ""})
    assert settings.ui.columns == plain.ui.columns
    assert settings.general == plain.general
    assert settings.picklists == plain.picklists


def test_show_tells_every_value_and_where_it_came_from(tmp_path: Path) -> None:
    file = tmp_path / "crm.toml"
    file.write_text('[ui]\ntheme = "ink"\n[keymap]\n"app.today" = "f5"\n', encoding="utf-8")
    env = {"HOME": str(tmp_path), "CRM_DB": "postgresql://me:secret@host/crm"}
    lines = show(load(file, env))
    assert f'ui.theme = "ink"   # {file}:2' in lines
    assert f'keymap.app.today = ["f5"]   # {file}:4' in lines
    assert "ui.mouse = false   # default" in lines
    assert 'database.url = "postgresql://me:***@host/crm"   # environment CRM_DB' in lines
    assert len(lines) == len(KEYS) + 1
    for line in lines:
        tomllib.loads(line)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////a/b.db", "sqlite:////a/b.db"),
        ("postgresql://me@h/d", "postgresql://me@h/d"),
        ("postgresql://me:p:w@h/d", "postgresql://me:***@h/d"),
        ("postgresql://me:p@w@h/d", "postgresql://me:***@h/d"),
        ("postgresql://me:pw@[h/d", "postgresql://***"),
        ("postgresql://h/d?user=me&password=pw", "postgresql://h/d?user=me&password=***"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    assert masked(url) == shown


@pytest.mark.parametrize(
    "value", ["", 'a"b\\c', "王", True, ["a", 'b"'], [], {"value": "x", "label_zh": "某"}, "C:\\x"]
)
def test_values_written_as_toml_read_back_the_same(value: object) -> None:
    assert tomllib.loads(f"x = {toml_text(value)}")["x"] == value
