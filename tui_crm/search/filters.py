"""`field:value` as something that the index finds, or as a condition on the customer table.

A filter here has one value at most; `plan` takes those with several apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from tui_crm.config import Choice, nearest
from tui_crm.core import visibility
from tui_crm.core.fields import Field
from tui_crm.core.rows import Problem
from tui_crm.search import few_values, tokens
from tui_crm.search.engine import Condition, Engine, Lead, Scope, any_of
from tui_crm.search.language.dates import WORDS, half_width, may_become_span, parse_span
from tui_crm.search.language.query import OPEN, Filter
from tui_crm.search.needs import Level, Need, Needs, phrase_need, piece_need, word_needs
from tui_crm.text.fold import fold, has_han
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_POINT_KIND = {"phones": "phone", "emails": "email", "handles": "handle"}
_TIMES = ("last_contact", "created_at", "updated_at")
_INDEXED = frozenset({*_TIMES, "birthday", "city", "title", "country", "state", "owner", "team"})
_OPEN_TASKS = "SELECT t.customer_id FROM task t WHERE t.done_at = '' AND t.deleted_at = ''"
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_COMPARED = re.compile(rf"(>=|<=|>|<|=|≥|≤)?\s*({_NUMBER})")
_BETWEEN = re.compile(rf"({_NUMBER})?\s*(?:\.\.|…|~)\s*({_NUMBER})?")
_PLAIN = {"≥": ">=", "≤": "<="}
_YES = frozenset({"1", "yes", "true", "y", "on", "是", "有"})
_NO = frozenset({"0", "no", "false", "n", "off", "否", "无"})
_LARGEST = 1e15
_Named: TypeAlias = list[tuple[str, tuple[str, ...]]]
"""Values of a choice field, each with all that it is called."""


@dataclass(slots=True)
class Meaning:
    """What a filter comes to: needs and keys for the index, a condition on the table, of which
    a `lead` finds those who meet it; `when` is a range of a time that lists can have the order of.
    With `by_text` the needs are no less than what leads
    to those whom the condition is asked of; otherwise it is quick by itself, or says nothing.
    """

    needs: list[Need] = field(default_factory=list)
    keys: list[tuple[str, ...]] = field(default_factory=list)
    condition: Condition = field(default_factory=Condition)
    problem: Problem | None = None
    lead: Lead | None = None
    when: Condition | None = None
    by_text: bool = False


def meaning(session: Session, engine: Engine, asked: Filter) -> Meaning:
    """What `asked` means to the viewer of `session`.

    A value that cannot be understood is a problem and no condition; one that no customer can have
    is a problem and finds nobody.
    """
    maker = _Maker(session, engine, asked)
    found = maker.presence() if asked.present else maker.value()
    found.by_text = found.by_text or (bool(found.needs) and found.condition.sql == "TRUE")
    if not asked.negated or found.problem is not None:
        return found
    if found.condition.sql != "TRUE":  # it says all; needs beside it only make it quick
        lead = maker.lead(maker.empty()) if asked.present else None
        return Meaning(condition=~found.condition, lead=lead)
    if len(found.needs) == 1:
        return Meaning([replace(found.needs[0], negated=True)], by_text=True)
    whole = Condition()
    for need in found.needs:
        whole &= engine.text(need)
    sql = (
        f"(SELECT {whole.sql} FROM search_doc d JOIN search_text t ON t.id = d.id"
        " WHERE d.customer_id = c.id)"
    )
    return Meaning(condition=~Condition(sql, whole.params))


def column(engine: Engine, item: Field) -> Condition:
    """The column of a field that is one value, or the member of the custom values."""
    if item.custom:
        return Condition(engine.json_text("c.custom"), [engine.json_path(item.name)])
    return Condition(f"c.{item.column}")


class _Maker:
    """Makes the meaning of one filter."""

    def __init__(self, session: Session, engine: Engine, asked: Filter) -> None:
        self.session, self.engine, self.asked = session, engine, asked
        self.field, self.text = asked.field, asked.value

    def presence(self) -> Meaning:
        item = self.field
        if item.name in _POINT_KIND:
            sql = "EXISTS (SELECT 1 FROM contact_point p WHERE p.customer_id = c.id AND p.kind = ?)"
            return Meaning(condition=Condition(sql, [_POINT_KIND[item.name]]))
        if item.type == "tags":
            sql = "EXISTS (SELECT 1 FROM customer_tag ct WHERE ct.customer_id = c.id)"
            return Meaning(condition=Condition(sql))
        if item.type in ("user", "team"):
            return Meaning(condition=Condition(f"c.{item.column} IS NOT NULL"))
        if item.type == "number" and not item.custom:
            return Meaning(condition=Condition("1 = 1"))
        held = column(self.engine, item)
        return Meaning(condition=Condition(f"{held.sql} <> ''", held.params))

    def lead(self, condition: Condition) -> Lead | None:
        """A condition on the column of the field as a lead, if an index answers it."""
        name = self.field.name
        if self.field.custom or name not in _INDEXED:
            return None
        return Lead(condition, f"customer_{name}")

    def empty(self) -> Condition:
        """The condition that nothing is in the column of the field."""
        none = " IS NULL" if self.field.type in ("user", "team") else " = ''"
        return Condition(f"c.{self.field.column}{none}")

    def value(self) -> Meaning:
        item = self.field
        if item is OPEN:
            held = Condition(f"EXISTS ({_OPEN_TASKS} AND t.customer_id = c.id)")
            return Meaning(condition=held, lead=Lead(Condition(_OPEN_TASKS), select=True))
        if item.type == "phones":
            country = self.session.settings.general.home_country
            need = piece_need(self.text, country)
            if need is None:
                message = _("A telephone number needs three digits or more.")
                return self._refused(message, unfinished=True)
            return Meaning([need])
        if item.type == "tags":
            return self._tags()
        if item.name in tokens.MARK_OF:
            return self._words(tokens.MARK_OF[item.name])
        if item.type in ("user", "team"):
            return self._people()
        if item.type == "choice":
            return self._choice()
        if item.type in ("date", "datetime"):
            return self._time()
        if item.type == "number":
            return self._number()
        if item.type == "bool":
            return self._bool()
        return self._text()

    def _refused(
        self, message: str, condition: str = "TRUE", *, unfinished: bool = False
    ) -> Meaning:
        problem = Problem(message, self.asked.start, self.asked.end, unfinished)
        return Meaning(condition=Condition(condition), problem=problem)

    def _nobody(self, known: Sequence[str]) -> Meaning:
        """The value is none of `known`: nobody has it."""
        message = _('{field}: there is no "{value}".').format(
            field=self.field.label, value=self.text
        )
        return self._refused(_with(message, nearest(self.text, known)), "FALSE")

    def _words(self, mark: str) -> Meaning:
        if mark == tokens.EMAIL and "@" in self.text:
            needs = word_needs(self.text, mark)
        else:
            need = phrase_need(
                self.text, mark, whole=any(value.quoted for value in self.asked.values)
            )
            needs = [need] if need else []
        if not needs:
            return self._refused(_("There is no word to look for."), unfinished=True)
        return Meaning(needs)

    def _tags(self) -> Meaning:
        rows = self.session.db.prepared("SELECT id, name FROM tag")
        wanted = fold(self.text)
        same = [row for row in rows if fold(row[1]) == wanted]
        same = same or [row for row in rows if fold(row[1]).startswith(wanted)]
        marks = ", ".join("?" * len(same))
        sql = (
            "EXISTS (SELECT 1 FROM customer_tag ct WHERE ct.customer_id = c.id"
            f" AND ct.tag_id IN ({marks}))"
        )
        need = phrase_need(self.text, tokens.TAG)
        ids = [row[0] for row in same]
        select = f"SELECT ct.customer_id FROM customer_tag ct WHERE ct.tag_id IN ({marks})"
        lead = Lead(Condition(select, [*ids]), select=True)
        found = Meaning([need] if need else [], [], Condition(sql, ids), lead=lead)
        # Of a tag that only hidden customers have a viewer is told what is told of none.
        if not same or not (visibility.sees_all(self.session.viewer) or self._somebody(found)):
            return self._nobody(self._tags_of_visible([row[1] for row in rows]))
        return found

    def _tags_of_visible(self, names: list[str]) -> list[str]:
        """Those of all tags that the viewer may know of."""
        from tui_crm.core import values

        if visibility.sees_all(self.session.viewer):
            return names
        return [name for name, _count in values.most_common(self.session, self.field, len(names))]

    def _people(self) -> Meaning:
        user = self.field.type == "user"
        if user and self.text.lower() in ("me", "我"):
            chosen = [(self.session.viewer.id, self.session.viewer.login)]
        else:
            rows = self.session.db.prepared(
                "SELECT id, login FROM crm_user" if user else "SELECT id, name FROM team"
            )
            wanted = fold(self.text)
            chosen = [row for row in rows if fold(row[1]) == wanted]
            chosen = chosen or [row for row in rows if fold(row[1]).startswith(wanted)]
            if not chosen:
                return self._nobody([row[1] for row in rows])
        ids = [row[0] for row in chosen]
        key = tokens.owner_token if user else tokens.team_token
        held = f"c.{self.field.column}"
        # NULL is neither in a list nor not in it: those without an owner are "not his".
        sql = f"({held} IS NOT NULL AND {held} IN ({', '.join('?' * len(ids))}))"
        return Meaning([], [tuple(key(id_) for id_ in ids)], Condition(sql, list(ids)))

    def _choice(self) -> Meaning:
        from tui_crm.core import picklists

        item, wanted = self.field, fold(self.text)
        offered: _Named = [(choice, (choice,)) for choice in item.choices]
        if not item.custom:
            offered = _named(picklists.own(self.session, item.picklist))
        chosen = _called(wanted, offered)
        if not (chosen or item.custom):  # one that was added to this database
            offered = _named(picklists.choices(self.session, item.picklist))
            chosen = _called(wanted, offered)
        chosen = chosen or [
            value for value, names in offered if any(fold(n).startswith(wanted) for n in names)
        ]
        if not chosen and has_han(wanted):  # of which any part may be typed
            chosen = [value for value, names in offered if any(wanted in fold(n) for n in names)]
        held = column(self.engine, item)
        if not chosen:
            # A value from an import that no list offers any more can still be asked for.
            equal = Condition(f"{held.sql} = ?", [*held.params, self.text])
            found = Meaning([], [(tokens.choice_token(item.name, self.text),)], equal)
            if offered and not self._somebody(found):
                return self._nobody([name for _value, names in offered for name in reversed(names)])
            return found
        marks = ", ".join("?" * len(chosen))
        keys = [tuple(tokens.choice_token(item.name, value) for value in chosen)]
        return Meaning([], keys, Condition(f"{held.sql} IN ({marks})", [*held.params, *chosen]))

    def _somebody(self, found: Meaning) -> bool:
        """Whether there is a customer whom the viewer may see and who meets it."""
        seen = Condition(*visibility.of_live(self.session.viewer, "d"))
        needs = Needs(tuple(found.needs), tuple(found.keys))
        scope = Scope(seen, found.condition)
        levels: list[Level] = ["any"] * len(found.needs)
        source, condition = self.engine.source(self.session.db, needs, levels, scope, customer=True)
        sql = f"SELECT 1 FROM {source} WHERE {condition.sql} LIMIT 1"
        return self.session.db.one(sql, condition.params) is not None

    def _time(self) -> Meaning:
        # In whole minutes: what is learned of a query is known again so long.
        now = self.session.now().replace(second=0, microsecond=0)
        span = parse_span(self.text, now)
        if span is None:
            message = _("“{value}” is no time; write 2026-03, 2026-01..2026-03, today or >30d.")
            message = _with(message.format(value=self.text), nearest(self.text, WORDS))
            return self._refused(message, unfinished=may_become_span(self.text, now))
        start, end = span.moments() if self.field.type == "datetime" else span.days()
        held = column(self.engine, self.field)
        found = Condition(f"{held.sql} <> ''", held.params)
        if start:
            found &= Condition(f"{held.sql} >= ?", [*held.params, start])
        if end:
            found &= Condition(f"{held.sql} < ?", [*held.params, end])
        when = found if self.field.name in _TIMES else None
        return Meaning(condition=found, lead=self.lead(found), when=when)

    def _number(self) -> Meaning:
        held, given = column(self.engine, self.field), Condition()
        number = held
        if self.field.custom:  # kept as text
            given = Condition(f"{held.sql} <> ''", held.params)
            number = Condition(self.engine.number(held.sql), held.params)
        text = half_width(self.text)
        if match := _BETWEEN.fullmatch(text):
            bounds = [(">=", match[1]), ("<=", match[2])]
        elif match := _COMPARED.fullmatch(text):
            bounds = [(_PLAIN.get(match[1], match[1]) or "=", match[2])]
        else:
            bounds = []
        if not any(value for _operator, value in bounds):
            message = _("“{value}” is no number; write 5, >5 or 1..9.").format(value=self.text)
            return self._refused(message, unfinished=not text.strip("<>=≥≤-+ "))
        for operator, value in bounds:
            if value:
                limited: float = max(-_LARGEST, min(_LARGEST, float(value)))
                if limited.is_integer():  # as the columns are: another type is in no index
                    limited = int(limited)
                given &= Condition(f"{number.sql} {operator} ?", [*number.params, limited])
        return Meaning(condition=given, lead=Lead(given) if self.field.name == "id" else None)

    def _bool(self) -> Meaning:
        text = self.text.lower()
        if text not in _YES | _NO:
            message = _("“{value}” is neither yes nor no.").format(value=self.text)
            begun = any(word.startswith(text) for word in _YES | _NO)
            return self._refused(message, unfinished=begun)
        held = column(self.engine, self.field)
        yes = Condition(f"CAST({held.sql} AS text) IN ('1', 'true')", held.params)
        return Meaning(condition=yes if text in _YES else ~yes)

    def _text(self) -> Meaning:
        """A word of the text begins so; the index leads to it where it has the words."""
        item = self.field
        if not item.custom and item.column in few_values.COLUMNS:
            chosen = few_values.beginning(self.session.db, item.column, self.text)
            if chosen is not None:
                marks = ", ".join("?" * len(chosen))
                held = Condition(f"c.{item.column} IN ({marks})", [*chosen])
                held = held if chosen else Condition("FALSE")
                return Meaning(condition=held, lead=self.lead(held))
        need = phrase_need(self.text, tokens.CUSTOM) if item.searchable and item.custom else None
        needs = [need] if need else []
        return Meaning(needs, condition=self._beginning(self.text), by_text=bool(needs))

    def _beginning(self, text: str) -> Condition:
        """A word of the text begins so, in any of the usual cases."""
        held = column(self.engine, self.field)
        compared = self.engine.like(held.sql)
        found = []
        for form in dict.fromkeys((text, text.lower(), text.upper(), text.title())):
            escaped = form.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            for pattern in (f"{escaped}%", f"% {escaped}%"):
                found.append(Condition(compared, [*held.params, pattern]))
        return any_of(found)


def _named(choices: Iterable[Choice]) -> _Named:
    return [(choice.value, (choice.value, choice.label_en, choice.label_zh)) for choice in choices]


def _called(wanted: str, offered: _Named) -> list[str]:
    return [value for value, names in offered if wanted in map(fold, names)]


def _with(message: str, proposal: str) -> str:
    """A message, and behind it what may have been meant, "" where nothing is near."""
    return f"{message} {proposal}".rstrip()
