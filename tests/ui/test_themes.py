"""Themes: everybody can read the shipped ones, and a broken one of the user is only reported."""

from pathlib import Path

import pytest
from rich.color import Color as RichColor
from rich.color import ColorSystem
from textual.app import App, ComposeResult
from textual.color import Color
from textual.theme import Theme
from textual.widgets import Button, Input, Label, OptionList

from tui_crm.ui.style.variables import THEME_VARIABLES
from tui_crm.ui.theme import load_themes, read_theme

THEMES = {theme.name: theme for theme in load_themes()[0]}
TONES = ("row-match", "good", "warn", "bad", "value-old", "value-new")


def luminance(colour: Color) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = (channel / 255 for channel in colour.rgb)
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    """The WCAG 2 contrast ratio of two colours, from 1 to 21."""
    a, b = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))), reverse=True)
    return (a + 0.05) / (b + 0.05)


def unreadable(theme: Theme, wanted: float) -> list[str]:
    """Every pair of text and ground that is used together and falls short of `wanted`."""
    colours = {**theme.to_color_system().generate(), **theme.variables}
    grounds = ("background", "surface", "panel")
    rows = ("row-cursor", "row-cursor-blurred", "row-marked")
    texts = ("foreground", "muted", "row-header", "key", "accent", "primary", "error", *TONES)
    pairs = [(text, ground) for text in texts for ground in grounds]
    pairs += [(text, row) for text in ("muted", *TONES) for row in rows]
    pairs += [("row-cursor-text", "row-cursor")]
    pairs += [("foreground", row) for row in rows[1:]]
    measured = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    return [f"{t} on {g}: {ratio:.2f}" for (t, g), ratio in measured.items() if ratio < wanted]


def test_the_shipped_themes_have_no_problem_and_offer_a_choice() -> None:
    themes, problems = load_themes()
    assert problems == []
    assert {"midnight", "paper", "contrast", "terminal"} <= {theme.name for theme in themes}
    assert {theme.dark for theme in themes} == {True, False}


@pytest.mark.parametrize("name", [name for name, theme in THEMES.items() if not theme.ansi])
def test_every_text_of_a_shipped_theme_is_readable(name: str) -> None:
    assert unreadable(THEMES[name], 7.0 if name == "contrast" else 4.5) == []


@pytest.mark.parametrize("name", THEMES)
def test_a_shipped_theme_sets_every_variable_of_ours_itself(name: str) -> None:
    text = (Path(__file__).parents[2] / "themes" / f"{name}.toml").read_text(encoding="utf-8")
    assert [key for key in THEME_VARIABLES if f"\n{key} = " not in text] == []


def write(folder: Path, name: str, text: str) -> Path:
    """A theme file of the user."""
    file = folder / f"{name}.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_broken_theme_is_reported_with_file_line_and_key_and_the_others_still_load(
    tmp_path: Path,
) -> None:
    broken = write(
        tmp_path,
        "broken",
        'name = "broken"\nprimary = "#12345"\nrow-cursr = "#fff"\ndark = "yes"\nkey = 3\n'
        'accent = "gren"\nline = "#fff many"\nsurface = "#fff 20%"\nborder = "#fff 20%"\n'
        'block-cursor-text-style = "bald"\n',
    )
    write(tmp_path, "mine", 'primary = "teal"\n')
    themes, problems = load_themes(tmp_path)
    names = {theme.name for theme in themes}
    assert "mine" in names
    assert "broken" not in names
    assert names > set(THEMES)
    assert {problem.file for problem in problems} == {str(broken)}
    assert {problem.key: problem.line for problem in problems} == {
        "primary": 2,
        "row-cursr": 3,
        "dark": 4,
        "key": 5,
        "accent": 6,
        "line": 7,
        "surface": 8,
        "block-cursor-text-style": 10,
    }
    hints = {problem.key: problem.hint for problem in problems}
    assert "row-cursor" in hints["row-cursr"]
    assert "green" in hints["accent"]


