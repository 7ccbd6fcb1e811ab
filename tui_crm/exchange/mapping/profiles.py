"""Mappings that are remembered: the last one for each header, and those that were given a name.

A profile is one small JSON file under the state directory, not a row of the database: it describes
the files that arrive at this desk or at this server, can be copied and read, and keeping one needs
no right to write customers.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_crm.errors import InputRefused, NotFound, UsageError
from tui_crm.exchange.mapping.columns import Column, ColumnMap, is_added
from tui_crm.exchange.planning.plan import FOUND_BY, MODES, RULES, Mode, Rule
from tui_crm.text.dates import from_iso, to_iso, utc_now
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean_line

if TYPE_CHECKING:
    from tui_crm.config import Settings
    from tui_crm.core.fields import Field, Registry

_FITS = 0.6  # of the columns of a profile
_ORDERS = ("", "dmy", "mdy")


@dataclass(frozen=True, slots=True)
class Target:
    """What one column feeds; an empty `field` leaves the column out. The rest is as in `Column`."""

    header: str
    field: str = ""
    part: str = ""
    label: str = ""
    group: str = ""
    labelled_by: int = -1
    order: str = ""
    template: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """How a table with these headers was imported; `name` is "" for what was only used last."""

    name: str
    targets: tuple[Target, ...]
    constants: Mapping[str, str] = field(default_factory=dict)
    mode: Mode = "create"
    only_blank: bool = False
    rules: Mapping[str, Rule] = field(default_factory=dict)
    key: str = ""
    clear: str = ""
    saved_at: datetime = field(default_factory=utc_now)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers that it was made for."""
        return tuple(target.header for target in self.targets)

    def applied(self, mapping: ColumnMap, registry: Registry) -> ColumnMap:
        """A mapping with what the profile says about its columns; others stay as guessed.

        What a user decided stays too, and so does the guess for a field that is gone since then.
        """
        same = self.headers == tuple(c.header for c in mapping.all if not is_added(c.header))
        known = {_counted(self.headers, place): t for place, t in enumerate(self.targets)}
        headers = [column.header for column in mapping.all]
        columns = []
        for place, column in enumerate(mapping.all):
            target = known.get(_counted(headers, place))
            item = registry.get(target.field) if target is not None else None
            gone = target is not None and target.field and (item is None or not item.editable)
            if target is None or gone or column.why == "user":
                columns.append(column)
                continue
            if replace(_target(column), order=target.order) == target and target.field:
                columns.append(replace(column, order=target.order))
                continue
            cuts = _cuts(target.template, registry)
            columns.append(
                replace(
                    column, field=item, part=target.part, label=target.label, group=target.group,
                    # The place of another column means something only in the same table.
                    labelled_by=target.labelled_by if same else -1,
                    order=target.order, certainty=1.0, why="user",
                    template=target.template if cuts else "", cuts=cuts,
                )
            )  # fmt: skip
        fixed = {n: v for n, v in self.constants.items() if registry.get(n) is not None}
        fixed.update(mapping.constants)
        clear = mapping.clear or self.clear
        return replace(mapping, all=tuple(columns), constants=fixed, clear=clear)


def fitting(profiles: Iterable[Profile], headers: Sequence[str]) -> Profile | None:
    """The profile that has most columns of a table with these headers; None if all have few."""
    held = set(headers)
    best, most = None, 0
    for profile in profiles:
        shared = len(held.intersection(profile.headers))
        if shared > most and shared >= _FITS * len(profile.headers):
            best, most = profile, shared
    return best


def of_mapping(
    mapping: ColumnMap,
    *,
    name: str = "",
    mode: Mode = "create",
    only_blank: bool = False,
    rules: Mapping[str, Rule] | None = None,
    key: str = "",
) -> Profile:
    """A profile of a mapping."""
    columns = [column for column in mapping.all if not is_added(column.header)]
    targets = tuple(map(_target, columns))
    constants = dict(mapping.constants)
    return Profile(
        clean_line(name), targets, constants, mode, only_blank, dict(rules or {}), key,
        mapping.clear,
    )  # fmt: skip


