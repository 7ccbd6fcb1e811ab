"""What the headers of other programs mean: English and Chinese words for columns.

The field registry lists the plain spellings of its fields. Here is what a registry cannot say: that
a column is a part of a name or one of several addresses, that a number has a label, that a column
is something for which there is no field. Headers are compared without case, blanks and
punctuation, so that "LASTNAME", "last_name" and "Last Name" are one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from tui_crm.core.fields import BUILT_IN
from tui_crm.text.fold import fold


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a header says.

    `field` is a name of the registry, "" for what has no field. `part` is a part of a name (see
    `names.PARTS`, "customer" for a name that may be a firm's), of a day ("year") or "label" for a
    column that labels another one. `label` goes before a contact point; `group` says which of
    several addresses it is. `weak` headers need values that agree.
    """

    field: str
    part: str = ""
    label: str = ""
    group: str = ""
    weak: bool = False


# One line for each meaning; words are separated by blanks.
_WORDS: tuple[tuple[Meaning, str], ...] = (
    (Meaning("name", "given"), "firstname givenname forename fname christianname 名 名字"),
    (Meaning("name", "family"), "lastname familyname surname lname 姓 姓氏"),
    (Meaning("name", "middle"), "middlename secondname middleinitial additionalname 中间名"),
    (Meaning("name", "prefix"), "prefix nameprefix salutation honorific courtesytitle 称谓 尊称"),
    (Meaning("name", "suffix"), "suffix namesuffix"),
    (Meaning("name", "nickname"), "nickname nick alias 昵称"),
    (Meaning("name"), "name fullname displayname contact contactname contactperson personname person"
     " contactfullname leadname primarycontact primarycontactname nameofcontact maincontact fileas"
     " 姓名 联系人 联系人姓名 联系人名称 首要联系人 主要联系人 主联系人 客户联系人 客户姓名 会员姓名 参会人"
     " 中文姓名 真实姓名 收货人 收货人姓名 客户联系 参会人员 参展人 嘉宾姓名 人员姓名 第一联系人"),
    (Meaning("name", "customer"), "customername customer clientname client accountname account名称"
     " businesspartner partnername 客户名称 客户 客户名 名称 客户全称 往来单位 客户公司 会员名称"
     " 供应商名称 公司客户名称 客户公司名称"),
    (Meaning("organization"), "organization organisation organizationname organisationname company"
     " companyname employer employername business businessname firm firmname workplace"
     " currentcompany companyorganization companyororganization associatedcompany"
     " associatedcompanyprimary primarycompany associatedcompanynames 公司 公司名称 单位 单位名称 企业 企业名称 所属公司 所属客户"
     " 所在公司 所在单位 工作单位 公司全称 机构 机构名称 企业全称 单位全称 就职公司 任职公司 组织 商户名称"),
    (Meaning("title"), "title jobtitle position job jobposition occupation profession role jobrole"
     " designation headline 职位 职务 职称 岗位 头衔 职衔 职业"),
    (Meaning("phones"), "phone phones phonenumber phonenumbers phoneno telephone telephoneno"
     " telephonenumber tel telno telnumber contactnumber contactno contactphone phone number"
     " otherphonenumbers allphones 电话 电话号码 联系电话 联系方式 联络电话 客户电话 联系号码 电话号 联系人电话"),
    (Meaning("phones", label="mobile"), "mobile mobilephone mobilenumber mobileno cell cellphone"
     " cellular cellnumber handphone iphone smartphone mobilephonenumber cellphonenumber"
     " 手机 手机号 手机号码 移动电话 移动号码 联系手机 手机电话 联系人手机 联系人手机号 手机1"),
    (Meaning("phones", label="work"), "workphone businessphone officephone workphonenumber"
     " companyphone companymainphone businesstelephone businesstelephonenumber worktelephone work"
     " officetelephone directline directphone 办公电话 工作电话 公司电话 单位电话 企业电话 办公室电话 座机"
     " 固话 固定电话 座机号码 固话号码 座机电话"),
    (Meaning("phones", label="home"), "homephone hometelephone home privatephone homephonenumber"
     " 家庭电话 住宅电话 宅电"),
    (Meaning("phones", label="fax"), "fax faxnumber faxno workfax businessfax 传真 传真号码 传真号 公司传真"),
    (Meaning("phones", label="home fax"), "homefax"),
    (Meaning("phones", label="other"), "otherphone otherfax alternatephone secondaryphone altphone"
     " additionalphone 其他电话 其它电话 备用电话 第二电话"),
    (Meaning("phones", label="car"), "carphone"),
    (Meaning("phones", label="pager"), "pager pagernumber"),
    (Meaning("phones", label="main"), "primaryphone mainphone"),
    (Meaning("emails"), "email emails emailaddress emailaddresses mail mailaddress emailid"
     " primaryemail mainemail nonprimaryemails alternateemails additionalemails"
     " 邮箱 电子邮箱 邮件 电子邮件 邮箱地址 邮件地址 电邮 电子邮件地址 电子邮箱地址 email地址 email邮箱 邮箱号"),
    (Meaning("emails", label="other"), "otheremail secondaryemail alternateemail additionalemail"
     " 其他邮箱 备用邮箱"),
    (Meaning("handles"), "handle handles im instantmessenger instantmessage imaddress screenname"
     " 即时通讯 即时通信"),
    (Meaning("handles", label="WeChat"), "wechat wechatid weixin wechataccount 微信 微信号 微信账号"),
    (Meaning("handles", label="QQ"), "qq qq号 qq号码 qqnumber"),
    (Meaning("handles", label="WhatsApp"), "whatsapp whatsappnumber"),
    (Meaning("handles", label="Skype"), "skype skypeid skypename skypeusername"),
    (Meaning("handles", label="Telegram"), "telegram telegramid"),
    (Meaning("handles", label="LINE"), "lineid"),
    (Meaning("handles", label="WeCom"), "企业微信 企业微信号"),
    (Meaning("handles", label="DingTalk"), "钉钉 钉钉号"),
    (Meaning("handles", label="AIM"), "aimscreenname"),
    (Meaning("handles", "any"), "qqemail qqmsn qq微信 微信qq qq微信email 微信qqemail qqmsnemail"),
    (Meaning("street"), "street streetaddress address addressline address1 addressline1"
     " address2 addressline2 addressline3 address3 street1 street2 street3 streetaddress1 streetaddress2"
     " postaladdress formattedaddress addressstreet addressstreet1 addressstreet2 extendedaddress"
     " fulladdress addresses location1 pobox addresspobox suite housenumber"
     " 地址 详细地址 街道 街道地址 联系地址 通讯地址 通信地址 客户地址 送货地址 收货地址 邮寄地址 住址 公司地址"
     " 单位地址 办公地址 家庭地址 企业地址 具体地址 街道详细地址 注册地址 经营地址"),
    (Meaning("street", "district"), "区 区县 县 区域县 县区 所在区 所在区县 乡镇 乡镇街道"),
    (Meaning("postcode"), "postcode zip zipcode postalcode zippostalcode postal postnumber pincode"
     " plz addresspostalcode addresszip addresszipcode addresszippostalcode 邮编 邮政编码"),
    (Meaning("city"), "city town cityname addresscity suburb citytown 城市 市 所在城市 地市 所在市"),
    (Meaning("state"), "state province stateprovince region county stateregion provincestate"
     " addressstate addressregion addressstateprovince addressprovince stateorprovince"
     " 省 省份 州省 省市 所在省 所在省份 省自治区 省直辖市"),
    (Meaning("country"), "country countryregion countryname nation addresscountry"
     " addresscountryregion countryterritory 国家 国家地区 国别 所在国家"),
    (Meaning("birthday"), "birthday birthdate dateofbirth dob birth born 生日 出生日期 出生年月 出生年月日"),
    (Meaning("birthday", "year"), "birthyear"),
    (Meaning("birthday", "month"), "birthmonth"),
    (Meaning("birthday", "day"), "birthday_day"),
    (Meaning("needs"), "notes note description comments comment remarks remark memo needs"
     " requirements background details backgroundinfo about freetextnotes interests requirement"
     " 备注 需求 描述 说明 备注信息 客户备注 需求描述 客户需求 简介 客户描述 意向产品 意向 客户简介 备注说明"
     " 跟进备注 附注 主要产品 客户说明 需求说明"),
    (Meaning("tags"), "tags tag labels label categories keywords groups group groupmembership lists"
     " segment segments contacttags 标签 客户标签 分组 群组 客户分组"),
    (Meaning("category"), "category customercategory class customerclass accountcategory"
     " customersegment 分类 客户分类 客户类别 客户级别 客户等级 级别 等级 会员等级 客户价值 重要程度"),
    (Meaning("category", weak=True), "rating grade tier contacttype accounttype customergroup"),
    (Meaning("kind", weak=True), "type kind customertype clienttype 类型 客户类型 客户性质 性质"),
    (Meaning("status"), "status customerstatus accountstatus clientstatus 状态 客户状态 合作状态 跟进状态"),
    (Meaning("status", weak=True), "leadstatus contactstatus 线索状态"),
    (Meaning("source"), "source leadsource customersource channel originalsource"
     " acquisitionchannel howdidyouhear referralsource contactsource 来源 客户来源 来源渠道 渠道 线索来源 渠道来源 获客渠道 客户渠道"),
    (Meaning("owner"), "owner accountowner contactowner leadowner recordowner salesowner assignedto"
     " assigneduser assigneduserusername salesrep salesperson salesrepresentative accountmanager"
     " ownername ownedby responsible responsibleperson assignee assignedusername hubspotowner"
     " 负责人 客户经理 所有人 业务员 销售 销售员 销售人员 跟进人 归属人 归属销售 客户所有人 联系人所有人 客户负责人"
     " 销售代表 负责人主属性 归属导购 添加人 所属销售 所属业务员 客户归属 专属导购 销售负责人 跟进人员 所属员工"),
    (Meaning("team"), "team teams salesteam ownerteam 团队 所属团队 销售团队 所属部门 归属部门 负责部门"),
    (Meaning("account_no"), "accountno accountnumber customerno customernumber customercode"
     " clientnumber clientno clientcode accountcode debtornumber membernumber 客户编号 客户号 客户编码"
     " 客户代码 会员号 客户代号 会员编号 客户序号 单位编码"),
    (Meaning("external_id"), "externalid id recordid contactid customerid clientid leadid personid"
     " extid uid externalreference importid sourceid 外部编号 外部id 客户id 联系人id 记录id 唯一标识 唯一性id"
     " 外部联系人id 数据id 记录编号"),
    (Meaning("external_id", weak=True), "accountid organizationid"),
)

