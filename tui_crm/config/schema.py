"""Every section and key of crm.toml, described once.

The loader, the checks, crm.toml.example, docs/configuration.md, `crm config show` and the settings
screen read this table; none of them keeps a list of its own.
"""

from dataclasses import dataclass

from tui_crm.config import kinds
from tui_crm.config.settings import Choice
from tui_crm.text.i18n import N_


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `default` is the raw TOML value that the example shows and the reader reads."""

    section: str
    name: str
    kind: str
    default: object
    doc: str
    read: kinds.Reader

    @property
    def path(self) -> str:
        """The dotted name, such as "ui.theme"."""
        return f"{self.section}.{self.name}"


SECTIONS: dict[str, str] = {
    "database": N_("Where the customers are kept."),
    "general": N_("Country, language and dates."),
    "ui": N_("How the app looks and which features of the terminal it asks for."),
    "picklists": N_(
        "The values that picklist fields offer, in this order. A choice is a value, or a table with"
        " value, label_en and label_zh; the value is what the database holds."
    ),
    "paths": N_("Where the program keeps what is not customer data."),
    "keymap": N_(
        'Other keys for actions: an action\'s id = "key", or a list of keys, or [] for none.'
        " The ids and the default keys are listed in docs/keys.md."
    ),
}

STATUSES = (
    Choice("lead", "Lead", "线索"),
    Choice("prospect", "Prospect", "意向客户"),
    Choice("active", "Active", "合作中"),
    Choice("dormant", "Dormant", "休眠"),
    Choice("lost", "Lost", "已流失"),
)
CATEGORIES = (
    Choice("potential", "Potential", "潜在客户"),
    Choice("regular", "Regular", "老客户"),
    Choice("vip", "VIP", "重要客户"),
    Choice("partner", "Partner", "合作伙伴"),
    Choice("supplier", "Supplier", "供应商"),
)
SOURCES = (
    Choice("web", "Website", "网站"),
    Choice("phone", "Phone", "电话"),
    Choice("referral", "Referral", "转介绍"),
    Choice("fair", "Trade fair", "展会"),
    Choice("social", "Social media", "社交媒体"),
    Choice("import", "Import", "导入"),
)
DISPOSITIONS = (
    Choice("reached", "Reached", "已接通", "r"),
    Choice("voicemail", "Left voicemail", "语音留言", "v"),
    Choice("no_answer", "No answer", "无人接听", "n"),
    Choice("busy", "Busy", "占线", "b"),
    Choice("callback", "Asked to call back", "要求回电", "c"),
    Choice("wrong_number", "Wrong number", "号码错误", "w"),
    Choice("interested", "Interested", "有意向", "i"),
    Choice("declined", "Declined", "已拒绝", "d"),
    Choice("resolved", "Resolved", "已解决", "s"),
)


def _raw(choices: tuple[Choice, ...]) -> list[dict[str, str]]:
    """Choices as the TOML tables that would be written for them."""
    names = ("value", "label_en", "label_zh", "key")
    return [{name: getattr(c, name) for name in names if getattr(c, name)} for c in choices]


KEYS: tuple[Key, ...] = (
    Key(
        "database",
        "url",
        N_("address"),
        "sqlite:///~/.local/share/crm/crm.db",
        N_(
            "The database: sqlite:///PATH or postgresql://USER@HOST/DATABASE. The environment"
            " variable CRM_DB overrides it. A relative path starts at the folder of this file."
        ),
        kinds.database_url,
    ),
    Key(
        "database",
        "backups",
        N_("folder"),
        "~/.local/share/crm/backups",
        N_(
            "Where a backup is put before the database is changed to a newer version. The last"
            " three of each database are kept."
        ),
        kinds.path,
    ),
    Key(
        "general",
        "home_country",
        N_("country code"),
        "auto",
        N_(
            'The country of phone numbers written without one, as two letters ("US", "DE", "CN").'
            ' "auto" takes it from the locale, and US if the locale names none.'
        ),
        kinds.home_country,
    ),
    Key(
        "general",
        "language",
        N_("word"),
        "auto",
        N_('"en" English, "zh" Chinese, "auto" the language of the locale.'),
        kinds.one_of("auto", "en", "zh"),
    ),
    Key(
        "general",
        "time_zone",
        N_("time zone"),
        "local",
        N_(
            'The zone in which times are shown, such as "Europe/Zurich"; "local" is the machine\'s.'
        ),
        kinds.time_zone,
    ),
    Key(
        "general",
        "date_style",
        N_("word"),
        "iso",
        N_(
            'How dates are shown: "iso" 2026-01-31, "dmy" 31.01.2026, "mdy" 01/31/2026,'
            ' "zh" 2026年1月31日.'
        ),
        kinds.one_of("iso", "dmy", "mdy", "zh"),
    ),
    Key(
        "general",
        "keep_deleted_days",
        N_("number"),
        90,
        N_(
            "Days that deleted customers stay in the recycle bin before `crm bin purge` removes"
            " them for good; 0 keeps them for ever."
        ),
        kinds.whole(0, 36500),
    ),
    Key(
        "ui",
        "theme",
        N_("word"),
        "midnight",
        N_("The colours, by the name of a theme that is shipped or lies in themes_dir."),
        kinds.text,
    ),
    Key(
        "ui",
        "themes_dir",
        N_("folder"),
        "~/.config/crm/themes",
        N_("The folder of your own themes, one TOML file each."),
        kinds.path,
    ),
    Key(
        "ui",
        "columns",
        N_("list of fields"),
        ["name", "organization", "phone", "email", "city", "status", "last_contact"],
        N_(
            "The columns of the customer list, from left to right; those that do not fit are left"
            " out."
        ),
        kinds.names,
    ),
    Key(
        "ui",
        "follow_up_fields",
        N_("list of fields"),
        ["status", "category", "tags"],
        N_("The customer fields that the form for a call offers to change at once."),
        kinds.names,
    ),
    Key(
        "ui",
        "mouse",
        N_("true or false"),
        False,
        N_("Use the mouse in the app. Off, the terminal selects and copies text as usual."),
        kinds.flag,
    ),
    Key(
        "ui",
        "kitty_keys",
        N_("true or false"),
        False,
        N_(
            "Ask the terminal for the Kitty keyboard protocol. It breaks Chinese input in some"
            " terminals."
        ),
        kinds.flag,
    ),
    Key(
        "ui",
        "animations",
        N_("true or false"),
        False,
        N_("Animate scrolling and blink the cursor, at the price of traffic over SSH."),
        kinds.flag,
    ),
    Key(
        "picklists",
        "statuses",
        N_("list of choices"),
        _raw(STATUSES),
        N_("Where a customer stands."),
        kinds.picklist(STATUSES),
    ),
    Key(
        "picklists",
        "categories",
        N_("list of choices"),
        _raw(CATEGORIES),
        N_("What kind of customer it is."),
        kinds.picklist(CATEGORIES),
    ),
    Key(
        "picklists",
        "sources",
        N_("list of choices"),
        _raw(SOURCES),
        N_("Where a customer came from."),
        kinds.picklist(SOURCES),
    ),
    Key(
        "picklists",
        "dispositions",
        N_("list of choices"),
        _raw(DISPOSITIONS),
        N_("How a call or another contact ended; key is the letter that chooses it in the form."),
        kinds.picklist(DISPOSITIONS, with_keys=True),
    ),
    Key(
        "paths",
        "state_dir",
        N_("folder"),
        "~/.local/state/crm",
        N_("Where drafts of half-written forms are kept."),
        kinds.path,
    ),
    Key(
        "paths",
        "log_file",
        N_("file"),
        "~/.local/state/crm/crm.log",
        N_("Where the program writes what went wrong."),
        kinds.path,
    ),
)

BY_PATH: dict[str, Key] = {key.path: key for key in KEYS}
