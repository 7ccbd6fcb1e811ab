"""What a header means by its words, where nobody has listed it as a whole.

A header is split into words ("ownerFirstName", "Tel. (home)", "_address_country_id"), the words are
spelled as the lexicon spells them, words for the person in general go ("Guest", "Invitee"), "A of
B" becomes "B A", alternatives ("Company / Agency") are read one by one, and a slip of the pen is
forgiven where only one known header is near. A header about somebody or something else, or about
an attribute of a value ("Email status"), is left alone: no field is better than a wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_crm.text.fold import fold

if TYPE_CHECKING:
    from tui_crm.exchange.mapping.lexicon import Meaning


_SPLIT = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)")
_E_MAIL = re.compile(r"\be[-_ ]mail", re.I)
_ALTERNATIVES = re.compile(r"\s*[/|&,、／]\s*|\s+(?:and|or)\s+", re.I)
_HAN = re.compile("[\u4e00-\u9fff]")
_SPELLED = {
    "addr": "address", "adr": "address", "tel": "phone", "ph": "phone", "telephone": "phone",
    "fon": "phone", "mob": "mobile", "cell": "mobile", "cellular": "mobile", "num": "number",
    "no": "number", "nr": "number", "ref": "number", "reference": "number", "org": "organization",
    "organisation": "organization", "co": "company", "acct": "account", "cust": "customer",
    "desc": "description", "descr": "description", "fname": "firstname", "lname": "lastname",
    "pcode": "postcode", "mail": "email", "ctry": "country", "prov": "province",
}  # fmt: skip
_PERSONS = frozenset(
    {"applicant", "attendee", "buyer", "cardholder", "client", "constituent", "contact", "customer",
     "delegate", "donor", "guest", "insured", "invitee", "lead", "member", "participant",
     "passenger", "patient", "person", "policyholder", "prospect", "purchaser", "recipient",
     "registrant", "shopper", "student", "subscriber", "tenant", "visitor"}
)  # fmt: skip
_HAVE_IDS = frozenset(
    {"account", "ad", "adset", "campaign", "card", "category", "company", "currency", "deal",
     "department", "device", "email", "folder", "form", "group", "industry", "job", "list",
     "opportunity", "organization", "page", "payment", "plan", "price", "segment", "session",
     "shop", "source", "stage", "state", "country", "subscription", "tag", "tax", "team",
     "template", "territory", "ticket", "transaction", "vat", "website", "workspace"}
)  # fmt: skip
_MAY_BE_FIRMS = frozenset({"buyer", "client", "customer", "purchaser", "prospect"})
_LINES = frozenset({"street", "address", "line"})
_FILLERS = frozenset(
    {"a", "an", "are", "based", "enter", "for", "in", "is", "me", "our", "please", "preferred",
     "the", "what", "which", "you", "your", "provide", "s", "do", "live"}
)  # fmt: skip
_ATTRIBUTES = frozenset(
    {"amount", "balance", "bounced", "change", "confidence", "confirmed", "consent", "count",
     "date", "enabled", "flag", "format", "hash", "language", "list", "optin", "optout", "owner",
     "permission", "preference", "score", "status", "time", "timestamp", "token", "total", "type",
     "update", "url", "valid", "verified", "year"}
)  # fmt: skip
_ELSE = frozenset(
    {"agent", "agency", "assistant", "bank", "branch", "caller", "child", "created", "creator",
     "driver", "emergency", "employee", "event", "father", "former", "guarantor", "guardian",
     "host", "inferred", "ip", "manager", "modified", "mother", "next", "order",
     "owner", "parent", "pet", "policy", "previous", "product", "project", "property", "referrer",
     "rep", "reporter", "salesperson", "sender", "site", "spouse", "store", "supervisor",
     "supplier", "updated", "user", "vehicle", "vendor", "venue", "vet"}
)  # fmt: skip
ELSE_ZH = re.compile(
    "法人|法定|配偶|父|母|家长|介绍|推荐|担保|开票|发票|产品|商品|项目|订单|合同|数据|创建|修改|更新|操作|录入"
    "|户籍|身份证|业务员|销售员|导购|客服|客户经理|代理|送修人|被保险人|受益人"
    "|司机|助理|秘书|领导|上级|经办|银行|开户|员工|是否|最后|最近|上次|下次|设备|登录|[iI][pP]|网|曾|原|前"
)
"""Words that say that a header in Chinese is about another person or thing than the customer."""
_OF_OWNERS = ("fullname", "name", "emailaddress", "email", "mail")
_YES_OR_NO = frozenset({"is", "has", "was", "can", "not", "accepts", "allow", "receive", "opted"})
_NAMED = frozenset({"status", "source", "city", "country", "state", "team", "tags", "category"})
_PLACES = frozenset({"country", "state", "city"})
_SAID_BY = {"id": _PLACES, "name": _NAMED, "label": _NAMED}
_ONE_OF_SEVERAL = frozenset(
    {"street", "city", "state", "postcode", "country", "phones", "emails", "handles"}
)
_NOTES = frozenset({"comment", "feedback", "message", "note", "question", "remark"})
_FURTHER = frozenset({"information", "info", "detail"})
_PLAIN_NOTES = _PERSONS | {
    "additional",
    "extra",
    "further",
    "general",
    "internal",
    "other",
    "private",
    "sales",
    "short",
}
_WHAT_ONE_DOES = re.compile(r"\s+(?:that\s+|where\s+)?you\s+(?:work|live|represent|are)\b.*", re.I)
_HEARD = frozenset({"hear", "heard", "find", "found", "learn", "discover"})
_ASKED_ZH = re.compile("(?:哪里|哪儿|何处|如何|怎么|怎样|什么渠道).*(?:得知|了解|知道|找到|认识)")
_RECORD_ZH = re.compile("(?:用户|客户|会员|联系人|记录|粉丝|顾客|买家|线索|唯一)(?:id|标识)", re.I)
_FOLLOWED_ZH = re.compile(
    "(?:跟进|沟通|联系|拜访|回访|洽谈|交流)(?:情况|内容|结果|进展|说明|备注|纪要)"
    "|您?(?:想|希望).*(?<!日)(?<!日期)(?<!时间)"
)
_FIRM_ZH = re.compile(
    "(?:经销商|代理商|渠道商|分销商|厂商|厂家|商户|终端|网点|合作伙伴|合作方|甲方|采购方)(?:名称|全称)?"
)
_PERSON_ZH = re.compile(
    "投保人|车主|业主|学员|患者|病人|买家|顾客|住户|房客|持卡人|收货人|收件人|报名人"
)
_NAMED_ZH = re.compile("(.+?)(?:姓名|名称|名字|邮箱|邮件)")
_NUMBER_ZH = re.compile(
    "(?:客户|会员|学员|患者|业主|往来单位|买家|商户|供应商)(?:的|卡|档案)?(?:编号|编码|代码|代号|号码|号)"
)
_IN_CHARGE_ZH = re.compile(
    "(?:所属|专属|归属|负责|跟进|服务|分管|对接|维护|签约|指派|分配)(?:的|门店)?(.+)"
)
_OUR_TEAM_ZH = re.compile(
    "(?:分管|归属|所属|负责|跟进|销售|业务|营销|市场)(?:部门|部|团队|小组|组)"
)
_WAY_ZH = re.compile("(.+?)(?:方式|类型|途径|渠道|明细|详情|说明)")
_COLUMN_ZH = re.compile("(.{2,}?)(?:一栏|栏|栏位|字段|列)")
# Other words for the same, in Taiwan, in Hong Kong, or in the mouths of shops.
_SAME_ZH = (
    ("联络", "联系"), ("连络", "联系"), ("联系窗口", "联系人"), ("信箱", "邮箱"), ("管道", "渠道"),
    ("资讯", "信息"), ("讯息", "信息"), ("行动电话", "手机"), ("顾客", "客户"), ("客人", "客户"),
    ("用户", "客户"), ("称呼", "称谓"), ("帐号", "账号"), ("阶级", "等级"), ("层级", "等级"),
    ("统一编号", "税号"),
)  # fmt: skip
_CHOICES_ZH = re.compile(r"(?<=[\u4e00-\u9fff])\s*[A-Za-z](?:\s*[/、,，]\s*[A-Za-z])+$")
_NOT_SLIPS = frozenset({"contract", "religion"})
_SHORTEST_SLIP = 6


@dataclass(frozen=True, slots=True)
class Known:
    """What the lexicon tells of squeezed headers.

    `look` gives the meaning of one, `goes_before` says whether a word says whose or which one
    something is ("home"), `headers` gives those with a first and a last letter.
    """

    look: Callable[[str], Meaning | None]
    goes_before: Callable[[str], bool]
    headers: Callable[[str, str], Iterable[str]]


def words_of(header: str) -> list[str]:
    """The words of a header, folded and spelled as the lexicon spells them."""
    header = _E_MAIL.sub("email", header)
    header = _WHAT_ONE_DOES.sub("", header)
    found = [_SPELLED.get(word, word) for word in map(fold, _SPLIT.split(header)) if word]
    # "Street address line 1" is the first line of an address, however many words say so.
    lines = [n for n, word in enumerate(found) if word in _LINES]
    if len(lines) > 1 and lines[-1] - lines[0] == len(lines) - 1:
        found[lines[0] : lines[-1] + 1] = ["address"]
    return [word for n, word in enumerate(found) if found[n - 1 : n] != [word]]


def is_of_somebody_else(header: str) -> bool:
    """Whether a header speaks of another person or thing than the customer, or of an attribute."""
    if _HAN.search(header) and ELSE_ZH.search(header):
        return True
    found = words_of(header)
    if not found:
        return False
    return found[-1] in _ATTRIBUTES or found[0] in _YES_OR_NO or not _ELSE.isdisjoint(found)


def names_a_record(header: str) -> bool:
    """Whether a header is the id of the person in a program: "ZoomInfo Contact ID", "Oracle_Id"."""
    if _RECORD_ZH.fullmatch(header.strip()):
        return True
    found = words_of(header)
    if not found or found[-1] not in ("id", "uid", "uuid", "guid"):
        return False
    if len(found) == 1 or found[-2] in _PERSONS:
        return True
    return len(found) == 2 and found[0] not in _HAVE_IDS | _ELSE | _ATTRIBUTES


def by_words(header: str, lex: Known) -> Meaning | None:
    """What the words of a header say."""
    if _HAN.search(header):
        return _chinese(fold(header).strip("：:？?。 *"), lex)
    return _alternatives(header, lex) or _composed(words_of(header), lex)


def _chinese(header: str, lex: Known) -> Meaning | None:
    """The meaning of a header in Chinese that is a question, a choice or a compound."""
    if _ASKED_ZH.search(header):
        return lex.look("source")
    if _FOLLOWED_ZH.fullmatch(header):
        return lex.look("notes")
    if _FIRM_ZH.fullmatch(header):
        return lex.look("客户名称")
    if _PERSON_ZH.fullmatch(header):
        return lex.look("姓名")
    if named := _NAMED_ZH.fullmatch(header):
        known = lex.look(fold(named[1]))
        if known is not None and known.field == "owner":
            return known
    if _NUMBER_ZH.fullmatch(header):
        return lex.look("客户编号")
    for form, field in ((_IN_CHARGE_ZH, "owner"), (_WAY_ZH, "source")):
        if part := form.fullmatch(header):
            known = lex.look(fold(part[1]))
            if known is not None and known.field == field:
                return known
    if _OUR_TEAM_ZH.fullmatch(header):
        return lex.look("团队")
    if named := _COLUMN_ZH.fullmatch(header):
        return lex.look(fold(named[1]))
    usual = fold(header)
    for other, word in _SAME_ZH:
        usual = usual.replace(other, word)
    return lex.look(_CHOICES_ZH.sub("", usual)) or _alternatives(header, lex)


def _alternatives(header: str, lex: Known) -> Meaning | None:
    """The one meaning of "A / B", where no two alternatives say something different."""
    parts = [part for part in _ALTERNATIVES.split(header) if part.strip()]
    if len(parts) < 2:
        return None
    read = (_composed(words_of(part), lex, slips=False) for part in parts)
    found = [meaning for meaning in read if meaning is not None]
    return found[0] if found and len({meaning.field for meaning in found}) == 1 else None


def _composed(found: Sequence[str], lex: Known, slips: bool = True) -> Meaning | None:
    """The meaning of words in the order of a header."""
    if "how" in found and not _HEARD.isdisjoint(found):
        return lex.look("source")
    if owner := _owner(found, lex):
        return owner
    if not found or found[0] in _YES_OR_NO or not _ELSE.isdisjoint(found):
        return None
    for words in (found, _turned(found)):
        plain = _singular([word for word in words if word not in _FILLERS])
        if known := _of_person(plain, lex):
            return known
    if found[-1] in _ATTRIBUTES:
        return None
    if plain and (set(plain[:-1]) <= _PLAIN_NOTES and plain[-1] in _NOTES | _FURTHER):
        return lex.look("notes")
    known = _behind(plain, lex) or _ended(plain, lex)
    return known or (_slip("".join(plain), lex) if slips else None)


def _of_person(found: Sequence[str], lex: Known) -> Meaning | None:
    """The meaning of the words as they stand, or of what is behind a word for the person."""
    if known := lex.look("".join(found)):
        return known
    if len(found) < 2 or found[0] not in _PERSONS:
        return None
    rest = "".join(found[1:])
    if rest == "name" and found[0] not in _MAY_BE_FIRMS:
        return lex.look("personname")
    return lex.look("customer" + rest) or lex.look(rest)


def _ended(found: Sequence[str], lex: Known) -> Meaning | None:
    """The meaning before a word that adds nothing: "country id", "source name"."""
    fields = (
        {"id": _PLACES, "name": _NAMED, "label": _NAMED}.get(found[-1]) if len(found) > 1 else None
    )
    known = lex.look("".join(found[:-1])) if fields else None
    return known if known is not None and fields and known.field in fields else None


def _behind(found: Sequence[str], lex: Known) -> Meaning | None:
    """The meaning where the word that says which one stands behind: "City - Home"."""
    for length in (2, 1):
        tail = "".join(found[-length:])
        if len(found) > length and (lex.goes_before(tail) or lex.goes_before(tail + "s")):
            known = lex.look(tail + "".join(found[:-length]))
            if known is not None and known.field in _ONE_OF_SEVERAL:
                return known
    return None


def _owner(found: Sequence[str], lex: Known) -> Meaning | None:
    """The owner, from "Lead owner e-mail address" or "Sales rep name"."""
    key = "".join(found)
    for ending in _OF_OWNERS:
        if key.endswith(ending):
            known = lex.look(key.removesuffix(ending))
            return known if known is not None and known.field == "owner" else None
    return None


def _turned(found: Sequence[str]) -> list[str]:
    """ "Country of residence" as "residence country", and "name of company" as "company name"."""
    if "of" not in found[1:-1]:
        return list(found)
    place = found.index("of")
    if found[place + 1 :] in (["residence"], ["contact"], ["origin"]):
        return list(found[:place])
    return [*found[place + 1 :], *found[:place]]


def _singular(found: Sequence[str]) -> list[str]:
    """Words without the ending of a plural."""

    def one(word: str) -> str:
        if word.endswith("ies") and len(word) > 4:
            return word[:-3] + "y"
        plural = word.endswith("s") and len(word) > 3 and word[-2] not in "siu"
        return word[:-1] if plural else word

    return list(map(one, found))


def _slip(key: str, lex: Known) -> Meaning | None:
    """The meaning of the only known header that is one slip of the pen away ("Adress")."""
    if len(key) < _SHORTEST_SLIP or key in _NOT_SLIPS:
        return None
    from rapidfuzz.distance import OSA

    near = {
        meaning
        for known in lex.headers(key[0], key[-1])
        if len(known) >= _SHORTEST_SLIP
        and OSA.distance(key, known, score_cutoff=1) == 1
        and (meaning := lex.look(known)) is not None
    }
    return near.pop() if len(near) == 1 else None


def is_form_of_address(texts: Collection[str]) -> bool:
    """Whether the values of a column are "Mr", "Dr." and the like."""
    return bool(texts) and all(fold(text).strip(". ") in _ADDRESSED for text in texts)


_ADDRESSED = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "madam", "rev", "herr",
     "frau", "mme", "m", "mlle", "monsieur", "madame", "sr", "sra", "dhr", "mevr", "先生", "女士",
     "小姐", "太太", "博士", "教授", "老师"}
)  # fmt: skip

OF_FIRMS = frozenset(
    {"accountname", "annualrevenue", "numberofemployees", "noofemployees", "numemp", "employees",
     "employeecount", "siccode", "naicscode",
     "注册资本", "注册资金", "法定代表人", "员工人数", "人员规模", "公司规模",
     "企业规模", "统一社会信用代码", "纳税人识别号"}
)  # fmt: skip
"""Squeezed headers of what firms have and people have not."""
