"""Half-written forms, kept in local files so that a killed terminal loses no typed word.

A draft is one JSON file under the state directory, of one user at one database. It is written
to a temporary file, flushed to the disk and renamed, so that a crash leaves the old draft or
the new one and never half of one. Drafts stay local: they are not customer data until they
are saved, and typing must not wait for a database.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_crm.text.dates import from_iso, to_iso, utc_now

if TYPE_CHECKING:
    from tui_crm.core.session import Session


@dataclass(frozen=True, slots=True)
class Draft:
    """A kept form: what kind of form it is, its key, a title for lists, and its fields.

    `parked` is True where the user put it aside on purpose (a call on hold), and False where
    the form was interrupted.
    """

    kind: str  # customer | edit | interaction | task
    key: str
    title: str
    saved_at: datetime
    data: Mapping[str, Any]
    parked: bool = False


def save(
    session: Session,
    kind: str,
    key: str,
    title: str,
    data: Mapping[str, Any],
    *,
    parked: bool = False,
) -> None:
    """Keep a form; when this returns it is on the disk. `data` must be JSON."""
    folder = _folder(session)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = {
        "kind": kind,
        "key": key,
        "title": title,
        "saved_at": to_iso(utc_now()),
        "parked": parked,
        "data": dict(data),
    }
    handle, name = tempfile.mkstemp(dir=folder, prefix=".draft-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(_path(session, kind, key))


def discard(session: Session, kind: str, key: str) -> None:
    """Forget a form, after it was saved or given up."""
    _path(session, kind, key).unlink(missing_ok=True)


def load_all(session: Session) -> list[Draft]:
    """Every kept form of this user at this database, the newest first.

    A file that is no draft (cut by a full disk, say) is left alone and not listed.
    """
    found = []
    for path in _folder(session).glob("*.json"):
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            found.append(
                Draft(
                    raw["kind"],
                    raw["key"],
                    raw["title"],
                    from_iso(raw["saved_at"]),
                    raw["data"],
                    raw["parked"],
                )
            )
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return sorted(found, key=lambda draft: draft.saved_at, reverse=True)


def _folder(session: Session) -> Path:
    who = f"{session.db.url}\n{session.viewer.login}"
    name = hashlib.sha256(who.encode()).hexdigest()[:16]
    return session.settings.paths.state_dir / "drafts" / name


def _path(session: Session, kind: str, key: str) -> Path:
    name = hashlib.sha256(f"{kind}\n{key}".encode()).hexdigest()[:24]
    return _folder(session) / f"{kind}-{name}.json"
