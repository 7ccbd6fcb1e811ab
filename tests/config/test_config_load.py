"""Loading crm.toml: which file, which value wins, where each came from, and every kind of error."""

import subprocess
import sys
from pathlib import Path

import pytest

from tui_crm.config import Choice, ConfigError, ConfigProblem, Settings, find_choice, inspect, load
from tui_crm.errors import CrmError
from tui_crm.text.i18n import language, set_language


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment with an empty home folder; the current folder is empty, too."""
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return {"HOME": str(tmp_path / "home")}


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def problems(tmp_path: Path, env: dict[str, str], text: str) -> tuple[ConfigProblem, ...]:
    """What is wrong with a file of that text."""
    return inspect(write(tmp_path / "crm.toml", text), env)[1]


def only(tmp_path: Path, env: dict[str, str], text: str) -> ConfigProblem:
    """The one thing that is wrong with a file of that text."""
    found = problems(tmp_path, env, text)
    assert len(found) == 1, found
    return found[0]


def test_without_a_file_everything_has_its_default(env: dict[str, str]) -> None:
    settings = load(None, env)
    home = Path(env["HOME"])
    assert settings.file is None
    assert settings.database.url.startswith("sqlite:///")
    assert settings.database.url.endswith("/crm/crm.db")
    assert settings.ui.theme == "midnight"
    assert settings.ui.columns[:2] == ("name", "organization")
    assert settings.ui.mouse is False
    assert settings.general.home_country == "US"
    assert [choice.key for choice in settings.picklists.dispositions][:2] == ["r", "v"]
    assert home in settings.paths.state_dir.parents
    assert str(settings.origin("ui.theme")) == "default"


def test_the_folders_follow_the_xdg_variables(env: dict[str, str], tmp_path: Path) -> None:
    env |= {"XDG_DATA_HOME": str(tmp_path / "d"), "XDG_STATE_HOME": str(tmp_path / "s")}
    settings = load(None, env)
    assert settings.database.url == f"sqlite:///{tmp_path}/d/crm/crm.db"
    assert settings.database.backups == tmp_path / "d/crm/backups"
    assert settings.paths.state_dir == tmp_path / "s/crm"
    assert load(None, env | {"XDG_STATE_HOME": "not/absolute"}).paths.state_dir.is_absolute()


def test_the_first_file_of_four_is_read(env: dict[str, str], tmp_path: Path) -> None:
    env["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    places = [
        write(tmp_path / "config/crm/crm.toml", '[ui]\ntheme = "own"\n'),
        write(tmp_path / "work/crm.toml", '[ui]\ntheme = "current"\n'),
        write(tmp_path / "named.toml", '[ui]\ntheme = "named"\n'),
        write(tmp_path / "given.toml", '[ui]\ntheme = "given"\n'),
    ]
    named = env | {"CRM_CONFIG": str(places[2])}
    assert load(places[3], named).ui.theme == "given"
    assert load(None, named).ui.theme == "named"
    assert load(None, env).ui.theme == "current"
    places[1].unlink()
    assert load(None, env).ui.theme == "own"


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(
    env: dict[str, str], tmp_path: Path
) -> None:
    file = write(tmp_path / "crm.toml", '\n[database]\nurl = "sqlite:////a.db"\n')
    assert str(load(file, env).origin("database.url")) == f"{file}:3"
    env["CRM_DB"] = "postgresql://crm@db/crm"
    settings = load(file, env)
    assert settings.database.url == "postgresql://crm@db/crm"
    assert str(settings.origin("database.url")) == "environment CRM_DB"
    settings = load(file, env, {"database.url": "sqlite:////c.db"})
    assert settings.database.url == "sqlite:////c.db"
    assert str(settings.origin("database.url")) == "command line"


def test_paths_start_at_the_file_and_know_the_home_folder(
    env: dict[str, str], tmp_path: Path
) -> None:
    text = '[database]\nurl = "sqlite:///mine.db"\nbackups = "~/b"\n[paths]\nstate_dir = "state"\n'
    settings = load(write(tmp_path / "etc/crm.toml", text), env)
    assert settings.database.url == f"sqlite:///{tmp_path}/etc/mine.db"
    assert settings.database.backups == Path(env["HOME"]) / "b"
    assert settings.paths.state_dir == tmp_path / "etc/state"


@pytest.mark.parametrize(
    ("locale", "country"),
    [
        ({"LANG": "de_CH.UTF-8"}, "CH"),
        ({"LANG": "zh_CN", "LC_TELEPHONE": "fr_FR@euro"}, "FR"),
        ({"LANG": "de_CH.UTF-8", "LC_ALL": "C"}, "CH"),
        ({"LANG": "C.UTF-8"}, "US"),
        ({"LANG": "eo_XX"}, "US"),
        ({}, "US"),
    ],
)
def test_the_home_country_comes_from_the_locale(
    env: dict[str, str], locale: dict[str, str], country: str
) -> None:
    assert load(None, env | locale).general.home_country == country


def test_a_country_is_written_in_any_case(env: dict[str, str], tmp_path: Path) -> None:
    file = write(tmp_path / "crm.toml", '[general]\nhome_country = "cn"\n')
    assert load(file, env).general.home_country == "CN"


def test_a_byte_order_mark_and_windows_line_ends_are_read(
    env: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "crm.toml"
    file.write_bytes(b'\xef\xbb\xbf[ui]\r\n# comment\r\ntheme = "ink"\r\n')
    settings = load(file, env)
    assert settings.ui.theme == "ink"
    assert settings.origin("ui.theme").line == 3


def test_the_keymap_may_be_written_dotted_quoted_or_in_groups(
    env: dict[str, str], tmp_path: Path
) -> None:
    text = (
        '[keymap]\n"app.today" = "f2"\nsearch.mark = ["ctrl+t", "space"]\napp.repaint = []\n'
        '[keymap.customer]\nedit = "e"\n'
    )
    settings = load(write(tmp_path / "crm.toml", text), env)
    assert settings.keymap == {
        "app.today": ("f2",),
        "search.mark": ("ctrl+t", "space"),
        "app.repaint": (),
        "customer.edit": ("e",),
    }
    problem = settings.problem("keymap.customer.edit", "no", "yes")
    assert (problem.file, problem.line) == (str(tmp_path / "crm.toml"), 6)


def test_every_problem_is_reported_at_once_and_names_file_line_key_and_way_out(
    env: dict[str, str], tmp_path: Path
) -> None:
    text = '[ui]\nthem = "x"\nmouse = "yes"\n\n[genral]\n[general]\nlanguage = "fr"\n'
    file = write(tmp_path / "crm.toml", text)
    with pytest.raises(ConfigError) as caught:
        load(file, env)
    error = caught.value
    assert isinstance(error, CrmError)
    assert error.exit_code == 2
    assert [(p.line, p.key) for p in error.problems] == [
        (2, "ui.them"),
        (3, "ui.mouse"),
        (5, "genral"),
        (7, "general.language"),
    ]
    lines = str(error).splitlines()
    assert len(lines) == 4
    assert lines[0].startswith(f"{file}:2: ui.them: ")
    assert '"theme"' in lines[0]
    assert '"general"' in lines[2]
    assert "en" in lines[3]


def test_a_refused_value_leaves_the_default(env: dict[str, str], tmp_path: Path) -> None:
    file = write(tmp_path / "crm.toml", '[ui]\nmouse = 1\nkitty_keys = true\ntheme = "ink"\n')
    settings, found = inspect(file, env)
    assert [problem.key for problem in found] == ["ui.mouse"]
    assert settings.ui.mouse is False
    assert settings.ui.kitty_keys is True
    assert settings.ui.theme == "ink"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[ui\n", 1),
        ('[ui]\ntheme = "a"\ntheme = "b"\n', 3),
        ("[ui]\n\ntheme = midnight\n", 3),
        ('[ui]\ntheme = """\n', 2),
    ],
)
def test_a_syntax_error_has_its_line(
    env: dict[str, str], tmp_path: Path, text: str, line: int
) -> None:
    problem = only(tmp_path, env, text)
    assert problem.line == line
    assert problem.hint


