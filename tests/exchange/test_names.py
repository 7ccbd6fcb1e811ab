"""The parts of a name as one, in the order in which its people write it."""

import pytest

from tui_crm.exchange.mapping.names import full_name


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ({"given": "Anne-Marie", "family": "Müller-Lüdenscheidt", "prefix": "Dr."},
         "Dr. Anne-Marie Müller-Lüdenscheidt"),
        ({"given": "Juan", "family": "de la Cruz", "suffix": "III"}, "Juan de la Cruz III"),
        ({"given": "Ahmed", "family": "bin Rashid"}, "Ahmed bin Rashid"),
        ({"given": "Martin", "middle": "Luther", "family": "King", "suffix": "Jr."},
         "Martin Luther King Jr."),
        ({"given": "Martin Luther, Jr.", "family": "King"}, "Martin Luther King Jr."),
        ({"given": "修", "family": "欧阳", "prefix": "教授"}, "欧阳修教授"),
        ({"given": "민수", "family": "김"}, "김민수"),
        ({"given": "さくら", "family": "田中"}, "田中さくら"),
        ({"given": "Minh", "middle": "Văn", "family": "Nguyễn"}, "Nguyễn Văn Minh"),
        ({"given": "Thảo", "family": "Schmidt"}, "Thảo Schmidt"),
        ({"given": "Wei", "family": "Zhang"}, "Wei Zhang"),
        ({"given": "Sukarno"}, "Sukarno"),
        ({"family": "Teller"}, "Teller"),
        ({"prefix": "Dr."}, ""),
    ],
)  # fmt: skip
def test_the_order_of_a_name(parts: dict[str, str], name: str) -> None:
    assert full_name(**parts) == name