_NO_FIELD = frozenset(
    "no number serialno row website websites web webpage webpage1 webpage2 homepage url urls site www"
    " linkedin linkedinurl linkedinprofile facebook twitter instagram youtube xing tiktok github blog"
    " gender sex age maritalstatus spouse spousename children spousepartnername partner anniversary"
    " department dept division team_size industry sector industrytype annualrevenue revenue"
    " numberofemployees employees numemp noofemployees companysize headcount sic siccode sicdesc naics"
    " vat vatnumber vatid taxid taxnumber ticker tickersymbol ownership parentaccount parentcompany"
    " parent createdby modifiedby lastmodifiedby createdbyid lastmodifiedbyid createdat updatedat"
    " created updated modified createddate createdate createdtime creationdate datecreated"
    " datemodified modifiedtime modifieddate lastmodified lastmodifieddate lastupdated updatedate"
    " createdon modifiedon lastactivity lastactivitydate lastactivitytime nextactivity nextactivitydate"
    " lastcontacted lastcontact systemmodstamp connectedon addedon dateadded subscribedat"
    " isdeleted deleted masterrecordid active archived photo photourl photograph picture avatar image"
    " donotcall emailoptout donotemail faxoptout optout hasoptedoutofemail optin unsubscribed"
    " marketingstatus marketingcontactstatus subscriptionstatus gdpr consent priority private sensitivity"
    " language preferredlanguage locale timezone time_zone currency creditlimit billinginformation"
    " assistant assistantname assistantsname assistantphone assistantsphone asstphone managersname"
    " manager managername reportsto reportstoid initials maidenname yominame givennameyomi familynameyomi"
    " additionalnameyomi phoneticname phoneticfirstname phoneticlastname phoneticmiddlename"
    " phoneticgivenname phoneticfamilyname shortname hobby hobbies mileage directoryserver subject"
    " location officelocation internetfreebusy governmentidnumber organizationalidnumber callback isdn"
    " radiophone telex ttytddphone emailtype email2type email3type emaildisplayname email2displayname"
    " email3displayname emailformat user1 user2 user3 user4 custom1 custom2 custom3 custom4 referredby"
    " ownerid companyid campaign campaignid medium keyword score leadscore stage stagename"
    " lifecyclestage amount probability expectedrevenue closedate nextstep fiscal fiscalquarter"
    " fiscalyear iswon isclosed forecastcategory pricebookid associatedcompanyids"
    " associatedcompanyidsprimary error statuscode latitude longitude latlong geo date dateonly"
    " preferredmethodofcontact statusreason territory isorganization prospectstatus"
    " 序号 行号 网址 网站 公司网址 公司网站 官网 主页 性别 年龄 婚姻状况 行业 客户行业 所属行业 行业划分 行业类别"
    " 部门 员工人数 人员规模 公司规模 企业规模 规模 注册资本 法人 法人代表 统一社会信用代码 税号 纳税人识别号 开户行 开户银行"
    " 银行账号 银行账户 税率 助记码 简称 客户简称 英文名 英文名称 创建人 创建时间 创建日期 修改人 修改时间 更新时间 更新日期"
    " 最后修改时间 最后修改人 最新修改人 最新修改日 最后跟进时间 最近跟进时间 下次联系时间 下次跟进时间 最后联系时间 录入时间"
    " 登记日期 日期 时间 积分 余额 消费金额 累计消费金额 购买次数 客单价 最近消费时间 成为客户时间 会员卡 储值余额 成交状态 锁定状态"
    " 公海状态 生命状态 业务类型 头像 微博 添加时间 照片 附件 图片 区域 客户区域 地区".split()
)  # fmt: skip