def save(settings: Settings, profile: Profile) -> None:
    """Keep a profile, in the place of the one of the same name; `InputRefused` if that fails."""
    folder = _folder(settings)
    content = {**asdict(profile), "saved_at": to_iso(profile.saved_at)}
    path = _path(settings, profile.name, profile.headers)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=folder, prefix=".profile-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
        Path(part).replace(path)
    except OSError as error:
        raise InputRefused(
            _("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror)
        ) from None


def everything(settings: Settings) -> list[Profile]:
    """All profiles, the newest first. A file that is none is left alone."""
    folder = _folder(settings)
    found = [_read(path) for path in folder.glob("*.json")] if folder.is_dir() else []
    return sorted(
        (profile for profile in found if profile is not None),
        key=lambda profile: profile.saved_at,
        reverse=True,
    )


def for_headers(settings: Settings, headers: Sequence[str]) -> Profile | None:
    """The newest profile that was made for exactly these headers."""
    wanted = tuple(header for header in headers if not is_added(header))
    return next((p for p in everything(settings) if p.headers == wanted), None)


def by_name(settings: Settings, name: str) -> Profile:
    """The profile of that name. Raises `NotFound`, naming those that there are."""
    profiles = [profile for profile in everything(settings) if profile.name]
    wanted = clean_line(name).casefold()
    for profile in profiles:
        if profile.name.casefold() == wanted:
            return profile
    names = ", ".join(profile.name for profile in profiles)
    hint = _("There are: {names}").format(names=names) if names else ""
    raise NotFound(_('There is no profile "{name}".').format(name=name), hint)


def discard(settings: Settings, profile: Profile) -> None:
    """Forget a profile."""
    _path(settings, profile.name, profile.headers).unlink(missing_ok=True)


def _counted(headers: Sequence[str], place: int) -> tuple[str, int]:
    """A header with the number of the same ones before it."""
    return headers[place], list(headers[:place]).count(headers[place])


def _cuts(template: str, registry: Registry) -> tuple[tuple[Field, str], ...]:
    """The fields of a template; none where one of them is gone since."""
    from tui_crm.exchange.mapping.chosen import cuts_of

    try:
        return cuts_of(template, registry) if template else ()
    except UsageError:
        return ()


def _target(column: Column) -> Target:
    if column.field is None:
        return Target(column.header)
    return Target(
        column.header, column.field.name, column.part, column.label, column.group,
        column.labelled_by, column.order, column.template,
    )  # fmt: skip


def _folder(settings: Settings) -> Path:
    return settings.paths.state_dir / "imports"


def _path(settings: Settings, name: str, headers: Sequence[str]) -> Path:
    what = f"name {name.casefold()}" if name else json.dumps(list(headers))
    return _folder(settings) / f"{hashlib.sha256(what.encode()).hexdigest()[:24]}.json"


def _read(path: Path) -> Profile | None:
    try:
        return _profile(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # cut by a full disk, say, or written by hand


def _profile(content: dict[str, Any]) -> Profile:
    targets = tuple(
        Target(
            str(item["header"]), str(item["field"]), str(item["part"]), str(item["label"]),
            str(item["group"]), int(item["labelled_by"]),
            item["order"] if item["order"] in _ORDERS else "",
            str(item.get("template", "")),  # older files have none
        )
        for item in content["targets"]
    )  # fmt: skip
    if not all(-1 <= target.labelled_by < len(targets) for target in targets):
        raise ValueError("a column that is not there")
    return Profile(
        str(content["name"]),
        targets,
        {str(name): str(value) for name, value in content["constants"].items()},
        content["mode"] if content["mode"] in MODES else "create",
        bool(content["only_blank"]),
        {str(name): rule for name, rule in content["rules"].items() if rule in RULES},
        content["key"] if content["key"] in FOUND_BY else "",
        str(content.get("clear", "")),  # older files have none
        from_iso(content["saved_at"]),
    )
