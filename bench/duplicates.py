"""How well duplicates are found in public labelled tables, without labels and settings.

    python bench/duplicates.py [FOLDER]

FOLDER holds `febrl/`, `fake_1000/` and `fodors_zagats/`, as their authors publish them. Printed
are precision, recall and F1 of the pairs in the groups, at the threshold of each tier.
"""

from __future__ import annotations

import csv
import gc
import re
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from tui_crm.exchange.duplicates.profile import Profile, make
from tui_crm.exchange.duplicates.scan import LEAST, Scan
from tui_crm.exchange.duplicates.table import build

Pairs = set[tuple[int, int]]


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table; blanks round its headers and values are taken away."""
    with path.open(encoding="utf-8", newline="") as file:
        found = csv.DictReader(file, skipinitialspace=True)
        return [{k.strip(): (v or "").strip() for k, v in row.items()} for row in found]


def pairs_of(groups: Iterable[Iterable[int]]) -> Pairs:
    """All pairs within groups of ids."""
    found: Pairs = set()
    for group in groups:
        members = sorted(group)
        found.update((a, b) for i, a in enumerate(members) for b in members[i + 1 :])
    return found


def febrl(folder: Path, number: int, *, identity: bool) -> tuple[list[Profile], Pairs]:
    """One of the four tables of the FEBRL data generator."""
    names = ["dataset4a.csv", "dataset4b.csv"] if number == 4 else [f"dataset{number}.csv"]
    profiles, people = [], {}
    for row in (row for name in names for row in rows(folder / "febrl" / name)):
        id_ = len(profiles)
        born = row["date_of_birth"]
        profiles.append(
            make(
                id_,
                kind="person",
                name=f"{row['given_name']} {row['surname']}".strip(),
                street=f"{row['street_number']} {row['address_1']}",
                postcode=row["postcode"],
                city=row["suburb"],
                birthday=born,
                custom=[row["address_2"], row["state"]] + [row["soc_sec_id"]] * identity,
            )
        )
        people.setdefault(re.findall(r"\d+", row["rec_id"])[0], []).append(id_)
    return profiles, pairs_of(people.values())


def fake_1000(folder: Path) -> tuple[list[Profile], Pairs]:
    """People with their typing errors."""
    profiles, people = [], {}
    for id_, row in enumerate(rows(folder / "fake_1000" / "fake_1000.csv")):
        profiles.append(
            make(
                id_, kind="person", name=f"{row['first_name']} {row['surname']}".strip(),
                city=row["city"], emails=[row["email"]] if "@" in row["email"] else [],
                birthday=row["dob"],
            )
        )  # fmt: skip
        people.setdefault(row["cluster"], []).append(id_)
    return profiles, pairs_of(people.values())


def fodors_zagats(folder: Path) -> tuple[list[Profile], Pairs]:
    """Restaurants in two guides."""
    profiles, known = [], {}
    for name in ("zagats", "fodors"):
        for row in rows(folder / "fodors_zagats" / f"{name}.csv"):
            id_ = len(profiles)
            profiles.append(
                make(
                    id_, kind="organization", name=row["name"], street=row["addr"],
                    city=row["city"], phones=[row["phone"]],
                )
            )  # fmt: skip
            known[name, row["id"]] = id_
    truth = {
        (known["zagats", row["zagats_id"]], known["fodors", row["fodors_id"]])
        for row in rows(folder / "fodors_zagats" / "matches_fodors_zagats.csv")
    }
    return profiles, {(min(p), max(p)) for p in truth}


def tables(folder: Path) -> Iterator[tuple[str, list[Profile], Pairs]]:
    """Every table with its name and its true pairs."""
    for identity in (True, False):
        for number in (1, 2, 3, 4):
            label = f"febrl{number}" + ("" if identity else " without identity number")
            yield label, *febrl(folder, number, identity=identity)
    yield "fake_1000", *fake_1000(folder)
    yield "fodors_zagats", *fodors_zagats(folder)


def main() -> None:
    """Measure all tables."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/samples/duplicates")
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    gc.disable()
    for label, profiles, truth in tables(folder):
        if only not in label:
            continue
        fields = [f"own {n}" for n in range(len(profiles[0].custom))]
        line = f"{label:32}"
        for tier, least in LEAST.items():
            begin = time.perf_counter()
            table = build(profiles, len(fields), organizations=profiles[0].organization)
            scan = Scan(table, fields)
            found = pairs_of(members for members, _score in scan.groups(least))
            right = len(found & truth)
            precision, recall = right / max(1, len(found)), right / len(truth)
            f1 = 2 * precision * recall / max(1e-9, precision + recall)
            line += f"  {tier} {precision:.4f} {recall:.4f} F1 {f1:.4f}"
        print(f"{line}  {time.perf_counter() - begin:.1f} s", flush=True)


if __name__ == "__main__":
    main()
