"""Encodings and separators of many small customer lists that are made up at random."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

from tui_crm.exchange.reading.sniff import sniff

_ZH = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华慧建国红玉兰飞鹏浩宇轩梓涵欣怡子墨雨桐晨曦佳琪"
)
_TW = (
    "陳林黃張李王吳劉蔡楊許鄭謝郭洪邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡"
    "志明美玲淑芬俊傑雅婷家豪怡君宗翰佩珊建宏"
)
_PEOPLE = {
    "zh": (_ZH, ("姓名", "手机", "地址", "备注"), ("北京市朝阳区建国路88号", "深圳市南山区科技园")),
    "tw": (_TW, ("姓名", "電話", "地址", "備註"), ("台北市中正區忠孝東路一段1號",)),
    "w": (
        ("François", "José", "Müller", "Zoë", "Søren", "García", "Lefèvre", "Groß", "Inès"),
        ("Prénom", "Téléphone", "Adresse", "Notes"),
        ("12 Rue de l'Église", "Königstraße 5", "Calle Año Nuevo 3"),
    ),
    "ru": (
        ("Иван", "Ольга", "Пётр", "Анна", "Иванов", "Сидоров", "ООО", "Кузнецова"),
        ("Имя", "Телефон", "Адрес", "Примечание"),
        ("ул. Ленина, д. 5", "Тверская 1"),
    ),
}  # fmt: skip
_ENCODINGS = {
    "zh": ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32"),
    "tw": ("utf-8", "big5", "gb18030", "utf-16"),
    "w": ("utf-8", "cp1252", "utf-16-le", "utf-32"),
    "ru": ("utf-8", "cp1251", "utf-16"),
}


def made(chance: random.Random) -> tuple[str, str, str]:
    """A list of 1 to 60 people, in some languages, with English rows among them."""
    kind = chance.choice(tuple(_PEOPLE))
    names, headers, streets = _PEOPLE[kind]
    separator = chance.choice(",;\t|")
    joint = "" if kind in ("zh", "tw") else " "
    share = chance.choice((1, 1, 0.3))
    rows = [headers]
    for number in range(chance.choice((1, 2, 5, 60))):
        phone = f"138{chance.randrange(10**8):08d}"
        if chance.random() < share:
            name = joint.join(chance.choices(names, k=3 if not joint else 2))
            rows.append((name, phone, chance.choice(streets), ""))
        else:
            rows.append((f"John Smith {number}", phone, "5 Main St", "call; back"))
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue(), separator, chance.choice(_ENCODINGS[kind])


def test_encodings_and_separators_of_small_lists_are_found(tmp_path: Path) -> None:
    chance = random.Random(20)
    path = tmp_path / "in.csv"
    misread, misparted = [], []
    for _ in range(600):
        text, separator, encoding = made(chance)
        path.write_bytes(text.encode(encoding))
        found = sniff(path)
        with path.open(encoding=found.encoding, errors="replace", newline="") as file:
            if file.read() != text:
                misread.append((encoding, found.encoding, text[:80]))
            elif found.delimiter != separator:
                misparted.append((separator, found.delimiter, text[:80]))
    assert len(misread) <= 0.02 * 600, misread
    assert len(misparted) <= 0.005 * 600, misparted
