"""The line of every key: what tomllib accepts is walked without losing count."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_crm.config.document import example_text
from tui_crm.config.lines import locate

NASTY = '''\
# a = 1
top.dotted . "quoted key" = 'x # no comment' # a comment with "quotes" and [brackets]
multi = """
fake = 1
[fake]
\\""" still "" inside"""
literal = \'\'\'
'fake' = 1\'\'\'
list = [ # comment ]
  1, "]", [2,
  3], # }
  { a = "}", b.c = [1] },
]

[section] # [fake]
a = 2024-01-01T00:00:00Z
"b]" = { c = 1, d = { e = "," } }

[[tables]]
x = 1
[tables.inner]
y = 1
[[tables]]
x = 2
[[tables.more]]
z = 1
'''


def test_every_kind_of_key_is_found_on_its_line() -> None:
    tomllib.loads(NASTY)
    assert locate(NASTY) == {
        "top": 2,
        "top.dotted": 2,
        "top.dotted.quoted key": 2,
        "multi": 3,
        "literal": 7,
        "list": 9,
        "list[0]": 10,
        "list[1]": 10,
        "list[2]": 10,
        "list[2][0]": 10,
        "list[2][1]": 11,
        "list[3]": 12,
        "list[3].a": 12,
        "list[3].b": 12,
        "list[3].b.c": 12,
        "list[3].b.c[0]": 12,
        "section": 15,
        "section.a": 16,
        "section.b]": 17,
        "section.b].c": 17,
        "section.b].d": 17,
        "section.b].d.e": 17,
        "tables[0]": 19,
        "tables[0].x": 20,
        "tables[0].inner": 21,
        "tables[0].inner.y": 22,
        "tables[1]": 23,
        "tables[1].x": 24,
        "tables[1].more[0]": 25,
        "tables[1].more[0].z": 26,
    }


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment", "a = 1", "[a]", "a=[]\nb={}"])
def test_short_texts(text: str) -> None:
    assert set(locate(text)) == set(tomllib.loads(text))


def paths(value: object, path: str) -> Iterator[str]:
    """Every key and element below `value`."""
    if isinstance(value, dict):
        for name, item in value.items():
            below = f"{path}.{name}" if path else name
            yield below
            yield from paths(item, below)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield f"{path}[{index}]"
            yield from paths(item, f"{path}[{index}]")


def test_the_example_is_covered_completely() -> None:
    assert set(locate(example_text())) == set(paths(tomllib.loads(example_text()), ""))


PIECES = st.sampled_from(
    [
        "a",
        "b",
        " ",
        "=",
        "[",
        "]",
        "{",
        "}",
        '"',
        "'",
        '"""',
        "\n",
        ",",
        "1",
        ".",
        "#",
        "\\",
        "\r\n",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_whatever_tomllib_accepts_is_located(text: str) -> None:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(document) <= {name.partition("[")[0] for name in locate(text)}
