"""From the rows of a table of calls, orders or tasks to interactions and tasks.

A row is an interaction, unless its status says that it is still to be done: then it is a task.
What has no field of its own stands in the note under its header, so that nothing is lost.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from tui_crm.config import find_choice
from tui_crm.core.changes.model import Create, Edit
from tui_crm.core.changes.planning import fields_of
from tui_crm.core.checker import Checker
from tui_crm.core.records import chunks, marks
from tui_crm.core.rows import Entity, Value
from tui_crm.errors import InputRefused
from tui_crm.exchange.joins.activitywords import Role
from tui_crm.text import dates
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean_line
from tui_crm.text.when import When
from tui_crm.text.when_parts import plain_form, take_time

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_OPEN = frozenset(
    {"not started", "in progress", "waiting on someone else", "deferred", "open", "pending",
     "planned", "to do", "todo", "waiting", "scheduled", "未开始", "未完成", "进行中", "待办",
     "待处理", "待跟进", "计划中", "等待中"}
)  # fmt: skip
_DONE = frozenset({"completed", "complete", "done", "closed", "已完成", "完成", "已结束"})
_KINDS = (
    ("email", r"mail|邮"),
    ("meeting", r"meet|event|会议|会面|面谈|约见"),
    ("visit", r"visit|拜访|上门"),
    ("chat", r"chat|sms|whatsapp|wechat|message|微信|短信|聊天|qq|钉钉"),
    ("call", r"call|phone|电话|通话|呼"),
)
_IN = re.compile(r"in(?:bound|coming)?|received|呼入|来电|接入", re.I)
_OUT = re.compile(r"out(?:bound|going)?|sent|呼出|去电|外呼", re.I)
_PRIORITIES = {"high": 1, "urgent": 1, "高": 1, "紧急": 1, "重要": 1, "low": -1, "低": -1}
_ZONED = re.compile(r"(.*\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(z|utc|[+-]\d\d:?\d\d)", re.I)
_SECOND = re.compile(r"(\d:[0-5]\d):([0-5]\d)(?:\.\d+)?")
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d\d)")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(h|m|s|小时|分|秒)?\w*", re.I)
_SECONDS = {"h": 3600, "小": 3600, "m": 60, "分": 60, "s": 1, "秒": 1}


@dataclass(frozen=True)
class ActivityMap:
    """What the columns of a table of activities are.

    `roles` are by the place of the column; `named` are the columns that go into the note under
    their header; `order` is how days are written ("dmy", "mdy", "" as usual).
    """

    headers: tuple[str, ...]
    roles: Mapping[int, Role]
    named: tuple[int, ...]
    order: str = ""


def read(mapping: ActivityMap, cells: Sequence[str], checker: Checker) -> Create:
    """What a row says, without its customer. Raises `InputRefused`, also for an empty row."""
    said: dict[Role, str] = {
        role: text for place, role in mapping.roles.items() if (text := cells[place].strip())
    }
    notes = [said.pop("note", "")]
    entity: Entity = "task" if said.get("status", "").casefold() in _OPEN else "interaction"
    values: dict[str, Value] = {}
    if entity == "task":
        values["title"] = clean_line(said.pop("subject", "")) or _("Follow up")
        due = said.pop("due", "") or said.pop("when", "")
        if due:
            found = _when(checker, "due_at", due, mapping.order)
            values |= {"due_at": dates.to_iso(found.at), "due_has_time": int(found.has_time)}
        values["priority"] = _PRIORITIES.get(said.pop("priority", "").casefold(), 0)
    else:
        at = said.pop("when", "") or said.pop("due", "")
        if at:
            found = _when(checker, "started_at", at, mapping.order)
            values["started_at"] = dates.to_iso(found.at)
        values["subject"] = said.pop("subject", "")
        _take(said, values, mapping, checker)
    if said.get("status", "").casefold() in _OPEN | _DONE:
        del said["status"]
    if said.get("priority", "").casefold() in ("normal", "medium", "普通", "中", "一般"):
        del said["priority"]
    # What is left of them had no place.
    notes += [
        f"{mapping.headers[place]}: {said[role]}"
        for place, role in mapping.roles.items()
        if role in said
    ]
    for place in mapping.named:
        if text := cells[place].strip():
            notes.append(f"{mapping.headers[place]}: {text}")
    values["note"] = "\n".join(filter(None, notes))
    if not any(values.get(name) for name in ("subject", "note", "started_at", "due_at")):
        raise InputRefused(_("The row says nothing about what happened."))
    return Create(_checked(checker, entity, values), entity)


def _take(
    said: dict[Role, str], values: dict[str, Value], mapping: ActivityMap, checker: Checker
) -> None:
    """Move kind, direction, outcome and length from `said` to `values`, where they have a place."""
    text = said.get("kind", "")
    offered = checker.choices(checker.field("kind", "interaction"))
    if exact := find_choice(offered, text):
        values["kind"] = exact.value
        del said["kind"]
    else:
        heads = " ".join(h for p, h in enumerate(mapping.headers) if p in mapping.roles)
        begins = str(values["subject"]).split(" ")[0].rstrip(":：")
        looked = (text,) if text else (begins, heads)
        found = (kind for words in looked for kind, form in _KINDS if re.search(form, words, re.I))
        values["kind"] = next(found, "note")
    text = said.get("direction", "")
    if way := "in" if _IN.match(text) else "out" if _OUT.match(text) else "":
        values["direction"] = way
        del said["direction"]
    offered = checker.choices(checker.field("disposition", "interaction"))
    if outcome := find_choice(offered, said.get("disposition", "")):
        values["disposition"] = outcome.value
        del said["disposition"]
    if "duration" in said:
        head = next(mapping.headers[p] for p, role in mapping.roles.items() if role == "duration")
        seconds = _length(said["duration"], head)
        if seconds is not None:
            values["duration"] = seconds
            del said["duration"]


def _length(text: str, header: str) -> int | None:
    """Seconds of "4:07", "1:02:03", "90", "5 min"; a plain number counts as its header says."""
    if clock := _CLOCK.fullmatch(text):
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + int(clock[3])
    span = _SPAN.fullmatch(text)
    if span is None:
        return None
    unit = (span[2] or ("m" if re.search("min|分", header, re.I) else "s"))[0].lower()
    return round(float(span[1]) * _SECONDS[unit])


def _when(checker: Checker, field: str, text: str, order: str) -> When:
    country = {"dmy": "GB", "mdy": "US"}.get(order, checker.country)
    found = moment(text, country, checker.session)
    if found is None:
        refused = InputRefused(_('"{text}" is no time.').format(text=text[:60]))
        refused.field = field
        raise refused
    return found


def moment(text: str, country: str, session: Session) -> When | None:
    """The moment that a table names, in the user's zone where it names none."""
    plain = plain_form(text)
    zoned = _ZONED.fullmatch(plain)
    zone = session.zone
    if zoned:
        plain = zoned[1]
        offset = "+00:00" if zoned[2][0].isalpha() else zoned[2]
        offset = offset if ":" in offset else f"{offset[:3]}:{offset[3:]}"
        zone = datetime.fromisoformat(f"2000-01-01T00:00{offset}").tzinfo or UTC
    plain = re.sub(r"(\d)t(\d)", r"\1 \2", plain)
    seconds = int(found[2]) if (found := _SECOND.search(plain)) else 0
    plain = _SECOND.sub(r"\1", plain)
    whole = dates.parse_date(plain, country)
    try:
        said, rest = (None, plain) if whole else take_time(plain)
    except ValueError:
        return None
    day = whole or dates.parse_date(rest.strip(" ,，"), country)
    if day is None or day.year < 2:  # its midnight may be before the calendar elsewhere
        return None
    at = datetime.combine(day, (said or time()).replace(second=seconds), zone)
    return When(at, said is not None)