def test_a_file_that_cannot_be_read_is_a_problem(env: dict[str, str], tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"
    assert inspect(missing, env)[1][0].file == str(missing)
    assert inspect(None, env | {"CRM_CONFIG": str(missing)})[1][0].file == str(missing)
    assert inspect(tmp_path, env)[1][0].file == str(tmp_path)
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'[ui]\ntheme = "\xe9"\n')
    assert "UTF-8" in inspect(latin, env)[1][0].message


@pytest.mark.parametrize(
    ("text", "key", "line", "offers"),
    [
        ('theme = "x"\n', "theme", 1, "[ui]"),
        ('[general]\ntheme = "x"\n', "general.theme", 2, "[ui]"),
        ("[ui]\nzzz = 1\n", "ui.zzz", 2, "animations"),
        ("[zzz]\n", "zzz", 1, "[picklists]"),
        ("ui = 3\n", "ui", 1, "[ui]"),
        ("[ui]\ntheme = 3\n", "ui.theme", 2, "quotes"),
        ('[ui]\ntheme = "a\\nb"\n', "ui.theme", 2, ""),
        ('[ui]\ncolumns = "name"\n', "ui.columns", 2, '["name", "phone"]'),
        ('[ui]\ncolumns = [\n "name",\n "name"]\n', "ui.columns[1]", 4, ""),
        ("[ui]\ncolumns = []\n", "ui.columns", 2, "default"),
        ('[ui]\nthemes_dir = ""\n', "ui.themes_dir", 2, "default"),
        ('[database]\nurl = "crm.db"\n', "database.url", 2, "sqlite:///crm.db"),
        ('[database]\nurl = "mysql://x/y"\n', "database.url", 2, "postgresql://"),
        ('[database]\nurl = "sqlite:///"\n', "database.url", 2, "PATH"),
        ('[general]\nhome_country = "UK"\n', "general.home_country", 2, '"GB"'),
        ('[general]\ntime_zone = "Europe/Zurch"\n', "general.time_zone", 2, "Europe/Zurich"),
        ('[general]\ntime_zone = "../x"\n', "general.time_zone", 2, "local"),
        ("[general]\ndate_style = 2024-01-01\n", "general.date_style", 2, "quotes"),
        ('[keymap]\n"app.quit" = 3\n', "keymap.app.quit", 2, "quotes"),
        ('[picklists]\nstatuses = "lead"\n', "picklists.statuses", 2, "["),
        ("[picklists]\nstatuses = [3]\n", "picklists.statuses[0]", 2, "value"),
        ('[picklists]\nstatuses = ["a", "a"]\n', "picklists.statuses[1]", 2, ""),
        (
            '[picklists]\nstatuses = [\n{ value = "a", lable_en = "A" }]\n',
            "picklists.statuses[0].lable_en",
            3,
            "label_en",
        ),
        ('[[picklists.sources]]\nlabel_en = "A"\n', "picklists.sources[0]", 1, "value"),
        (
            '[picklists]\ndispositions = ["reached", { value = "x", key = "r" }]\n',
            "picklists.dispositions[1]",
            2,
            "letter",
        ),
        (
            '[[picklists.dispositions]]\nvalue = "x"\nkey = "xy"\n',
            "picklists.dispositions[0].key",
            3,
            "",
        ),
    ],
)
def test_what_is_wrong_is_named_with_the_way_out(
    env: dict[str, str], tmp_path: Path, text: str, key: str, line: int, offers: str
) -> None:
    problem = only(tmp_path, env, text)
    assert (problem.key, problem.line) == (key, line)
    assert offers in problem.hint
    assert problem.message


