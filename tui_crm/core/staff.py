"""The users as an administrator manages them: who there is, what each may do and see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_crm.core import users
from tui_crm.errors import InputRefused, NotAllowed, NotFound
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean_line

if TYPE_CHECKING:
    from tui_crm.core.session import Session

CHOICES = {
    "role": ("admin", "agent"),
    "sees": ("all", "team", "own"),
    "active": ("yes", "no"),
}
"""What may be said of a user in one word. An administrator sees everybody; "team" is one's own
customers and those of one's teams."""

SETTABLE = ("name", *CHOICES, "teams")


@dataclass(frozen=True, slots=True)
class Member:
    """A user; `sees` is "all", "team" or "own"."""

    login: str
    name: str
    role: str
    sees: str
    teams: tuple[str, ...]
    active: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing to set: `how` is "=", or "+=" and "-=" for the teams."""

    what: str
    how: str
    value: str


def members(session: Session) -> list[Member]:
    """Every user with the teams, in alphabetical order."""
    teams: dict[int, list[str]] = {}
    for user_id, name in session.db.rows(
        "SELECT m.user_id, t.name FROM team_member m JOIN team t ON t.id = m.team_id"
        " ORDER BY t.name"
    ):
        teams.setdefault(user_id, []).append(name)
    return [
        Member(login, name, role, scope, tuple(teams.get(id_, ())), bool(active))
        for id_, login, name, role, scope, active in session.db.rows(
            "SELECT id, login, name, role, scope, active FROM crm_user ORDER BY login"
        )
    ]


def add(session: Session, login: str, settings: Sequence[Setting]) -> None:
    """Make a user: an agent who sees everybody, but for what is set.

    Raises `NotAllowed` for anybody but an administrator, `InputRefused` for a login that is taken
    and as `change` does.
    """
    _check_right(session)
    login = clean_line(login)
    with session.db.transaction():
        if any(member.login == login for member in members(session)):
            raise InputRefused(
                _('There is a user "{login}" already.').format(login=login),
                _("crm users edit {login} changes the user.").format(login=login),
            )
        users.ensure(login)
        _set(login, settings)


def change(session: Session, login: str, settings: Sequence[Setting]) -> None:
    """Set something of a user; who works at the moment notices when the program is started next.

    Raises `NotAllowed` for anybody but an administrator, `NotFound` for an unknown login, and
    `InputRefused` for a value that there is not, and where no active administrator would be left.
    """
    _check_right(session)
    with session.db.transaction():
        known = [member.login for member in members(session)]
        if login not in known:
            raise NotFound(
                _('There is no user "{login}".').format(login=login),
                _("Known users: {logins}").format(logins=", ".join(known)),
            )
        _set(login, settings)
        if not any(member.active and member.role == "admin" for member in members(session)):
            raise InputRefused(
                _("Somebody has to be administrator."), _("Make somebody else one before.")
            )


def _check_right(session: Session) -> None:
    if session.viewer.role != "admin":
        raise NotAllowed(_("Only an administrator manages users."))


def _set(login: str, settings: Sequence[Setting]) -> None:
    from tui_crm.store.people import User

    user = User.get(User.login == login)
    for setting in settings:
        value = clean_line(setting.value)
        if setting.what == "teams":
            _set_teams(user.id, setting.how, value.split(";"))
            continue
        if setting.what == "name" and setting.how == "=":
            user.name = value
            continue
        if setting.how != "=" or value not in CHOICES.get(setting.what, ()):
            raise InputRefused(
                _('"{text}" cannot be set of a user.').format(
                    text=f"{setting.what}{setting.how}{value}"
                ),
                _("One of: {values}").format(values="; ".join(_ways())),
            )
        if setting.what == "active":
            user.active = int(value == "yes")
        else:
            setattr(user, {"sees": "scope"}.get(setting.what, setting.what), value)
    user.save()


def _ways() -> Iterable[str]:
    yield "name=TEXT"
    for what, values in CHOICES.items():
        yield f"{what}={'|'.join(values)}"
    yield "teams=A;B"
    yield "teams+=A"
    yield "teams-=A"


def _set_teams(user_id: int, how: str, names: Iterable[str]) -> None:
    """Set, add or take away teams; one that there is not is made."""
    from tui_crm.store.people import Team, TeamMember

    wanted = dict.fromkeys(filter(None, (name.strip() for name in names)))
    if how == "-=":
        gone = Team.select(Team.id).where(Team.name.in_(list(wanted)))
    else:
        kept = [users.ensure_team(name, (user_id,)) for name in wanted]
        gone = Team.select(Team.id).where(Team.id.not_in(kept))
        if how == "+=":
            return
    TeamMember.delete().where((TeamMember.user == user_id) & TeamMember.team.in_(gone)).execute()
