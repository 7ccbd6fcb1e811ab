"""One value of crm.toml is changed; comments, order and everything else stay."""

import stat
from pathlib import Path

import pytest

from tui_crm.config.edit import own_file, write_value
from tui_crm.errors import InputRefused


def changed(tmp_path: Path, text: str, path: str = "ui.theme", value: str | bool = "dawn") -> str:
    file = tmp_path / "crm.toml"
    file.write_bytes(text.encode())
    write_value(file, path, value)
    return file.read_bytes().decode()


def test_the_line_of_the_key_is_changed_and_its_comment_kept(tmp_path: Path) -> None:
    before = '# mine\n[ui]\ntheme = "midnight"  # at night\nmouse = true\n'
    assert changed(tmp_path, before) == before.replace('"midnight"', '"dawn"')


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[ui]\ntheme = "dawn"\n'),
        ("[ui]\nmouse = true\n", '[ui]\ntheme = "dawn"\nmouse = true\n'),
        ("[ui]", '[ui]\ntheme = "dawn"\n'),
        ("[general]\nlanguage = 'zh'", "[general]\nlanguage = 'zh'\n\n[ui]\ntheme = \"dawn\"\n"),
        ("ui.theme = 'a' # b\n", 'ui.theme = "dawn" # b\n'),
        ("ui = { mouse = true, theme = 'a' }\n", 'ui = { mouse = true, theme = "dawn" }\n'),
        ("[ui]\r\nmouse = true\r\n", '[ui]\r\ntheme = "dawn"\r\nmouse = true\r\n'),
        ("\ufeff[ui]\ntheme = 'x'\n", '\ufeff[ui]\ntheme = "dawn"\n'),
        ("# a \u2028 b\n[ui]\ntheme = 'x'\n", '# a \u2028 b\n[ui]\ntheme = "dawn"\n'),
    ],
)
def test_where_the_key_is_put(tmp_path: Path, before: str, after: str) -> None:
    assert changed(tmp_path, before) == after


def test_a_switch_is_written_as_one(tmp_path: Path) -> None:
    assert changed(tmp_path, "[ui]\nmouse = false\n", "ui.mouse", True) == "[ui]\nmouse = true\n"


@pytest.mark.parametrize("text", ["[ui\ntheme = 1\n", "ui = { mouse = true }\n", "ui = 3\n"])
def test_a_file_that_is_not_understood_is_left_alone(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputRefused) as refused:
        changed(tmp_path, text)
    assert (tmp_path / "crm.toml").read_text() == text
    assert 'theme = "dawn"' in refused.value.hint


def test_a_missing_file_is_made_with_its_folder_for_the_user_alone(tmp_path: Path) -> None:
    file = own_file({"XDG_CONFIG_HOME": str(tmp_path)})
    assert write_value(file, "ui.theme", 'say "hi"') == 2
    assert file == tmp_path / "crm" / "crm.toml"
    assert file.read_text() == '[ui]\ntheme = "say \\"hi\\""\n'
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_stays_a_link_and_the_permissions_stay(tmp_path: Path) -> None:
    file = tmp_path / "real.toml"
    file.write_text("[ui]\n")
    file.chmod(0o640)
    link = tmp_path / "crm.toml"
    link.symlink_to(file)
    write_value(link, "ui.theme", "dawn")
    assert link.is_symlink()
    assert file.read_text() == '[ui]\ntheme = "dawn"\n'
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["crm.toml", "real.toml"]
