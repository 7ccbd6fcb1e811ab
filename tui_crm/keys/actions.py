"""The registry of actions: everything that a key can do, with its default keys.

An action belongs to one context. A context takes in others: the search screen takes in what can be
done everywhere, in any list, and with the customer at hand. Within a context and all that it takes
in, a key has one meaning. A printable key ("l", "space") is a command only while no text field has
the focus; an action that must work while text is typed has another key as well.
"""

from functools import cache

from tui_crm.keys.changing import CHANGING
from tui_crm.keys.duplicates import DUPLICATES
from tui_crm.keys.importing import IMPORTING
from tui_crm.keys.model import Action, Context
from tui_crm.text.i18n import N_

__all__ = [
    "ACTIONS",
    "CONTEXTS",
    "Action",
    "Context",
    "available_in",
    "by_id",
    "context",
    "contexts_in",
    "footer_for",
    "in_context",
]


CONTEXTS: tuple[Context, ...] = (
    Context("global", N_("Everywhere")),
    Context("screen", N_("Every screen but search")),
    Context("list", N_("Moving in a list")),
    Context("list.focus", N_("A list that has the focus"), ("list",)),
    Context("fields", N_("Moving between fields")),
    Context("record", N_("The customer at hand")),
    Context("search", N_("Search"), ("global", "list", "record")),
    Context("search.field", N_("Search, while typing"), ("search",), typing=True),
    Context("search.list", N_("Search, in the list"), ("search", "list.focus")),
    Context("notes", N_("Words of notes"), ("global", "screen", "list"), typing=True),
    Context("customer", N_("Customer"), ("global", "screen", "list.focus", "record")),
    Context("form", N_("Form"), ("global", "screen", "fields"), typing=True),
    Context("new", N_("New customer"), ("form",), typing=True),
    Context(
        "interaction", N_("Call or other contact"), ("global", "screen", "fields"), typing=True
    ),
    Context("interaction.bar", N_("Call or other contact, the choices"), ("interaction",)),
    Context("batch", N_("Batch edit"), ("global", "screen", "list.focus", "fields")),
    Context("batch.form", N_("Batch edit, the fields"), ("batch",)),
    Context("batch.preview", N_("Batch edit, old and new"), ("batch",)),
    Context("batch.result", N_("Batch edit, the result"), ("global", "screen", "list.focus")),
    Context("entry", N_("Entry of a timeline"), ("global", "screen", "list.focus")),
    Context("today", N_("Today"), ("global", "screen", "list.focus", "record")),
    Context("history", N_("History"), ("global", "screen", "list.focus")),
    Context("history.field", N_("History, while typing"), ("global", "screen"), typing=True),
    Context("changes", N_("One change"), ("global", "screen", "list.focus")),
    Context("buckets", N_("What an undo leaves"), ("global", "screen", "list.focus")),
    Context("then", N_("A customer as it was"), ("global", "screen", "list.focus")),
    Context("bin", N_("Recycle bin"), ("global", "screen", "list.focus")),
    Context("bin.field", N_("Recycle bin, while typing"), ("global", "screen"), typing=True),
    Context("import.file", N_("Import, the file"), ("global", "screen", "list"), typing=True),
    Context("import.step", N_("Import"), ("global", "screen", "list.focus", "fields")),
    Context("import.reading", N_("Import, how the file is read"), ("import.step",)),
    Context("import.mapping", N_("Import, columns and fields"), ("import.step",)),
    Context("import.row", N_("Import, one row"), ("global", "screen", "list.focus")),
    Context("import.mend", N_("Import, mending"), ("import.row",)),
    Context("import.plan", N_("Import, what will happen"), ("import.mend", "fields")),
    Context("import.result", N_("Import, the result"), ("global", "screen", "list.focus")),
    Context("duplicates", N_("Duplicates"), ("global", "screen", "list.focus")),
    Context("merging", N_("Customers side by side"), ("global", "screen", "list.focus")),
    Context("help", N_("Help"), ("global", "screen", "list"), typing=True),
    Context("settings", N_("Settings"), ("global", "screen", "list.focus")),
)

