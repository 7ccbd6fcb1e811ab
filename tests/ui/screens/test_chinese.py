"""The app in Chinese: no word of the registry, of a field or of a list is left in English."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.ui.screens.conftest import WorkingAs
from tests.ui.screens.piloting import lines, running, text, until
from tui_crm.config import Settings, schema
from tui_crm.core.changes import Create, Request, apply
from tui_crm.core.fields import BUILT_IN
from tui_crm.keys.actions import ACTIONS, CONTEXTS
from tui_crm.text.i18n import set_language
from tui_crm.text.width import cell_width

ENGLISH = {
    *(action.label for action in ACTIONS),
    *(action.help for action in ACTIONS),
    *(context.title for context in CONTEXTS),
    *(field.label_en for field in BUILT_IN.fields),
    *(choice.label_en for choice in (*schema.STATUSES, *schema.CATEGORIES, *schema.DISPOSITIONS)),
}
ANY_OF_THEM = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(ENGLISH)))})(?!\w)")
WALK = [
    ((), "王小明"),
    (("enter",), "联系方式"),
    (("enter", "l"), "几天后跟进"),
    (("ctrl+b",), "批量修改"),
    (("ctrl+f",), "筛选"),
    (("ctrl+n",), "必填"),
    (("ctrl+p",), "关闭"),
    (("f1",), "移到列表"),
    (("f2",), "正好打个电话"),
    (("f4",), "操作人"),
    (("f9",), "跟随系统"),
]


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    """The shipped catalogue is in force."""
    set_language("zh")
    yield
    set_language("en")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
@pytest.mark.parametrize(("keys", "shown"), WALK, ids=[" ".join(keys) for keys, _ in WALK])
async def test_a_screen_is_chinese_and_every_line_fits(
    settings: Settings,
    working_as: WorkingAs,
    keys: tuple[str, ...],
    shown: str,
    size: tuple[int, int],
) -> None:
    with working_as() as session:
        values = {"name": "王小明", "status": "lead", "category": "vip", "city": "上海"}
        apply(session, Request([Create(values)], "create"))
    async with running(settings, size=size) as pilot:
        await until(pilot, lambda: "王小明" in text(pilot))
        for key in keys:
            before = pilot.app.screen
            await pilot.press(key)
            await until(pilot, lambda before=before: pilot.app.screen is not before)
        await until(pilot, lambda: shown in text(pilot))
        assert ANY_OF_THEM.findall(text(pilot)) == []
        assert {cell_width(line) for line in lines(pilot)} == {size[0]}