@pytest.mark.parametrize(
    "content", [b"primary = ", b"\xff\xfe", b'name = "x"\n', b"primary = 1\n", b""]
)
def test_a_file_that_is_no_theme_is_a_problem_and_no_crash(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(content)
    theme, problems = read_theme(file)
    assert theme is None
    assert [problem.file for problem in problems] == [str(file)]


def test_a_missing_folder_has_no_themes(tmp_path: Path) -> None:
    themes, problems = load_themes(tmp_path / "nowhere")
    assert {theme.name for theme in themes} == set(THEMES)
    assert problems == []


def test_a_theme_of_the_user_replaces_the_shipped_one_of_that_name(tmp_path: Path) -> None:
    write(tmp_path, "paper", 'name = "paper"\nprimary = "#010203"\n')
    themes, _problems = load_themes(tmp_path)
    assert [theme.primary for theme in themes if theme.name == "paper"] == ["#010203"]


@pytest.mark.parametrize(
    "text",
    [
        'primary = "#7aa2f7"\n',
        'primary = "#205080"\ndark = false\nbackground = "#ffffff"\nforeground = "#101010"\n',
    ],
)
def test_a_theme_of_one_colour_gets_readable_rows(tmp_path: Path, text: str) -> None:
    theme, _problems = read_theme(write(tmp_path, "short", text))
    assert theme is not None
    colours = {**theme.to_color_system().generate(), **theme.variables}
    assert set(THEME_VARIABLES) <= set(theme.variables)
    assert contrast(colours["row-cursor-text"], colours["row-cursor"]) >= 4.5
    assert contrast(colours["muted"], colours["background"]) >= 4.5


class Swatch(App[None]):
    """Widgets that use most of Textual's variables and all of ours."""

    CSS = "\n".join(
        f".{name} {{ background: ${name}; color: ${name}; }}" for name in THEME_VARIABLES
    )

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(THEME_VARIABLES)

    def compose(self) -> ComposeResult:
        yield Input("text")
        yield Button("Save", variant="primary")
        yield OptionList("one", "two")
        for name in THEME_VARIABLES:
            yield Label(name, classes=name)


async def test_every_theme_can_be_switched_to_and_painted(tmp_path: Path) -> None:
    write(tmp_path, "short", 'primary = "teal"\n')
    write(tmp_path, "short-ansi", 'primary = "ansi_blue"\nansi = true\n')
    app = Swatch()
    async with app.run_test(size=(80, 24)) as pilot:
        for theme in load_themes(tmp_path)[0]:
            app.register_theme(theme)
            app.theme = theme.name
            await pilot.pause()
            label = app.screen.query_one(".row-cursor", Label)
            wanted = Color.parse(theme.variables["row-cursor"])
            assert (label.styles.background.rgb, label.styles.background.ansi) == (
                wanted.rgb,
                wanted.ansi,
            )


def test_the_documentation_names_every_theme_and_every_variable_of_ours() -> None:
    text = (Path(__file__).parents[2] / "docs" / "themes.md").read_text(encoding="utf-8")
    assert [name for name in (*THEMES, *THEME_VARIABLES) if f"`{name}`" not in text] == []


def in_256_colours(value: str) -> str:
    """What a colour becomes on a terminal of 256 colours, the usual one at the end of SSH."""
    rgb = RichColor.parse(Color.parse(value.partition(" ")[0]).hex6)
    return rgb.downgrade(ColorSystem.EIGHT_BIT).get_truecolor().hex


@pytest.mark.parametrize("name", [name for name, theme in THEMES.items() if not theme.ansi])
def test_a_shipped_theme_survives_a_terminal_of_256_colours(name: str) -> None:
    theme = THEMES[name]
    exact = {**theme.to_color_system().generate(), **theme.variables}
    rows = ("row-cursor", "row-cursor-blurred", "row-marked")
    grounds = ("background", "surface", "panel")
    texts = ("foreground", "row-cursor-text", "muted", "row-header", "key", "accent", *TONES)
    colours = {key: in_256_colours(exact[key]) for key in (*rows, *grounds, *texts)}
    assert colours["row-cursor"] not in {colours["background"], colours["row-cursor-blurred"]}
    assert colours["row-marked"] not in {colours["background"], colours["row-cursor"]}
    pairs = [("foreground", ground, 4.5) for ground in (*grounds, *rows[1:])]
    pairs += [("row-cursor-text", "row-cursor", 4.5)]
    pairs += [(text, ground, 3.5) for text in texts[2:] for ground in grounds]
    pairs += [(text, row, 3.5) for text in ("muted", *TONES) for row in rows]
    measured = [(t, g, contrast(colours[t], colours[g]), wanted) for t, g, wanted in pairs]
    assert [f"{t} on {g}: {ratio:.2f}" for t, g, ratio, wanted in measured if ratio < wanted] == []
