"""Who uses the program: users, their teams, and the one who is at the keyboard."""

from __future__ import annotations

import getpass
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tui_crm.core.rows import Viewer
from tui_crm.errors import InputRefused, NotAllowed, NotFound
from tui_crm.text.dates import utc_now
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean_line

if TYPE_CHECKING:
    from tui_crm.store import Database
    from tui_crm.store.people import User


@dataclass
class Directory:
    """The users and teams of a database, read once for work that needs many of them."""

    logins: dict[int, str] = field(default_factory=dict)
    teams: dict[int, str] = field(default_factory=dict)
    inactive: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, db: Database) -> Directory:
        """The present users and teams."""
        found = cls()
        for id_, login, active in db.rows("SELECT id, login, active FROM crm_user ORDER BY login"):
            found.logins[id_] = login
            if not active:
                found.inactive.add(login)
        found.teams = dict(db.rows("SELECT id, name FROM team ORDER BY name"))
        return found

    def user_id(self, login: str) -> int | None:
        """The id of a login, None for nobody."""
        return next((id_ for id_, known in self.logins.items() if known == login), None)

    def team_id(self, name: str) -> int | None:
        """The id of a team's name, None for no team."""
        return next((id_ for id_, known in self.teams.items() if known == name), None)


def enter(login: str | None = None) -> Viewer:
    """The viewer with that login; without one, the operating system's user.

    The first user of a database is made its administrator; the operating system's user is made
    an agent where the database does not know them yet. Raises `NotFound` for another login that
    is unknown and `NotAllowed` for a user who was deactivated.
    """
    from tui_crm.store.base import database
    from tui_crm.store.people import TeamMember, User

    wanted = clean_line(login or "") or _system_user()
    user = User.get_or_none(User.login == wanted)
    if user is None:
        if login and wanted != _system_user() and User.select().exists():
            raise NotFound(
                _('There is no user "{login}".').format(login=wanted),
                _("Known users: {logins}").format(logins=", ".join(logins())),
            )
        with database.atomic():
            user = User.get_or_none(User.login == wanted) or _create(
                wanted, "agent" if User.select().exists() else "admin"
            )
    if not user.active:
        raise NotAllowed(
            _('The user "{login}" was deactivated.').format(login=wanted),
            _("An administrator can activate the user again."),
        )
    team_ids = tuple(row.team.id for row in TeamMember.select().where(TeamMember.user == user))
    return Viewer(user.id, user.login, user.name, _role(user), _scope(user), team_ids)


def by_login(login: str) -> int | None:
    """The id of an active user, or None."""
    from tui_crm.store.people import User

    user = User.get_or_none((User.login == login) & (User.active == 1))
    return user.id if user else None


def logins() -> tuple[str, ...]:
    """The logins of the active users, in alphabetical order."""
    from tui_crm.store.people import User

    return tuple(u.login for u in User.select().where(User.active == 1).order_by(User.login))


def teams() -> tuple[str, ...]:
    """The names of the teams, in alphabetical order."""
    from tui_crm.store.people import Team

    return tuple(team.name for team in Team.select().order_by(Team.name))


def ensure(login: str, *, name: str = "", scope: str = "all") -> int:
    """The id of the user with that login, who is made an agent if there is none."""
    from tui_crm.store.base import database
    from tui_crm.store.people import User

    wanted = _needed(login)
    with database.atomic():
        user = User.get_or_none(User.login == wanted) or _create(wanted, "agent", name, scope)
    return user.id


def ensure_team(name: str, members: tuple[int, ...] = ()) -> int:
    """The id of the team with that name, which is made if there is none; `members` join it."""
    from tui_crm.store.base import database
    from tui_crm.store.people import Team, TeamMember

    with database.atomic():
        wanted = _needed(name)
        team = Team.get_or_none(Team.name == wanted) or Team.create(name=wanted)
        present = {row.user.id for row in TeamMember.select().where(TeamMember.team == team)}
        for user_id in set(members) - present:
            TeamMember.create(team=team, user=user_id)
    return team.id


def _create(login: str, role: str, name: str = "", scope: str = "all") -> User:
    from tui_crm.store.people import User

    return User.create(login=login, name=name, role=role, scope=scope, created_at=utc_now())


def _role(user: User) -> Literal["admin", "agent"]:
    return "admin" if user.role == "admin" else "agent"


def _scope(user: User) -> Literal["all", "team", "own"]:
    # A word that this program does not know must never show more than it was meant to.
    if user.scope == "all":
        return "all"
    return "team" if user.scope == "team" else "own"


def _needed(name: str) -> str:
    name = clean_line(name)
    if not name:
        raise InputRefused(_("A name needs at least one character."))
    return name


def _system_user() -> str:
    try:
        return clean_line(getpass.getuser()) or "user"
    except (OSError, KeyError):  # a user id without an entry in the system's list of users
        return "user"
