"""Where files live when the user says nothing, and what the locale tells.

The folders follow the XDG base directory specification on Linux and the custom of the system on
macOS and Windows, the same places as platformdirs gives, computed here because importing it costs
more than reading the whole configuration.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

_XDG = {
    "config": ("XDG_CONFIG_HOME", ".config"),
    "data": ("XDG_DATA_HOME", ".local/share"),
    "state": ("XDG_STATE_HOME", ".local/state"),
}


def home(env: Mapping[str, str]) -> Path:
    """The user's home folder."""
    return Path(env["HOME"]) if env.get("HOME") else Path.home()


def folder(kind: str, env: Mapping[str, str]) -> Path:
    """The program's own folder for `kind`: "config", "data" or "state"; it may not exist yet."""
    variable, below_home = _XDG[kind]
    # The specification says that a relative path in these variables is to be ignored.
    if env.get(variable) and Path(env[variable]).is_absolute():
        return Path(env[variable]) / "crm"
    if sys.platform == "darwin":
        return home(env) / "Library" / "Application Support" / "crm"
    if sys.platform == "win32" and env.get("LOCALAPPDATA"):
        return Path(env["LOCALAPPDATA"]) / "crm"
    return home(env) / below_home / "crm"


def absolute(text: str, base: Path, env: Mapping[str, str]) -> Path:
    """The path that `text` names: `~` is the home folder, a relative path starts at `base`."""
    if text == "~" or text.startswith("~/"):
        return home(env) / text[2:]
    return base / text


def country(env: Mapping[str, str]) -> str:
    """The ISO country code of the locale ("CH" for de_CH.UTF-8); "US" when it names none.

    LC_ALL, then LC_TELEPHONE, which is the category for telephone numbers, then LANG.
    """
    for variable in ("LC_ALL", "LC_TELEPHONE", "LANG"):
        locale = env.get(variable, "").partition(".")[0].partition("@")[0]
        _language, _separator, territory = locale.partition("_")
        if territory in COUNTRIES:
            return territory
    return "US"


# ISO 3166-1 alpha-2, and XK, which the numbering plans use for Kosovo.
COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ
    EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW
    GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY
    KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY
    QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG
    TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA
    ZM ZW
    """.split()  # noqa: SIM905 - a list literal would be 250 lines
)
