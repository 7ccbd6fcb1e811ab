"""The part of the registry about importing a file."""

from tui_crm.keys.model import Action
from tui_crm.text.i18n import N_

IMPORTING: tuple[Action, ...] = (
    Action(
        "app.import_file",
        ("f10", "alt+m"),
        N_("Import a file …"),
        "global",
        N_("Import customers from a table, a workbook, vCards or JSON lines."),
    ),
    # Choosing the file.
    Action(
        "import.open", ("enter",), N_("Open"), "import.file", N_("Open the file or folder."), 10
    ),
    Action(
        "import.complete",
        ("tab",),
        N_("Complete"),
        "import.file",
        N_("Complete the path from what is in the folder."),
        20,
    ),
    # Every step behind it.
    Action(
        "import.go_on",
        ("f5", "alt+v"),
        N_("Next step"),
        "import.step",
        N_("Go on to the next step; nothing is written before the last one."),
        20,
    ),
    Action("import.change", ("enter",), N_("Change"), "import.step", N_("Change this."), 10),
    # How it was read.
    Action(
        "import.encoding",
        ("e",),
        N_("Encoding"),
        "import.reading",
        N_("Read the file in another encoding."),
    ),
    Action(
        "import.separator",
        ("s",),
        N_("Separator"),
        "import.reading",
        N_("Choose what stands between two cells."),
    ),
    Action(
        "import.quote",
        ("q",),
        N_("Quotation mark"),
        "import.reading",
        N_("Choose what cells with separators in them are wrapped in."),
    ),
    Action(
        "import.header",
        ("h",),
        N_("Header row"),
        "import.reading",
        N_("Choose the line with the names of the columns, or none."),
        30,
    ),
    Action(
        "import.sheet", ("t",), N_("Sheet"), "import.reading", N_("Choose a sheet of the workbook.")
    ),
    Action(
        "import.dates",
        ("d",),
        N_("Dates"),
        "import.reading",
        N_("Say whether the day or the month stands first in dates."),
        40,
    ),
    Action(
        "import.right",
        ("right",),
        N_("Columns"),
        "import.reading",
        N_("Show the columns further to the right."),
    ),
    Action(
        "import.left",
        ("left",),
        N_("Columns back"),
        "import.reading",
        N_("Show the columns further to the left."),
    ),
    # Which column feeds which field.
    Action(
        "import.leave_out",
        ("d", "delete"),
        N_("Leave out"),
        "import.mapping",
        N_("Leave the column out, or take it in again."),
        25,
    ),
    Action(
        "import.new_field",
        ("f",),
        N_("New field"),
        "import.mapping",
        N_("Add a field of your own for the column."),
        40,
    ),
    Action(
        "import.constant",
        ("c",),
        N_("Constant"),
        "import.mapping",
        N_("Give every row a value where it says nothing itself."),
        50,
    ),
    Action(
        "import.mode",
        ("m",),
        N_("Mode"),
        "import.mapping",
        N_("Choose whether rows are new customers, edit known ones, or both."),
        30,
    ),
    Action(
        "import.key",
        ("b",),
        N_("Found by"),
        "import.mapping",
        N_("Choose the field by which known customers are found."),
        35,
    ),
    Action(
        "import.keep",
        ("w",),
        N_("Keep mapping"),
        "import.mapping",
        N_("Keep this mapping under a name, also for crm import --profile."),
        55,
    ),
    Action(
        "import.profile",
        ("o",),
        N_("Kept mappings"),
        "import.mapping",
        N_("Use a mapping that was kept, or forget one."),
    ),
    # What will happen.
    Action("import.show_new", ("n",), N_("New"), "import.plan", N_("Show the new customers.")),
    Action(
        "import.show_updated",
        ("u",),
        N_("Changed"),
        "import.plan",
        N_("Show the known customers who change, with old and new values."),
    ),
    Action(
        "import.show_unchanged",
        ("s",),
        N_("Unchanged"),
        "import.plan",
        N_("Show the rows that say what is there already."),
    ),
    Action(
        "import.show_refused",
        ("r",),
        N_("Refused"),
        "import.plan",
        N_("Show the rows that are not imported, with the reason."),
    ),
    Action(
        "import.apply",
        ("ctrl+s", "alt+s"),
        N_("Import"),
        "import.plan",
        N_("Import what is planned, after a question."),
        15,
    ),
    Action(
        "import.edit_cell",
        ("e",),
        N_("Mend"),
        "import.mend",
        N_("Mend the cell that is wrong, in this row."),
        25,
    ),
    Action(
        "import.replace",
        ("x",),
        N_("Everywhere"),
        "import.mend",
        N_("Replace the value wherever it stands in the column."),
        30,
    ),
    Action(
        "import.skip",
        ("d",),
        N_("Leave out"),
        "import.mend",
        N_("Leave the row out; it does not go into the file of refused rows."),
        40,
    ),
    Action(
        "import.take_back",
        ("z",),
        N_("Take back"),
        "import.mend",
        N_("Take the last mending back."),
    ),
    # What came of it.
    Action("import.undo", ("u",), N_("Undo"), "import.result", N_("Undo the whole import."), 10),
    Action(
        "import.another",
        ("n",),
        N_("Next file"),
        "import.result",
        N_("Import another file, such as the mended file of refused rows."),
        20,
    ),
)