_PREFIXES = (
    "contact person customer client lead primary main secondary work business office company other"
    " home personal private mobile direct alternate alternative alt additional mailing billing"
    " shipping delivery invoice postal registered headoffice hq correspondence secondary second"
    " physical permanent current organization organisation account member your my primaryaddress"
    " alternateaddress mailingaddress billingaddress shippingaddress homeaddress workaddress"
    " 联系人 客户 公司 单位 企业 办公 工作 家庭 住宅 个人 私人 常用 备用 主要 首要联系人 主联系人 首要 第二 第一 其他 其它"
    " 收货 送货 邮寄 通讯 注册 会员 联系 收件人 办公室 现".split()
)  # fmt: skip
_ENTITIES = frozenset(
    "contact person customer client lead account member your my primary main current"
    " 联系人 客户 会员 联系 首要联系人 主联系人 首要 主要 常用 第一".split()
)
_GROUPED = frozenset({"street", "postcode", "city", "state", "country"})
_POINTS = frozenset({"phones", "emails", "handles"})
_LABELS = {
    "office": "work", "business": "work", "company": "work", "公司": "work", "办公": "work",
    "单位": "work", "企业": "work", "工作": "work", "办公室": "work", "家庭": "home", "住宅": "home",
    "personal": "home", "private": "home", "个人": "home", "私人": "home", "其他": "other",
    "其它": "other", "备用": "other", "alternate": "other", "alt": "other", "additional": "other",
    "secondary": "other", "second": "other", "第二": "other", "alternative": "other",
}  # fmt: skip
_SUFFIXES = ("work", "home", "mobile", "other", "office", "personal", "business", "main", "private")

