"""The field registry: every field of every entity, described once.

Forms, batch edit, import mapping, export, the query language, ``key=value`` on the command
line, validation, history labels and search read this description; none keeps a list of its own.
A custom field is a row in the same registry (`Registry.with_custom`), so it works everywhere
on the day it is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from tui_crm.core.rows import Entity
from tui_crm.text import i18n

FieldType = Literal[
    "text",  # one line
    "multiline",
    "choice",  # one of a picklist
    "user",  # a login
    "team",  # a team's name
    "date",  # YYYY-MM-DD
    "datetime",  # ISO, UTC
    "number",
    "bool",
    "organization",  # the name of an organisation
    "tags",  # a list of labels
    "phones",  # lists of contact points
    "emails",
    "handles",
]

LIST_TYPES = frozenset({"tags", "phones", "emails", "handles"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its key, labels, type, and what may be done with it."""

    name: str
    label_en: str
    label_zh: str
    type: FieldType = "text"
    entity: Entity = "customer"
    section: str = "main"  # where forms put it: main | reach | address | class | more | custom
    picklist: str = ""  # name of the picklist of a choice field
    required: bool = False
    searchable: bool = False  # its words are found by search
    editable: bool = True  # may be written by users
    batch: bool = True  # may be written for many records at once
    column: str = ""  # column of the entity's table; '' for lists and custom values
    custom: bool = False
    choices: tuple[str, ...] = ()  # of a custom choice field
    synonyms: tuple[str, ...] = ()  # header spellings that mean this field, folded, en and zh
    sensitivity: Literal["open", "personal"] = "open"
    max_length: int = 500  # in characters

    @property
    def label(self) -> str:
        """The label in the user's language."""
        return self.label_zh if i18n.language() == "zh" else self.label_en

    @property
    def is_list(self) -> bool:
        """Whether the value is a list of texts."""
        return self.type in LIST_TYPES


# fmt: off
_CUSTOMER = (
    Field("id", "Id", "编号", "number", section="more", editable=False, batch=False, column="id"),
    Field(
        "account_no",
        "Account no.",
        "客户编号",
        section="more",
        searchable=True,
        batch=False,
        column="account_no",
        max_length=60,
        synonyms=("account", "account no", "account number", "customer no", "客户编号", "客户号"),
    ),
    Field(
        "external_id",
        "External id",
        "外部编号",
        section="more",
        searchable=True,
        batch=False,
        column="external_id",
        max_length=200,
        synonyms=("external id", "record id", "外部编号", "外部id"),
    ),
    Field(
        "name",
        "Name",
        "姓名",
        section="main",
        required=True,
        searchable=True,
        batch=False,
        column="name",
        max_length=20_000,
        synonyms=("name", "full name", "display name", "customer name", "客户名称", "姓名", "名称"),
    ),
    Field(
        "kind",
        "Kind",
        "类型",
        "choice",
        picklist="kind",
        section="class",
        column="kind",
        synonyms=("kind", "type", "customer type", "类型", "客户类型"),
    ),
    Field(
        "organization",
        "Organisation",
        "公司",
        "organization",
        section="main",
        searchable=True,
        column="organization",
        max_length=20_000,
        synonyms=(
            "organization", "organisation", "company", "company name", "account name", "employer",
            "公司", "公司名称", "单位", "所属公司",
        ),
    ),
    Field(
        "title",
        "Title",
        "职位",
        section="main",
        searchable=True,
        column="title",
        synonyms=("title", "job title", "position", "职位", "职务"),
    ),
    Field(
        "phones",
        "Phones",
        "电话",
        "phones",
        section="reach",
        searchable=True,
        sensitivity="personal",
        synonyms=("phone", "phones", "phone number", "mobile", "telephone", "tel",
                  "电话", "手机", "手机号", "联系电话"),
    ),
    Field(
        "emails",
        "E-mails",
        "邮箱",
        "emails",
        section="reach",
        searchable=True,
        sensitivity="personal",
        synonyms=("email", "e-mail", "emails", "email address", "e-mail address",
                  "邮箱", "电子邮箱", "邮件"),
    ),
    Field(
        "handles",
        "Handles",
        "即时通讯",
        "handles",
        section="reach",
        searchable=True,
        sensitivity="personal",
        synonyms=("handle", "handles", "wechat", "qq", "im", "微信", "即时通讯"),
    ),
    Field("street", "Street", "街道", section="address", column="street",
          synonyms=("street", "address", "street address", "地址", "街道", "详细地址")),
    Field("postcode", "Postcode", "邮编", section="address", column="postcode",
          synonyms=("postcode", "zip", "zip code", "postal code", "邮编", "邮政编码")),
    Field("city", "City", "城市", section="address", searchable=True, column="city",
          synonyms=("city", "town", "城市", "市")),
    Field("state", "State", "省份", section="address", column="state",
          synonyms=("state", "province", "region", "省", "省份")),
    Field("country", "Country", "国家", section="address", column="country",
          synonyms=("country", "country/region", "国家")),
    Field("birthday", "Birthday", "生日", "date", section="more", column="birthday",
          sensitivity="personal",
          synonyms=("birthday", "date of birth", "birth date", "生日", "出生日期")),
    Field("category", "Category", "分类", "choice", picklist="category", section="class",
          column="category", synonyms=("category", "class", "客户分类", "客户类别", "分类")),
    Field("status", "Status", "状态", "choice", picklist="status", section="class", column="status",
          synonyms=("status", "customer status", "状态", "客户状态")),
    Field("source", "Source", "来源", "choice", picklist="source", section="class", column="source",
          synonyms=("source", "lead source", "channel", "来源", "客户来源")),
    Field("owner", "Owner", "负责人", "user", section="class", column="owner_id",
          synonyms=("owner", "account owner", "assigned to", "负责人", "所有者", "客户经理")),
    Field("team", "Team", "团队", "team", section="class", column="team_id",
          synonyms=("team", "department", "团队", "部门")),
    Field("tags", "Tags", "标签", "tags", section="class", searchable=True,
          synonyms=("tags", "tag", "labels", "label", "标签")),
    Field("needs", "Needs", "需求", "multiline", section="more", column="needs", max_length=100_000,
          synonyms=("needs", "requirements", "notes", "需求", "备注")),
    Field("last_contact", "Last contact", "最近联系", "datetime", section="more", editable=False,
          batch=False, column="last_contact"),
    Field("created_at", "Created", "创建时间", "datetime", section="more", editable=False,
          batch=False, column="created_at"),
    Field("updated_at", "Updated", "更新时间", "datetime", section="more", editable=False,
          batch=False, column="updated_at"),
    Field("version", "Version", "版本", "number", section="more", editable=False, batch=False,
          column="version"),
)

