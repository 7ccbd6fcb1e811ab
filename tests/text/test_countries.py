"""Countries by all that they are called."""

import pytest

from tui_crm.text import countries


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Germany", "DE"), ("germany", "DE"), ("德国", "DE"), ("德國", "DE"), ("Deutschland", "DE"),
        ("de", "DE"), ("臺灣", "TW"), ("Turkiye", "TR"), ("Turkey", "TR"), (" UK ", "GB"),
        ("Österreich", "AT"), ("Germania", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_country_has_many_names(text: str, code: str) -> None:
    assert countries.code(text) == code


def test_the_beginning_of_a_word_is_enough() -> None:
    assert countries.beginning("germ") == {"DE"}
    assert countries.beginning("德") == {"DE"}
    assert {"US", "GB", "AE"} <= countries.beginning("united")
    assert countries.beginning("many") == frozenset()


def test_a_country_is_named_in_the_language_of_the_reader() -> None:
    assert countries.name("DE", "en") == "Germany"
    assert countries.name("Germany", "zh") == "德国"
    assert countries.name("Atlantis", "zh") == "Atlantis"


def test_no_name_means_two_countries() -> None:
    names = [text for names in countries._names().values() for text in names]
    assert len(set(map(str.casefold, names))) == len(names)