def _checked(checker: Checker, entity: Entity, values: Mapping[str, Value]) -> dict[str, Value]:
    """The values as they are stored; empty ones are not in it."""
    fields_of(checker, Edit(set=values), entity)
    found = {
        name: checker.check(checker.field(name, entity), text) for name, text in values.items()
    }
    return {name: value for name, value in found.items() if value not in ("", ())}


class Known:
    """The interactions and tasks that customers have already: a row that says one of them again
    changes nothing. Each counts once, so that two equal rows are two the first time too.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._used: Counter[tuple[object, ...]] = Counter()
        self._there: Counter[tuple[object, ...]] = Counter()
        self._read: set[int] = set()

    def learn(self, customers: Sequence[int]) -> None:
        """Read what these customers have."""
        new = sorted(set(customers) - self._read)
        self._read.update(new)
        for some in chunks(new):
            there = f"customer_id IN ({marks(len(some))}) AND deleted_at = ''"
            for row in self._session.db.rows(
                "SELECT customer_id, started_at, kind, subject, note FROM interaction"
                f" WHERE {there}",
                some,
            ):
                self._there["interaction", *row] += 1
                self._there["interaction", row[0], "", *row[2:]] += 1
            for row in self._session.db.rows(
                f"SELECT customer_id, due_at, title, note FROM task WHERE {there}", some
            ):
                self._there["task", row[0], row[1] or "", *row[2:]] += 1

    def has(self, step: Create) -> bool:
        """Whether its customer has this one already, besides those that earlier rows were."""
        values = step.values
        names: tuple[str, ...] = ("started_at", "kind", "subject", "note")
        if step.entity == "task":
            names = ("due_at", "title", "note")
        key = (step.entity, step.customer_id, *(str(values.get(name, "")) for name in names))
        self._used[key] += 1
        return self._used[key] <= self._there[key]