_INTERACTION = (
    Field("kind", "Kind", "方式", "choice", "interaction",
          picklist="interaction_kind", column="kind"),
    Field("direction", "Direction", "方向", "choice", "interaction",
          picklist="direction", column="direction"),
    Field("disposition", "Outcome", "结果", "choice", "interaction",
          picklist="disposition", column="disposition"),
    Field("started_at", "Start", "开始时间", "datetime", "interaction", column="started_at"),
    Field("duration", "Duration", "时长", "number", "interaction", column="duration"),
    Field("subject", "Subject", "主题", "text", "interaction", column="subject"),
    Field("note", "Note", "内容", "multiline", "interaction", column="note", max_length=1_000_000),
)

_TASK = (
    Field("title", "Next step", "下一步", "text", "task", column="title", required=True),
    Field("note", "Note", "备注", "multiline", "task", column="note", max_length=100_000),
    Field("due_at", "Due", "到期", "datetime", "task", column="due_at"),
    Field("due_has_time", "Due time", "到期时刻", "bool", "task", column="due_has_time"),
    Field("priority", "Priority", "优先级", "number", "task", column="priority"),
    Field("assignee", "Assignee", "执行人", "user", "task", column="assignee_id"),
    Field("done_at", "Done", "完成时间", "datetime", "task", column="done_at"),
)
# fmt: on


SINGLES = {"phone": "phones", "email": "emails", "tag": "tags"}
"""Single values of list fields, as lists of customers show them."""


@dataclass(frozen=True)
class Registry:
    """The fields of every entity, in the order in which forms show them."""

    fields: tuple[Field, ...] = _CUSTOMER + _INTERACTION + _TASK
    _by_name: dict[tuple[str, str], Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {(f.entity, f.name): f for f in self.fields})

    def of(self, entity: Entity = "customer") -> Iterator[Field]:
        """The fields of an entity, in form order."""
        return (f for f in self.fields if f.entity == entity)

    def get(self, name: str, entity: Entity = "customer") -> Field | None:
        """The field of that name, or None."""
        return self._by_name.get((entity, name))

    def of_column(self, name: str) -> Field | None:
        """The field that a column of a list shows: "phone" is the first of `phones`."""
        return self.get(SINGLES.get(name, name))

    def names(self, entity: Entity = "customer") -> tuple[str, ...]:
        """The names of an entity's fields."""
        return tuple(f.name for f in self.of(entity))

    def with_custom(self, custom: Iterable[Field]) -> Registry:
        """This registry with custom fields behind the built-in ones of the customer."""
        extra = tuple(replace(f, custom=True, section="custom", column="") for f in custom)
        return Registry(self.fields + extra)

    def by_synonym(self) -> Mapping[str, Field]:
        """Header spellings (folded) of customer fields, for imports and the command line."""
        table: dict[str, Field] = {}
        for item in self.of("customer"):
            for spelling in (item.name, item.label_en.casefold(), item.label_zh, *item.synonyms):
                table.setdefault(spelling, item)
        return table


BUILT_IN = Registry()