_PUNCTUATION = re.compile(r"[\W_]+")
_SALESFORCE = re.compile(r"__(?:c|pc)$", re.I)
_DASHED = re.compile(r"(.+?)\s+(\d{1,2})\s+-\s+(.+)")
_BRACKETS = re.compile(r"\s*[(（\[【]([^()（）\[\]【】]{1,40})[)）\]】]\s*\*?$")
_NUMBER = re.compile(r"\d{1,2}$")
_ADDRESS_NUMBER = re.compile(r"address(\d)(\D.*)")


def squeeze(header: str) -> str:
    """A header as it is compared: folded letters and digits and nothing between them."""
    return _PUNCTUATION.sub("", fold(_SALESFORCE.sub("", header.strip())))


def is_known(header: str) -> bool:
    """Whether a text is the header of a column of some program."""
    return recognise(header) is not None


@lru_cache(4096)
def recognise(header: str) -> Meaning | None:
    """What a header means; None if that is not known."""
    if dashed := _DASHED.fullmatch(header.strip()):
        return _google(squeeze(dashed[1]), dashed[2], squeeze(dashed[3]))
    key = squeeze(header)
    if not key or len(key) > 60:
        return None
    if found := _plain(key):
        return found
    if (bracket := _BRACKETS.search(header)) and bracket.start():
        return _bracketed(header[: bracket.start()], bracket[1].strip())
    if numbered := _ADDRESS_NUMBER.fullmatch(key):
        found = _plain(_NUMBER.sub("", numbered[2])) or _plain(numbered[2])
        if found and found.field in _GROUPED:
            return replace(found, group=f"address{numbered[1]}")
    stem = _NUMBER.sub("", key)
    if stem != key and (found := _plain(stem)):
        single = found.field in ("name", "organization", "title") or found.part == "label"
        return None if single and found.part not in ("", "customer") else found
    if number := re.fullmatch(r"(email|phone|mobile|tel)\d{1,2}(address|number)?", key):
        return _plain(number[1])
    return None


