"""crm import of several files joined by keys: customers, their people, what happened with them."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tui_crm.cli import output
from tui_crm.errors import InputRefused, UsageError
from tui_crm.exchange.importing import ErrorFile
from tui_crm.exchange.joins.joining import KIND_WORDS, KINDS, Asked, Kind, Source
from tui_crm.text.i18n import _, ngettext
from tui_crm.text.safe import display

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.exchange.importing import Imported
    from tui_crm.exchange.joins.joined import Joined
    from tui_crm.exchange.mapping.columns import ColumnMap
    from tui_crm.exchange.mapping.profiles import Profile
    from tui_crm.exchange.planning.plan import Mode, Plan, Refused
    from tui_crm.exchange.reading.reader import Bundle, Table

_SURE = 0.995


def sources_of(
    session: Session, options: argparse.Namespace, tables: Sequence[Table]
) -> list[Source]:
    """What each of the tables holds, and how they are joined, as the options say."""
    from tui_crm.exchange.joins import joining
    from tui_crm.exchange.joins.joined import KnownCustomers
    from tui_crm.exchange.mapping import mapping, profiles

    names = [name for table in tables for name in (table.title, table.path.name, table.path.stem)]
    asked = Asked(_kinds(options.kind, names), _joins(options.join, names), _fields(options, names))
    _refuse_strangers(tables, asked)

    constants = mapping.overrides(options.set)
    kept = _profiles(session, options, tables)

    def propose(table: Table, fields: Mapping[str, str]) -> ColumnMap:
        columns = mapping.propose_for(
            session, table, fields, constants, options.dates, options.clear
        )
        profile = profiles.fitting(kept, table.headers)
        return profile.applied(columns, session.fields) if profile is not None else columns

    with session.db.connection():
        known = KnownCustomers(session)
        return joining.sources_of(tables, propose, known.share, asked)


def _profiles(
    session: Session, options: argparse.Namespace, tables: Sequence[Table]
) -> list[Profile]:
    """The kept mappings that the options name; `UsageError` for one that is of no file."""
    from tui_crm.exchange.mapping import profiles

    kept = [profiles.by_name(session.settings, name) for name in options.profile]
    used = {id(profiles.fitting(kept, table.headers)) for table in tables}
    for profile in kept:
        if id(profile) not in used:
            raise UsageError(
                _('The profile "{name}" is of none of the files.').format(name=profile.name),
                _("Its columns: {names}").format(names=", ".join(map(display, profile.headers))),
            )
    return kept


def _kinds(texts: Sequence[str], names: Sequence[str]) -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for text in texts:
        name, _sign, word = text.strip().rpartition("=")
        kind = next((kind for kind in KINDS if kind == word.strip()), None)
        if kind is None:
            raise UsageError(
                _('"{text}" is not FILE=KIND.').format(text=text),
                _("Kinds: {names}").format(names=", ".join(KINDS)),
            )
        found[_file(name, names)] = kind
    return found


def _joins(texts: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, sign, column = text.partition("=")
        if sign and name.strip() in names:
            found[name.strip()] = column.strip()
        else:
            found[""] = text.strip()
    return found


def _fields(options: argparse.Namespace, names: Sequence[str]) -> dict[tuple[str, str], str]:
    from tui_crm.exchange.mapping.mapping import overrides

    found = {}
    for column, field in overrides(options.map).items():
        name, sign, header = column.partition(":")
        found[(name, header) if sign and name in names else ("", column)] = field
    return found


def _file(name: str, names: Sequence[str]) -> str:
    name = name.strip()
    if name and name not in names:
        raise UsageError(
            _("{name} is none of the files.").format(name=name),
            _("They are: {names}").format(names=", ".join(dict.fromkeys(names))),
        )
    return name


def _refuse_strangers(tables: Sequence[Table], asked: Asked) -> None:
    """`UsageError` for a column of --map or --join that no file has."""
    from tui_crm.exchange.joins.joining import has_column

    wanted = [column for file, column in asked.fields if not file]
    wanted += [column.partition(":")[0] for file, column in asked.joins.items() if not file]
    for column in wanted:
        if not any(has_column(table, column) for table in tables):
            raise UsageError(_('None of the files has a column "{name}".').format(name=column))


def import_joined(
    session: Session,
    options: argparse.Namespace,
    sources: Sequence[Source],
    refused_to: Path,
    uid: str = "",
) -> int:
    """Import files that belong together, as the options say: one plan, one act.

    The refused rows of each go into a file of their own beside `refused_to`.
    """
    from tui_crm.cli.import_file import refuse_useless_key, rules_of
    from tui_crm.exchange.joins.joined import Joined
    from tui_crm.exchange.mapping import profiles
    from tui_crm.exchange.mapping.mapping import refuse_unknown
    from tui_crm.exchange.planning.plan import has_key, make_plan
    from tui_crm.exchange.reading.reader import Bundle

    customers = [source for source in sources if source.kind in ("customers", "people")]
    if not options.skip_unknown:
        for source in sources:
            if source.kind != "interactions":
                refuse_unknown(source.mapping, session.fields)
    # Files that name each other have keys: what is there already is not doubled.
    kept = [profiles.by_name(session.settings, name) for name in options.profile]
    profile = profiles.fitting(kept, customers[0].table.headers) if customers else None
    key = options.key or (profile.key if profile is not None else "")
    keyed = bool(customers) and has_key(customers[0].mapping, key)
    usual_mode: Mode = "upsert" if keyed else "create"
    mode: Mode = options.mode or (profile.mode if profile is not None else usual_mode)
    refuse_useless_key(options, mode)
    usual, rules = rules_of(session, options.rule)
    if profile is not None:
        usual = usual or ("fill" if profile.only_blank else "overwrite")
        rules = {**profile.rules, **rules}
    bundle = Bundle([source.table for source in sources])
    if not options.json:
        for source in sources:
            _print_source(source, sources)
    with session.db.connection(), ExitStack() as stack:
        errors = _Errors(stack, sources, bundle, refused_to)
        joined = Joined(session, sources, bundle)
        stack.callback(joined.close)
        first = next(joined.tables(), (bundle, sources[0].mapping))
        plan = make_plan(
            session,
            bundle,
            first[1],
            mode if customers else "create",
            refuse=errors.add,
            blank_unknown=options.unknown_values == "blank",
            only_blank=usual == "fill",
            rules=rules,
            key=key if customers else "",
            joined=joined,
        )
        stack.callback(plan.close)
        return _carry_out(session, options, sources, bundle, plan, joined, errors, uid)


class _Errors:
    """A file of refused rows for each source."""

    def __init__(
        self, stack: ExitStack, sources: Sequence[Source], bundle: Bundle, path: Path
    ) -> None:
        self._of_file = {file: n for n, files in enumerate(bundle.files) for file in files}
        self.files = [
            stack.enter_context(ErrorFile(_beside(path, source, number), source.table.headers))
            for number, source in enumerate(sources)
        ]

    def add(self, refused: Refused) -> None:
        """One more row, into the file of its own table."""
        self.files[self._of_file[refused.row.file]].add(refused)

    @property
    def count(self) -> int:
        """All refused rows."""
        return sum(file.count for file in self.files)

    def keep(self) -> list[Path]:
        """Keep the files; gives those that there are."""
        return [file.path for file in self.files if file.keep()]


def _beside(path: Path, source: Source, number: int) -> Path:
    """The file of refused rows of a source: the first has the plain name."""
    if not number:
        return path
    if path.name.endswith(".errors.csv"):
        return path.with_name(f"{source.table.path.name}.errors.csv")
    return path.with_name(f"{path.stem}-{source.table.path.stem}{path.suffix}")


def _carry_out(
    session: Session,
    options: argparse.Namespace,
    sources: Sequence[Source],
    bundle: Bundle,
    plan: Plan,
    joined: Joined,
    errors: _Errors,
    uid: str,
) -> int:
    from tui_crm.cli.import_file import is_confirmed, write_plan

    if not options.json:
        _print_plan(sources, plan, joined, errors)
    imported: Imported | None = None
    if not options.preview and len(plan.steps):
        count = len(plan.steps)
        question = ngettext("Import {n} record?", "Import {n} records?", count).format(n=count)
        if not is_confirmed(options, question):
            return 0
        imported = write_plan(session, plan, bundle, errors.add, uid)
    kept = errors.keep()
    _report(options.json, sources, plan, joined, imported, errors, kept)
    if errors.count and plan.rows == plan.refused:
        raise InputRefused(
            _("No row of {path} could be imported.").format(path=bundle.title),
            _("The reasons are in {path}.").format(path=", ".join(map(str, kept))),
        )
    return 0


def _join_words(source: Source, sources: Sequence[Source]) -> Iterator[str]:
    """How a source is joined, a column a time: "AccountId = Id of accounts.csv"."""
    seen = set()
    for reference in source.references:
        column = source.table.headers[reference.column]
        if reference.to < 0:
            if reference.column not in seen:
                yield _("{column} finds known customers").format(column=column)
            seen.add(reference.column)
            continue
        other = sources[reference.to]
        text = _("{column} = {key} of {file}").format(
            column=column, key=other.table.headers[reference.key], file=other.title
        )
        yield text if reference.share >= _SURE else f"{text} ({reference.share:.0%})"


def _print_source(source: Source, sources: Sequence[Source]) -> None:
    from tui_crm.cli.import_file import print_columns

    output.line(f"{source.title}: {_(KIND_WORDS[source.kind])}")
    for words in _join_words(source, sources):
        output.line("  " + _("joined: {words}").format(words=words))
    if source.activity is None:
        print_columns(source.mapping)
        return
    activity = source.activity
    for place, role in sorted(activity.roles.items()):
        output.line(f"  {activity.headers[place]} -> {role}")
    if named := ", ".join(activity.headers[place] for place in activity.named):
        output.line("  " + _("into the note: {names}").format(names=named))


def _print_plan(sources: Sequence[Source], plan: Plan, joined: Joined, errors: _Errors) -> None:
    output.line(
        _("{new} new, {updated} to change, {unchanged} unchanged, {refused} refused").format(
            new=plan.new, updated=plan.updated, unchanged=plan.unchanged, refused=plan.refused
        )
    )
    total: Counter[str] = Counter()
    for (_number, what), count in joined.counts.items():
        total[what] += count
    told = (
        ("interaction", ngettext("{n} interaction", "{n} interactions", total["interaction"])),
        ("task", ngettext("{n} task", "{n} tasks", total["task"])),
        ("joined", ngettext("{n} row of details", "{n} rows of details", total["joined"])),
    )
    if words := [text.format(n=total[what]) for what, text in told if total[what]]:
        output.line("  " + ", ".join(words))
    for source, file in zip(sources, errors.files, strict=True):
        for item in file.first:
            output.line(
                "  "
                + _("{file} line {line}: {reason}").format(
                    file=source.title, line=item.row.line, reason=item.reason
                )
            )


def _report(
    as_json: bool,
    sources: Sequence[Source],
    plan: Plan,
    joined: Joined,
    imported: Imported | None,
    errors: _Errors,
    kept: Sequence[Path],
) -> None:
    from tui_crm.cli.customers import undo_hint

    outcome = imported.outcome if imported else None
    if as_json:
        output.json_line(
            {
                "file": ", ".join(source.title for source in sources),
                "files": [
                    {
                        "file": source.title,
                        "kind": source.kind,
                        "joined": list(_join_words(source, sources)),
                        "refused": file.count,
                        "errors": str(file.path) if file.count else "",
                    }
                    for source, file in zip(sources, errors.files, strict=True)
                ],
                "change_set": outcome.change_set_id if outcome else None,
                "rows": plan.rows
                + sum(n for (_s, what), n in joined.counts.items() if what == "joined"),
                "new": plan.new,
                "updated": plan.updated,
                "unchanged": plan.unchanged,
                "interactions": sum(
                    n for (_s, what), n in joined.counts.items() if what == "interaction"
                ),
                "tasks": sum(n for (_s, what), n in joined.counts.items() if what == "task"),
                "refused": errors.count,
                "problems": dict(plan.problems),
                "done": outcome.done if outcome else 0,
            }
        )
        return
    if outcome is not None:
        output.line(
            ngettext("{n} record imported.", "{n} records imported.", outcome.done).format(
                n=outcome.done
            )
        )
        undo_hint(outcome.change_set_id)
    elif not len(plan.steps):
        output.line(_("There was nothing to import."))
    for path in kept:
        output.line(
            _("The refused rows are in {path}, with the reasons; mend them and import it.").format(
                path=path
            )
        )
