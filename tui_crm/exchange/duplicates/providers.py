"""Mail providers at which everybody may have an address."""

FREE_MAIL = frozenset(
    (
        "gmail.com", "googlemail.com", "yahoo.com", "hotmail.com", "outlook.com", "live.com",
        "msn.com", "icloud.com", "me.com", "aol.com", "mail.com", "gmx.de", "gmx.net", "web.de",
        "qq.com", "163.com", "126.com", "sina.com", "foxmail.com", "yeah.net", "139.com",
    )
)  # fmt: skip
"""An address there says nothing about whom somebody works for."""

FIRM = 3
"""A domain of so many addresses is no typing error of another such."""

PROVIDER = 10
"""Where people of so many companies have their addresses, everybody may have one."""