def test_a_bad_environment_variable_is_named(env: dict[str, str]) -> None:
    _settings, found = inspect(None, env | {"CRM_DB": "crm.db"})
    assert [(p.file, p.line, p.key) for p in found] == [("environment CRM_DB", 0, "database.url")]


def test_a_known_value_brings_its_labels_along(env: dict[str, str], tmp_path: Path) -> None:
    text = (
        "[picklists]\n"
        'categories = ["vip", { value = "gov", label_zh = "政府" }, "Freunde"]\n'
        'dispositions = [{ value = "busy", key = "Z" }, "voicemail"]\n'
    )
    lists = load(write(tmp_path / "crm.toml", text), env).picklists
    assert lists.categories == (
        Choice("vip", "VIP", "重要客户"),
        Choice("gov", "", "政府"),
        Choice("Freunde"),
    )
    assert [(c.value, c.label_zh, c.key) for c in lists.dispositions] == [
        ("busy", "占线", "z"),
        ("voicemail", "语音留言", "v"),
    ]
    assert len(lists.statuses) > 1


def test_a_choice_is_labelled_in_the_current_language(env: dict[str, str]) -> None:
    before = language()
    choice = Choice("vip", "VIP", "重要客户")
    try:
        set_language("zh")
        assert choice.label == "重要客户"
        assert Choice("x", "Ex").label == "Ex"
        set_language("en")
        assert choice.label == "VIP"
        assert Choice("x", "", "某").label == "某"
        assert Choice("x").label == "x"
    finally:
        set_language(before)


def test_a_choice_is_found_by_value_or_by_label_of_either_language(env: dict[str, str]) -> None:
    choices = load(None, env).picklists.categories
    for text in ("vip", " VIP ", "重要客户"):
        found = find_choice(choices, text)
        assert found is not None
        assert found.value == "vip"
    assert find_choice(choices, "") is None
    assert find_choice(choices, "nobody") is None
    pair = (Choice("a", "b"), Choice("b", "c"))
    assert find_choice(pair, "b") == pair[1]


def test_settings_cannot_be_changed(env: dict[str, str]) -> None:
    settings: Settings = load(None, env)
    with pytest.raises(AttributeError):
        settings.ui.theme = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.keymap["x"] = ()  # type: ignore[index]


def test_loading_without_a_file_imports_nothing_slow() -> None:
    code = (
        "import sys, pathlib; from tui_crm.config import load; load(None, {'HOME': '/nowhere'});"
        "print(sorted(sys.modules.keys() & {'tomllib', 'difflib', 'zoneinfo', 'gettext',"
        " 'textual', 'peewee', 'pydantic', 'platformdirs', 'textwrap', 'tui_crm.keys'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd="/", check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("written", ["my.db", "sqlite:my.db"])
def test_a_file_that_is_no_address_comes_with_its_address(tmp_path: Path, written: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(None, {"HOME": str(tmp_path)}, {"database.url": written})
    assert "For a file, write sqlite:///my.db" in str(error.value) + error.value.hint