ACTIONS: tuple[Action, ...] = (
    # Everywhere. F1, F11 and F12 are taken by some terminals, so each has a second key.
    Action(
        "app.help",
        ("f1", "question_mark", "ctrl+underscore"),
        N_("Help"),
        "global",
        N_("Show the keys of this screen."),
        62,
    ),
    Action(
        "app.palette",
        ("ctrl+p",),
        N_("Commands"),
        "global",
        N_("Find any command by its name."),
        80,
    ),
    Action(
        "app.home",
        ("f3", "alt+h"),
        N_("Search"),
        "global",
        N_("Go home to the search."),
    ),
    Action(
        "app.today",
        ("f2", "alt+t"),
        N_("Today"),
        "global",
        N_("Show what is due, parked calls and what changed."),
        70,
    ),
    Action(
        "app.history",
        ("f4", "alt+l"),
        N_("All changes"),
        "global",
        N_("Show every change that was made, newest first."),
    ),
    Action(
        "app.settings",
        ("f9", "alt+p"),
        N_("Settings"),
        "global",
        N_("Show the settings and choose a theme."),
    ),
    Action(
        "app.new",
        ("ctrl+n",),
        N_("New"),
        "global",
        N_("Enter a new customer."),
        65,
    ),
    Action(
        "app.undo",
        ("ctrl+z",),
        N_("Undo"),
        "global",
        N_("Undo the last change that you made."),
    ),
    Action(
        "app.redo",
        ("ctrl+r", "alt+u"),
        N_("Redo"),
        "global",
        N_("Do again what you undid last."),
    ),
    Action(
        "app.bin",
        ("f8", "alt+d"),
        N_("Recycle bin"),
        "global",
        N_("Show deleted customers, to bring them back or remove them for good."),
    ),
    Action(
        "app.repaint",
        ("f12", "alt+r"),
        N_("Repaint"),
        "global",
        N_("Draw the whole screen again."),
    ),
    Action(
        "app.quit",
        ("ctrl+q", "alt+q"),
        N_("Quit"),
        "global",
        N_("Leave the program; what is half-written is kept."),
        95,
    ),
    Action(
        "screen.back",
        ("escape",),
        N_("Back"),
        "screen",
        N_("Go one step back; typed text is never lost."),
        60,
    ),
    # Moving.
    Action("list.down", ("down", "j"), N_("Down"), "list", N_("Move to the next row.")),
    Action("list.up", ("up", "k"), N_("Up"), "list", N_("Move to the previous row.")),
    Action("list.page_down", ("pagedown",), N_("Page down"), "list", N_("Move down by a page.")),
    Action("list.page_up", ("pageup",), N_("Page up"), "list", N_("Move up by a page.")),
    Action("list.first", ("home",), N_("First"), "list.focus", N_("Move to the first row.")),
    Action("list.last", ("end",), N_("Last"), "list.focus", N_("Move to the last row.")),
    Action("fields.next", ("tab",), N_("Next field"), "fields", N_("Go to the next field.")),
    Action(
        "fields.previous",
        ("shift+tab",),
        N_("Previous field"),
        "fields",
        N_("Go to the previous field."),
    ),
    # The customer at hand: the highlighted row, or the one that is open.
    Action(
        "record.log",
        ("ctrl+l", "l"),
        N_("Log call"),
        "record",
        N_("Log a call or another contact with this customer; the clock starts."),
        20,
    ),
    Action(
        "record.task",
        ("t", "alt+n"),
        N_("New task"),
        "record",
        N_("Enter a follow-up for this customer."),
    ),
    Action(
        "record.copy_phone",
        ("ctrl+y", "y"),
        N_("Copy number"),
        "record",
        N_("Copy the phone number to the clipboard, over SSH too."),
    ),
    Action(
        "record.copy_email",
        ("Y", "alt+y"),
        N_("Copy e-mail"),
        "record",
        N_("Copy the e-mail address to the clipboard, over SSH too."),
    ),
    Action(
        "record.history",
        ("h", "alt+c"),
        N_("Changes"),
        "record",
        N_("Show what was changed on this customer, when and by whom."),
    ),
    # Search.
    Action(
        "search.open", ("enter",), N_("Open"), "search", N_("Open the highlighted customer."), 10
    ),
    Action(
        "search.mark",
        ("ctrl+t", "space"),
        N_("Mark"),
        "search",
        N_("Mark or unmark the highlighted customer and move down."),
        40,
    ),
    Action(
        "search.mark_all",
        ("ctrl+a", "f7", "a"),
        N_("Mark all"),
        "search",
        N_("Mark every customer that the search matches."),
    ),
    Action(
        "search.unmark_all",
        ("alt+a", "A"),
        N_("Unmark all"),
        "search",
        N_("Remove every mark."),
    ),
    Action(
        "search.batch",
        ("ctrl+b", "f6", "b"),
        N_("Batch edit"),
        "search",
        N_("Change fields of all marked customers at once."),
        50,
    ),
    Action(
        "search.export",
        ("alt+x", "x"),
        N_("Export"),
        "search",
        N_("Write the marked customers, or every match, into a file."),
    ),
    Action(
        "search.sort",
        ("ctrl+o", "s"),
        N_("Sort"),
        "search",
        N_("Choose the order of the list."),
    ),
    Action(
        "search.filter",
        ("ctrl+f", "f"),
        N_("Filter"),
        "search",
        N_("Narrow the list by status, category, tag and other fields."),
        55,
    ),
    Action(
        "search.segments",
        ("ctrl+g", "g"),
        N_("Segments"),
        "search",
        N_("Open a saved search, or save this one."),
    ),
    Action(
        "search.notes",
        ("alt+i", "i"),
        N_("Notes"),
        "search",
        N_("Find interactions by words of their notes, newest first."),
    ),
    Action("search.to_list", ("tab",), N_("List"), "search.field", N_("Move to the list.")),
    Action(
        "search.take",
        ("right",),
        N_("Complete"),
        "search.field",
        N_("At the end of the text: take the proposal below it."),
    ),
    Action(
        "search.next",
        ("ctrl+e",),
        N_("Next one"),
        "search.field",
        N_("Light the next proposal below the text."),
    ),
    Action(
        "search.clear",
        ("escape",),
        N_("Clear"),
        "search.field",
        N_("Empty the search field."),
    ),
    Action(
        "search.to_field",
        ("slash", "tab", "escape"),
        N_("Search field"),
        "search.list",
        N_("Move back to the search field."),
        60,
    ),
    Action("search.new", ("n",), N_("New"), "search.list", N_("Enter a new customer.")),
    Action(
        "notes.open",
        ("enter",),
        N_("Open"),
        "notes",
        N_("Open the customer and the highlighted entry."),
        10,
    ),
    # Customer.
    Action(
        "customer.edit",
        ("e", "enter"),
        N_("Edit"),
        "customer",
        N_("Edit the highlighted field; nothing is written before it is saved."),
        10,
    ),
    Action(
        "customer.save",
        ("ctrl+s", "alt+s"),
        N_("Save"),
        "customer",
        N_("Save all edited fields."),
        15,
    ),
    Action(
        "customer.next",
        ("n",),
        N_("Next"),
        "customer",
        N_("Open the next customer of the list."),
        40,
    ),
    Action(
        "customer.previous",
        ("p",),
        N_("Previous"),
        "customer",
        N_("Open the previous customer of the list."),
        41,
    ),
    Action(
        "customer.timeline",
        ("tab",),
        N_("Timeline"),
        "customer",
        N_("Move between the record and its timeline."),
        50,
    ),
    Action(
        "customer.undo",
        ("u",),
        N_("Undo change"),
        "customer",
        N_("Undo the last change of this customer."),
    ),
    Action(
        "customer.delete",
        ("d",),
        N_("Delete"),
        "customer",
        N_("Move this customer to the recycle bin, after a question."),
    ),
    # Forms.
    Action("form.save", ("ctrl+s", "alt+s"), N_("Save"), "form", N_("Save and close."), 10),
    Action(
        "new.existing",
        ("ctrl+o", "alt+o"),
        N_("Open that one"),
        "new",
        N_("Open the customer that the new one looks like; what is typed is kept as a draft."),
        20,
    ),
    Action(
        "interaction.save",
        ("ctrl+s", "alt+s"),
        N_("Save"),
        "interaction",
        N_("Save and go back to an empty search."),
        10,
    ),
    Action(
        "interaction.park",
        ("ctrl+k",),
        N_("Park"),
        "interaction",
        N_("Put the call aside with its clock stopped; Today resumes it."),
        20,
    ),
    Action(
        "interaction.follow_up",
        ("1", "2", "3", "4", "5", "6", "7", "8", "9"),
        N_("In n days"),
        "interaction.bar",
        N_("Follow up in so many days."),
    ),
    Action(
        "interaction.note",
        ("enter",),
        N_("Note"),
        "interaction.bar",
        N_("Write the note; a letter that is no choice begins it, too."),
        15,
    ),
    Action(
        "entry.copy",
        ("y", "ctrl+y"),
        N_("Copy"),
        "entry",
        N_("Copy the text to the clipboard, over SSH too."),
        10,
    ),
    # Lists of work and of changes.
    Action("today.open", ("enter",), N_("Open"), "today", N_("Open the customer."), 10),
    Action(
        "today.done", ("x",), N_("Done"), "today", N_("Mark the task as done, or not done."), 15
    ),
    Action("today.resume", ("r",), N_("Resume"), "today", N_("Resume the parked call."), 25),
    Action(
        "today.discard",
        ("d",),
        N_("Discard"),
        "today",
        N_("Throw the call on hold or the half-written form away, after a question."),
        27,
    ),
    Action("settings.change", ("enter",), N_("Change"), "settings", N_("Change the setting."), 10),
    *CHANGING,
    *IMPORTING,
    *DUPLICATES,
)

