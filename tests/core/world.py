"""A plain model of customers, of what hangs on them, and of the history.

It knows nothing of tables: records are values, a change set is the difference between two states,
and an undo follows from the rules as they are told to users.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Key = tuple[str, int]
"""Entity and id."""

State = dict[Key, "Known"]
ORDER = ("task", "interaction", "customer")  # what is newest in a set goes back first


@dataclass(frozen=True)
class Known:
    """What is known of a record. `customer` is whose it is, `into` whom it was merged into."""

    values: Mapping[str, Any]
    customer: int
    deleted: bool = False
    into: int = 0

    def having(self, **values: Any) -> Known:
        """The same with other values."""
        return replace(self, values={**self.values, **values})


@dataclass(frozen=True)
class Change:
    """What a set did to one record."""

    action: str  # create | update | delete | restore
    before: Known | None
    after: Known

    @property
    def fields(self) -> dict[str, tuple[Any, Any]]:
        """The fields that it changed, before and after."""
        old = self.before.values if self.before else {}
        return {
            name: (old.get(name), new)
            for name, new in self.after.values.items()
            if old.get(name) != new
        }


@dataclass(frozen=True)
class Set:
    """One act."""

    id: int
    changes: Mapping[Key, Change]
    undoes: int = 0
    merge: bool = False

    def touches(self, key: Key) -> bool:
        """Whether it is a use of the record."""
        if key[0] == "customer":
            return any(key[1] == change.after.customer for change in self.changes.values())
        return key in self.changes


@dataclass(frozen=True)
class Undo:
    """What an undo comes to."""

    state: State
    reversed: int
    kept: int


@dataclass
class World:
    """Everything that is known."""

    state: State = field(default_factory=dict)
    sets: list[Set] = field(default_factory=list)

    def keys(self, entity: str, *, deleted: bool = False) -> list[Key]:
        """The live records of an entity, or those in the recycle bin."""
        return [
            key
            for key, known in self.state.items()
            if key[0] == entity and known.deleted == deleted and not known.into
            and (entity == "customer" or not self.state["customer", known.customer].deleted)
        ]  # fmt: skip

    def chosen(self, places: Iterable[int], *, deleted: bool = False) -> list[int]:
        """The ids of the customers at these places of the list."""
        keys = self.keys("customer", deleted=deleted)
        return [keys[place][1] for place in places if place < len(keys)]

    def change(self, key: Key, **values: Any) -> None:
        """Give a record values."""
        self.state[key] = self.state[key].having(**values)

    def did(
        self, set_id: int | None, before: State, *, undoes: int = 0, merge: bool = False
    ) -> int:
        """Remember what became different since `before`; gives how many records."""
        changes = {
            key: Change(_action(before.get(key), known), before.get(key), known)
            for key, known in self.state.items()
            if before.get(key) != known
        }
        assert bool(changes) == (set_id is not None)
        if set_id is not None:
            self.sets.append(Set(set_id, changes, undoes, merge))
        return len(changes)

    def undone_by(self, set_id: int) -> int:
        """The set in effect that undid a set; 0 for none."""
        for other in self.sets:
            if other.undoes == set_id and not self.undone_by(other.id):
                return other.id
        return 0

    def undo(self, target: Set) -> Undo:
        """What taking a set back comes to."""
        state = dict(self.state)
        reversed_ = kept = 0
        for entity in ORDER:
            for key in sorted((key for key in target.changes if key[0] == entity), reverse=True):
                new, lost = self._back(key, target)
                kept += lost
                if new is not None:
                    state[key] = new
                    reversed_ += 1
        return Undo(state, reversed_, kept)

    def _back(self, key: Key, target: Set) -> tuple[Known | None, int]:
        """What a record becomes, None where it stays, and how much of it is kept."""
        change, now = target.changes[key], self.state[key]
        if target.merge or self._undoes_merge(target):
            assert change.before is not None
            return change.before, 0
        if change.action in ("create", "restore"):
            if now.deleted or self._used(key, target):
                return None, 1
            return replace(now, deleted=True), 0
        if change.action == "delete" and now.deleted:
            return replace(now, deleted=False), 0
        if change.action == "delete" or now.deleted:
            return None, 1
        back, kept = {}, 0
        for name, (old, new) in change.fields.items():
            if now.values[name] == new:
                back[name] = old
            elif now.values[name] != old:
                kept += 1
        return (now.having(**back) if back else None), kept

    def _used(self, key: Key, target: Set) -> bool:
        return any(
            later.id > target.id
            and not later.undoes
            and later.touches(key)
            and not self.undone_by(later.id)
            for later in self.sets
        )

    def _undoes_merge(self, target: Set) -> bool:
        undone = next((s for s in self.sets if s.id == target.undoes), None)
        return undone is not None and (undone.merge or self._undoes_merge(undone))

    def is_plain(self, target: Set) -> bool:
        """Whether the undo of a set has nothing to do with a merge of others since, and is of a
        merge only where nothing was touched since: what a merge keeps has tests of its own.
        """
        merges = target.merge or self._undoes_merge(target)
        mine = {change.after.customer for change in target.changes.values()}
        mine |= {change.before.customer for change in target.changes.values() if change.before}
        for later in self.sets:
            if later.id <= target.id or not (merges or later.merge or self._undoes_merge(later)):
                continue
            theirs = {change.after.customer for change in later.changes.values()}
            theirs |= {c.before.customer for c in later.changes.values() if c.before}
            if mine & theirs:
                return False
        return True


def _action(before: Known | None, after: Known) -> str:
    if before is None:
        return "create"
    if before.deleted != after.deleted:
        return "delete" if after.deleted else "restore"
    return "update"
