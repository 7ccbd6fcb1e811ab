"""Every action of the registry has somebody who does it."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from tui_crm.keys.actions import ACTIONS, CONTEXTS
from tui_crm.ui import bridge, screens
from tui_crm.ui.app import CrmApp
from tui_crm.ui.screens.base import CrmScreen

for module in pkgutil.iter_modules(screens.__path__):
    importlib.import_module(f"{screens.__name__}.{module.name}")


READ_ELSEWHERE = {"interaction.follow_up"}
"""The bar of choices of the contact form takes digits itself."""


def all_screens(kind: type[CrmScreen] = CrmScreen) -> list[type[CrmScreen]]:
    """Every screen of the app."""
    found = [sub for sub in kind.__subclasses__() if sub.__module__.startswith("tui_crm.")]
    return found + [below for sub in found for below in all_screens(sub)]


def missing(node: type, *contexts: str) -> list[str]:
    """Actions of these contexts that `node` has no method for."""
    return [
        action.id
        for action in ACTIONS
        if action.where in contexts
        and action.id not in READ_ELSEWHERE
        and not hasattr(node, f"action_{bridge.call_of(action.id).partition('(')[0]}")
    ]


def test_the_app_does_what_works_everywhere() -> None:
    assert missing(CrmApp, "global") == []


@pytest.mark.parametrize("screen", all_screens(), ids=lambda screen: screen.__name__)
def test_a_screen_does_what_its_keys_promise(screen: type[CrmScreen]) -> None:
    assert missing(screen, *screen.BINDS) == []


@pytest.mark.parametrize("screen", all_screens(), ids=lambda screen: screen.__name__)
def test_a_screen_names_a_context_of_the_registry(screen: type[CrmScreen]) -> None:
    known = {context.id for context in CONTEXTS}
    assert {*screen.BINDS} <= known
    assert screen.WHERE in known or screen.where is not CrmScreen.where
