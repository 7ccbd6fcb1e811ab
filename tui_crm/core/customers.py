"""Reading customers: one, a page of a list, a reference that somebody typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tui_crm.core import aliases, visibility
from tui_crm.core.points import normalise
from tui_crm.core.records import chunks, load
from tui_crm.core.rows import Customer, CustomerRow
from tui_crm.core.timeline import timeline, timeline_count
from tui_crm.core.users import Directory
from tui_crm.errors import NotFound, UsageError
from tui_crm.text.dates import moment
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

    Those who are gone or hidden are left out. One query for up to a thousand ids.
    """
    found: dict[int, CustomerRow] = {}
    with session.db.connection():
        for chunk in chunks(ids):
            found.update((row.id, row) for row in _rows(session, chunk))
    return [found[id_] for id_ in ids if id_ in found]


def _rows(session: Session, ids: list[int]) -> Iterator[CustomerRow]:
    db = session.db
    allowed, params = visibility.condition(session.viewer)
    chosen, given = db.one_of("c.id", ids)
    # The order of an index that has all of it: nothing is sorted.
    points = db.joined(
        "substr(p.kind, 1, 1) || p.value",
        "contact_point p WHERE p.customer_id = c.id AND p.kind <> 'handle'",
        "p.kind, p.position, p.value",
    )
    # Not joined: PostgreSQL would read all tags for each customer.
    tag = "(SELECT g.name FROM tag g WHERE g.id = ct.tag_id)"
    tags = db.joined(tag, "customer_tag ct WHERE ct.customer_id = c.id")
    between = db.separator
    for (
        id_, account_no, kind, name, organization, title, city, country, category, status, source,
        owner, team, contacted, created, reached, tagged,
    ) in db.prepared(
        "SELECT c.id, c.account_no, c.kind, c.name, c.organization, c.title, c.city, c.country,"
        " c.category, c.status, c.source, coalesce(u.login, ''), coalesce(m.name, ''),"
        f" c.last_contact, c.created_at, {points}, {tags} FROM customer c"
        " LEFT JOIN crm_user u ON u.id = c.owner_id LEFT JOIN team m ON m.id = c.team_id"
        f" WHERE {chosen} AND {allowed}",
        (*given, *params),
    ):  # fmt: skip
        both = reached.split(between) if reached else ()
        phones = tuple([point[1:] for point in both if point[:1] == "p"])
        emails = tuple([point[1:] for point in both if point[:1] == "e"])
        yield CustomerRow(
            id_, account_no, kind, name, organization, title,
            phones[0] if phones else "", emails[0] if emails else "",
            city, country, category, status, source, owner, team,
            tuple(sorted(tagged.split(between))) if tagged else (),
            moment(contacted), moment(created), phones, emails,
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
