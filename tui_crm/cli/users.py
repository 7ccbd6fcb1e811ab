"""crm users: who works with the database, and what each may see."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json
from tui_crm.errors import UsageError
from tui_crm.text.i18n import N_, _

if TYPE_CHECKING:
    from tui_crm.core.staff import Member, Setting

HELP = N_(
    "List the users, or say what one may do and see: everybody, the team's or only their own."
)

_SETTING = re.compile(r"(\w+)([+-]?=)(.*)", re.S)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=("list", "add", "edit"),
        default="list",
        help=_("list (as usual), add or edit; the last two are for administrators"),
    )
    parser.add_argument(
        "who",
        nargs="?",
        default="",
        metavar="LOGIN",
        help=_("the user's name in the operating system"),
    )
    parser.add_argument(
        "settings",
        nargs="*",
        metavar="field=value",
        help=_(
            "name=TEXT, role=admin|agent, sees=all|team|own, active=yes|no, teams=A;B, teams+=A,"
            " teams-=A; known from the user's next start on"
        ),
    )
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """List, add or edit users."""
    from tui_crm.core import staff

    if options.action != "list":
        settings = [_setting(text) for text in options.settings]
        if not options.who or (options.action == "edit" and not settings):
            raise UsageError(
                _("Who, and what is to be set?"), "crm users edit LOGIN sees=own teams+=East"
            )
        session = command.session()
        with session.db.connection():
            if options.action == "add":
                staff.add(session, options.who, settings)
            else:
                staff.change(session, options.who, settings)
    session = command.session()
    with session.db.connection():
        found = staff.members(session)
    if options.action != "list":
        found = [member for member in found if member.login == options.who]
    if options.json:
        for one in found:
            output.json_line(
                {"login": one.login, "name": one.name, "role": one.role, "sees": one.sees,
                 "teams": list(one.teams), "active": one.active}
            )  # fmt: skip
        return 0
    output.table(
        [_("Login"), _("Name"), _("Role"), _("Sees"), _("Teams"), ""],
        (
            (
                one.login,
                one.name,
                _("administrator") if one.role == "admin" else _("agent"),
                _sees(one),
                ", ".join(one.teams),
                "" if one.active else _("deactivated"),
            )
            for one in found
        ),
    )
    return 0


def _setting(text: str) -> Setting:
    from tui_crm.core.staff import SETTABLE, Setting

    found = _SETTING.fullmatch(text)
    if found is None or found[1] not in SETTABLE:
        raise UsageError(
            _('"{text}" cannot be set of a user.').format(text=text),
            _("One of: {values}").format(values=", ".join(SETTABLE)),
        )
    return Setting(found[1], found[2], found[3])


def _sees(one: Member) -> str:
    if one.role == "admin" or one.sees == "all":
        return _("everybody")
    return _("own and the team's") if one.sees == "team" else _("only their own")