_BY_ID = {action.id: action for action in ACTIONS}
_CONTEXTS = {context.id: context for context in CONTEXTS}


def by_id(action_id: str) -> Action:
    """The action of that id; KeyError if there is none."""
    return _BY_ID[action_id]


def context(where: str) -> Context:
    """The context of that id; KeyError if there is none."""
    return _CONTEXTS[where]


@cache
def contexts_in(where: str) -> tuple[str, ...]:
    """`where` and every context that it takes in, its own first."""
    found = [where]
    for name in found:
        found.extend(other for other in _CONTEXTS[name].takes_in if other not in found)
    return tuple(found)


@cache
def in_context(where: str) -> tuple[Action, ...]:
    """The actions of `where` itself, without those that it takes in."""
    return tuple(action for action in ACTIONS if action.where == where)


@cache
def available_in(*where: str) -> tuple[Action, ...]:
    """Every action that can be done in these contexts: their own first, then what they take in."""
    names = dict.fromkeys(name for start in where for name in contexts_in(start))
    return tuple(action for name in names for action in in_context(name))


@cache
def footer_for(*where: str) -> tuple[Action, ...]:
    """The actions for the footer of these contexts, the most useful first."""
    shown = [action for action in available_in(*where) if action.footer is not None]
    return tuple(sorted(shown, key=lambda action: action.footer or 0))