def _plain(key: str) -> Meaning | None:
    """The meaning of a whole squeezed header, with a word for whose or which it is before it."""
    if found := _MEANINGS.get(key):
        return found
    if key in _NO_FIELD:
        return Meaning("")
    for prefix in _BY_LENGTH:
        if not key.startswith(prefix):
            continue
        rest = _NUMBER.sub("", key.removeprefix(prefix))
        found = _MEANINGS.get(rest)
        if found is None or rest in _AMBIGUOUS_REST:
            if rest in _NO_FIELD and prefix in _ENTITIES:
                return Meaning("")
            continue
        if found.field in _POINTS:
            label = "" if prefix in _ENTITIES else _LABELS.get(prefix, prefix)
            both = " ".join(dict.fromkeys(filter(None, (label, found.label))))
            return replace(found, label=found.label if label == "mobile" else both)
        if found.field in _GROUPED:
            return replace(found, group=prefix)
        if prefix in _ENTITIES and found.part != "customer":
            return found
    for suffix in _SUFFIXES:
        found = _MEANINGS.get(key.removesuffix(suffix)) if key.endswith(suffix) else None
        if found and found.field in _POINTS and not found.label:
            return replace(found, label=_LABELS.get(suffix, suffix))
        if found and found.field in _GROUPED:
            return replace(found, group=suffix)
    return None


def _bracketed(stem: str, label: str) -> Meaning | None:
    """A header with a word in brackets: a label, a unit or a remark."""
    found = _plain(squeeze(stem)) or _plain(_NUMBER.sub("", squeeze(stem)))
    if found is None:
        return None
    if found.field in _POINTS and not label.isdecimal():
        return replace(found, label=label)
    if found.field in _GROUPED:
        return replace(found, group=fold(label))
    return found


def _google(base: str, number: str, attribute: str) -> Meaning | None:
    """A column of Google Contacts: "Phone 1 - Value", "Address 1 - City", "E-mail 1 - Label"."""
    if base in ("email", "phone", "im"):
        field = {"email": "emails", "phone": "phones", "im": "handles"}[base]
        if attribute in ("value", "type", "label"):
            return Meaning(field, "" if attribute == "value" else "label", group=f"{base}{number}")
        return Meaning("")
    if base == "address":
        if attribute == "formatted":
            return Meaning("")
        found = _MEANINGS.get(attribute)
        return replace(found, group=f"address{number}") if found else Meaning("")
    if base == "organization" and number == "1" and attribute in ("name", "title"):
        return Meaning("organization" if attribute == "name" else "title")
    known = ("website", "relation", "event", "organization", "customfield", "externalid", "jot")
    return Meaning("") if base in known else None


def _meanings() -> dict[str, Meaning]:
    table: dict[str, Meaning] = {}
    for meaning, words in _WORDS:
        for word in words.split():
            table.setdefault(squeeze(word), meaning)
    for spelling, field in BUILT_IN.by_synonym().items():
        if field.editable:
            table.setdefault(squeeze(spelling), Meaning(field.name))
    for word in _NO_FIELD:
        table.pop(squeeze(word), None)
    return table


_MEANINGS = _meanings()
_BY_LENGTH = sorted(dict.fromkeys(map(squeeze, _PREFIXES)), key=len, reverse=True)
# Behind "company" or "home" these say something else than alone.
_AMBIGUOUS_REST = frozenset(
    {"id", "status", "type", "owner", "source", "title", "description", "work", "home", "label"}
)
