"""The user's keys over the defaults: what is taken, what is refused, and why."""

import pytest

from tui_crm.config import ConfigProblem
from tui_crm.keys.actions import ACTIONS
from tui_crm.keys.keymap import DEFAULT, Keymap, clashes, resolve


def place(key: str, message: str, hint: str) -> ConfigProblem:
    return ConfigProblem("crm.toml", 7, key, message, hint)


def refused(action: str, *keys: str) -> ConfigProblem:
    """The one problem of an override, which then has no effect."""
    keymap, problems = resolve({action: keys}, place)
    assert len(problems) == 1, problems
    assert keymap.bindings == DEFAULT.bindings
    return problems[0]


def test_without_overrides_the_defaults_hold() -> None:
    assert resolve({}, place) == (DEFAULT, [])
    assert DEFAULT.bindings.keys() == {action.id for action in ACTIONS}


def test_an_override_replaces_all_keys_of_the_action() -> None:
    keymap, problems = resolve({"search.sort": ("Alt+O", "o", "o")}, place)
    assert problems == []
    assert keymap.keys("search.sort") == ("alt+o", "o")
    assert keymap.keys("search.filter") == DEFAULT.keys("search.filter")


def test_an_action_can_be_left_without_a_key() -> None:
    keymap, problems = resolve({"app.repaint": ()}, place)
    assert problems == []
    assert keymap.keys("app.repaint") == ()
    assert keymap.shown("app.repaint", "customer") == ""


def test_two_actions_can_swap_their_keys() -> None:
    keymap, problems = resolve({"app.today": ("f3",), "app.home": ("f2",)}, place)
    assert problems == []
    assert keymap.keys("app.today") == ("f3",)


def test_an_unknown_action_is_refused_with_the_nearest() -> None:
    problem = refused("search.srot", "x")
    assert problem.key == "keymap.search.srot"
    assert (problem.file, problem.line) == ("crm.toml", 7)
    assert '"search.sort"' in problem.hint


@pytest.mark.parametrize("key", ["ctrl+h", "ctrl+i", "ctrl+m", "ctrl+j", "ctrl+[", "^", "alt+b"])
def test_a_key_that_arrives_as_another_is_refused_with_the_reason(key: str) -> None:
    if key == "^":  # an ordinary character is fine
        assert resolve({"search.sort": (key,)}, place)[1] == []
        return
    problem = refused("search.sort", key)
    assert "same" in problem.message or "line feed" in problem.message
    assert problem.hint


@pytest.mark.parametrize(
    "key",
    ["ctrl+shift+n", "ctrl+enter", "ctrl+1", "alt+1", "alt+.", "ctrl+.", "shift+f2", "alt+f4"],
)
def test_a_key_that_no_plain_terminal_sends_is_refused(key: str) -> None:
    assert "terminal cannot send" in refused("search.sort", key).message


@pytest.mark.parametrize(("key", "offers"), [("eskape", '"escape"'), ("F13", '"f3"'), ("é", "")])
def test_a_name_that_is_no_key_is_refused(key: str, offers: str) -> None:
    problem = refused("search.sort", key)
    assert "not the name of a key" in problem.message
    assert offers in problem.hint


@pytest.mark.parametrize(
    ("action", "key", "other"),
    [
        ("search.sort", "f", "search.filter"),
        ("search.sort", "ctrl+p", "app.palette"),
        ("app.today", "ctrl+b", "search.batch"),
        ("record.log", "u", "customer.undo"),
        ("app.today", "enter", "search.open"),
    ],
)
def test_a_key_that_already_means_something_is_refused_and_says_what(
    action: str, key: str, other: str
) -> None:
    problem = refused(action, key)
    assert problem.key == f"keymap.{action}"
    assert f"({other})" in problem.message
    assert other in problem.hint


def test_two_overrides_on_one_key_leave_a_keymap_without_a_clash() -> None:
    keymap, problems = resolve({"search.sort": ("o",), "search.filter": ("o",)}, place)
    assert len(problems) == 1
    assert list(clashes(keymap.bindings)) == []
    assert keymap.keys("search.sort") == ("o",)
    assert keymap.keys("search.filter") == DEFAULT.keys("search.filter")


def test_an_override_taken_back_may_free_no_key_of_another() -> None:
    # The first takes the key that the second gave up; the second is refused for another reason.
    keymap, problems = resolve({"search.sort": ("f",), "search.filter": ("ctrl+p",)}, place)
    assert {problem.key for problem in problems} == {"keymap.search.sort", "keymap.search.filter"}
    assert keymap.bindings == DEFAULT.bindings


def test_one_key_may_mean_two_things_on_two_screens() -> None:
    assert resolve({"today.done": ("e",)}, place)[1] == []


def test_while_typing_a_letter_is_no_command() -> None:
    assert DEFAULT.keys("record.log", "search.field") == ("ctrl+l",)
    assert DEFAULT.keys("record.log", "search.list") == ("ctrl+l", "l")
    assert DEFAULT.shown("record.log", "search.field") == "^L"
    assert DEFAULT.shown("record.log", "search.list") == "l"


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("ctrl+l", "^L"),
        ("ctrl+underscore", "^_"),
        ("f2", "F2"),
        ("escape", "Esc"),
        ("space", "␣"),
        ("enter", "Enter"),
        ("alt+t", "Alt+T"),
        ("question_mark", "?"),
        ("Y", "Y"),
        ("y", "y"),
        ("pagedown", "PgDn"),
        ("shift+tab", "⇧Tab"),
        ("ctrl+left", "Ctrl+←"),
        ("plus", "+"),
    ],
)
def test_labels(key: str, label: str) -> None:
    assert Keymap.label(key) == label
