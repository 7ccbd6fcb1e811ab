"""Reading customers: one, a page of a list, a reference that somebody typed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tui_crm.core import aliases, visibility
from tui_crm.core.points import normalise
from tui_crm.core.records import chunks, load
from tui_crm.core.rows import Customer, CustomerRow
from tui_crm.core.timeline import timeline, timeline_count
from tui_crm.core.users import Directory
from tui_crm.errors import NotFound, UsageError
from tui_crm.text import dates
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean_line

if TYPE_CHECKING:
    from tui_crm.core.session import Session

__all__ = ["as_json", "get", "people", "resolve", "rows", "timeline", "timeline_count"]

_CANDIDATES = 5


def get(session: Session, id_: int, *, deleted: bool = False) -> Customer:
    """The customer with that id, or the one that it was merged into.

    With `deleted` it is that customer itself, also from the recycle bin.

    Raises `NotFound` where there is none or the viewer may not see it.
    """
    with session.db.reading():
        directory = Directory.read(session.db)
        if not deleted:
            id_ = aliases.survivor(session.db, id_)
        record = load(session, "customer", [id_], directory, deleted=deleted).get(id_)
    if record is None:
        raise NotFound(_("There is no customer {id}.").format(id=id_))
    return Customer(
        record.id,
        record.version,
        record.values,
        tuple(record.points),
        record.organization_id,
        moment(record.deleted_at),
    )


def rows(session: Session, ids: Sequence[int]) -> list[CustomerRow]:
    """The customers with these ids as lists show them, in the same order.

    Those who are gone or hidden are left out. Three queries for up to a thousand ids.
    """
    found: dict[int, CustomerRow] = {}
    with session.db.connection():
        for chunk in chunks(ids):
            _rows(session, chunk, found)
    return [found[id_] for id_ in ids if id_ in found]


def _rows(session: Session, ids: list[int], found: dict[int, CustomerRow]) -> None:
    allowed, params = visibility.condition(session.viewer)
    owned, given = session.db.one_of("customer_id", ids)
    phones: dict[int, tuple[str, ...]] = {}
    emails: dict[int, tuple[str, ...]] = {}
    for id_, kind, value in session.db.prepared(
        # The order of an index that has all of it: nothing is sorted.
        f"SELECT customer_id, kind, value FROM contact_point WHERE {owned} AND kind <> 'handle'"
        " ORDER BY customer_id, kind, position, value",
        given,
    ):
        points = phones if kind == "phone" else emails
        points[id_] = (*points[id_], value) if id_ in points else (value,)
    tags: dict[int, tuple[str, ...]] = {}
    for id_, name in session.db.prepared(
        "SELECT ct.customer_id, g.name FROM customer_tag ct JOIN tag g ON g.id = ct.tag_id"
        f" WHERE ct.{owned}",
        given,
    ):
        tags[id_] = tuple(sorted((*tags[id_], name))) if id_ in tags else (name,)
    chosen, given = session.db.one_of("c.id", ids)
    for id_, *text, version, contacted, created in session.db.prepared(
        "SELECT c.id, c.account_no, c.kind, c.name, c.organization, c.title, c.city, c.country,"
        " c.category, c.status, c.source, coalesce(u.login, ''), coalesce(m.name, ''), c.version,"
        " c.last_contact, c.created_at FROM customer c LEFT JOIN crm_user u ON u.id = c.owner_id"
        f" LEFT JOIN team m ON m.id = c.team_id WHERE {chosen} AND {allowed}",
        (*given, *params),
    ):
        account_no, kind, name, organization, title, *more = text
        city, country, category, status, source, owner, team = more
        own_phones, own_emails = phones.get(id_, ()), emails.get(id_, ())
        found[id_] = CustomerRow(
            id_, account_no, kind, name, organization, title,
            own_phones[0] if own_phones else "", own_emails[0] if own_emails else "",
            city, country, category, status, source, owner, team,
            tags.get(id_, ()), moment(contacted), moment(created), version,
            own_phones, own_emails,
        )  # fmt: skip


def resolve(session: Session, ref: str) -> int:
    """The id of the one customer that `ref` means.

    Tried in this order: account number, id (also "#12"), external id, e-mail address, phone
    number, and then whatever search finds; those of a merged customer mean the one that it became
    part of. Raises `NotFound`, or `UsageError` listing the
    candidates where there is more than one, or saying what is not clear in a query.
    """
    text = clean_line(ref)
    if not text:
        raise UsageError(_("Which customer? The reference is empty."))
    with session.db.connection():
        for where, params in _exact(session, text):
            ids = _ids(session, where, params) or aliases.survivors(session, where, params)
            if ids:
                return _only(session, text, ids)
        from tui_crm import search

        search.refuse_problems(session, text)
        answer = search.find(session, text, limit=_CANDIDATES + 1)
        return _only(session, text, [hit.row.id for hit in answer.hits])


def people(session: Session, organization_id: int, limit: int = 200) -> list[CustomerRow]:
    """The people of an organisation, by name."""
    allowed, params = visibility.condition(session.viewer)
    with session.db.connection():
        found = session.db.rows(
            f"SELECT c.id FROM customer c WHERE c.organization_id = ? AND {allowed}"
            " ORDER BY c.sort_name, c.id LIMIT ?",
            (organization_id, *params, limit),
        )
        return rows(session, [row[0] for row in found])


def as_json(customer: Customer) -> dict[str, Any]:
    """A customer as one JSON object: the registry's names, plus `contact_points`."""
    data: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in customer.values.items()
    }
    data["version"] = customer.version
    data["contact_points"] = [
        {"kind": p.kind, "label": p.label, "value": p.value, "normalized": p.normalized}
        for p in customer.contact_points
    ]
    return data


def moment(stored: str) -> datetime | None:
    """The time of a column's text, None for an empty one."""
    return dates.from_iso(stored) if stored else None


def _exact(session: Session, text: str) -> list[tuple[str, list[object]]]:
    """Conditions for the exact meanings of a reference, the strongest first."""
    found: list[tuple[str, list[object]]] = [
        ("c.account_no IN (?, ?)", [text, text.upper()]),
    ]
    digits = text.removeprefix("#")
    if digits.isdecimal() and len(digits) < 18:
        found.append(("c.id = ?", [int(digits)]))
    found.append(("c.external_id = ? AND c.external_id <> ''", [text]))
    country = session.settings.general.home_country
    point = (
        "c.id IN (SELECT p.customer_id FROM contact_point p WHERE p.kind = ? AND p.normalized = ?)"
    )
    for kind in ("email", "phone"):
        if normal := normalise(text, kind, country):
            found.append((point, [kind, normal]))
    return found


def _ids(session: Session, where: str, params: list[object]) -> list[int]:
    allowed, more = visibility.condition(session.viewer)
    sql = f"SELECT c.id FROM customer c WHERE {where} AND {allowed} ORDER BY c.id LIMIT ?"
    return [row[0] for row in session.db.rows(sql, (*params, *more, _CANDIDATES + 1))]


def _only(session: Session, ref: str, ids: list[int]) -> int:
    if not ids:
        raise NotFound(_('Nothing found for "{ref}".').format(ref=ref))
    if len(ids) == 1:
        return ids[0]
    names = [f"{row.account_no} {row.name}" for row in rows(session, ids[:_CANDIDATES])]
    raise UsageError(
        _('"{ref}" means more than one customer: {names}').format(
            ref=ref, names=", ".join(names) + (" …" if len(ids) > _CANDIDATES else "")
        ),
        _("Use the account number."),
    )
