"""The Chinese catalogue: whole, true to the source, and compiled from what stands there."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import tui_crm
from tui_crm.config import Choice, schema
from tui_crm.core import picklists
from tui_crm.core.fields import BUILT_IN, Field
from tui_crm.keys.actions import ACTIONS, CONTEXTS, Action, Context
from tui_crm.text.i18n import _, set_language
from tui_crm.text.width import cell_width

SOURCE = Path(tui_crm.__file__).parent
FOLDER = SOURCE / "locale" / "zh" / "LC_MESSAGES"
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
HAN = re.compile(r"[\u4e00-\u9fff]")
# Names of keys, options, environment variables and files stay what they are.
NAMES = re.compile(
    r"(?<![\w-])(?:Enter(?! a )|Esc|Space|Backspace|Tab|F\d+|\^[A-Z]|Ctrl\+\w+|--[a-z]+"
    r"|CRM_[A-Z]+|[\w/~]+\.(?:toml|md))(?![\w-])",
    re.ASCII,
)
LONGEST_FOOTER_LABEL = 8  # cells: four characters

CHOICES = [
    *schema.STATUSES, *schema.CATEGORIES, *schema.SOURCES, *schema.DISPOSITIONS,
    *picklists.KINDS, *picklists.INTERACTION_KINDS, *picklists.DIRECTIONS,
]  # fmt: skip


def read_catalogue() -> Catalog:
    """The catalogue that people edit."""
    with (FOLDER / "crm.po").open("rb") as file:
        return read_po(file, locale="zh", domain="crm")


CATALOGUE = read_catalogue()
MESSAGES = [message for message in CATALOGUE if message.id]


def forms(text: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """The forms of a message or of its translation, one unless it counts something."""
    return (text,) if isinstance(text, str) else tuple(text)


def placeholders(text: str) -> set[str]:
    """The names in braces that `str.format` fills in."""
    return {name for _literal, name, _spec, _conversion in Formatter().parse(text) if name}


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    """The shipped catalogue is in force."""
    set_language("zh")
    yield
    set_language("en")


def test_the_catalogue_has_every_message_of_the_source_and_no_other() -> None:
    found = {
        forms(message)
        for _file, _line, message, _comments, _context in extract_from_dir(
            SOURCE, keywords=KEYWORDS
        )
        if message
    }
    known = {forms(message.id) for message in MESSAGES}
    assert found - known == set(), "run `make messages` and translate what is new"
    assert known - found == set(), "run `make messages`"
    assert not CATALOGUE.obsolete


def test_every_message_is_translated() -> None:
    open_ones = [m.id for m in MESSAGES if m.fuzzy or not all(forms(m.string))]
    assert open_ones == []


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: forms(message.id)[0][:40])
def test_a_translation_has_the_parts_of_its_message(message: Message) -> None:
    (english, *_rest), (chinese,) = forms(message.id), forms(message.string)
    assert placeholders(chinese) == set().union(*map(placeholders, forms(message.id)))
    assert chinese[: len(chinese) - len(chinese.lstrip())] == english[: -len(english.lstrip())]
    assert "\n" not in chinese
    assert set(NAMES.findall(english)) <= set(NAMES.findall(chinese))


def test_sentences_end_as_chinese_ones() -> None:
    wrong = [m.string for m in MESSAGES if any(s.endswith((".", "?")) for s in forms(m.string))]
    assert [text for text in wrong if not str(text).endswith("...")] == []


def test_the_compiled_catalogue_is_made_of_the_edited_one() -> None:
    compiled = io.BytesIO()
    write_mo(compiled, CATALOGUE)
    assert (FOLDER / "crm.mo").read_bytes() == compiled.getvalue(), "run `make messages`"


@pytest.mark.parametrize("field", BUILT_IN.fields, ids=lambda field: f"{field.entity}.{field.name}")
def test_every_field_has_a_label_in_both_languages(field: Field) -> None:
    assert field.label_en.isascii() and field.label_en
    assert HAN.search(field.label_zh)
    assert field.label == field.label_zh


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.value)
def test_every_value_of_a_list_has_a_label_in_both_languages(choice: Choice) -> None:
    assert choice.label_en.isascii() and choice.label_en
    assert HAN.search(choice.label_zh)
    assert choice.label == choice.label_zh


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_is_told_in_chinese(action: Action) -> None:
    assert HAN.search(_(action.label)) and HAN.search(_(action.help))
    if action.footer is not None:
        assert cell_width(_(action.label)) <= LONGEST_FOOTER_LABEL


@pytest.mark.parametrize("context", CONTEXTS, ids=lambda context: context.id)
def test_every_place_has_a_chinese_name(context: Context) -> None:
    assert HAN.search(_(context.title))
