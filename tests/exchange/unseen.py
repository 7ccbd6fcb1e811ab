"""Header rows of exports, each header with the field that a person would choose ("" for none).

They were written down before the mapping was measured on them; it is not tuned to them.
"""

# ruff: noqa: E501 - Chinese characters count for two here

from __future__ import annotations

UNSEEN: dict[str, dict[str, str]] = {
    "Pipedrive people": {
        "Name": "name", "Label": "tags", "Phone - Work": "phones", "Phone - Home": "phones",
        "Phone - Mobile": "phones", "Phone - Other": "phones", "Email - Work": "emails",
        "Email - Home": "emails", "Email - Other": "emails", "Organization": "organization",
        "Closed deals": "", "Open deals": "", "Next activity date": "", "Owner": "owner",
        "Last activity date": "", "Won deals": "", "Lost deals": "", "Total activities": "",
        "Person created": "", "Update time": "", "Job title": "title", "Birthday": "birthday",
        "Postal address": "street", "Notes": "needs", "ID": "external_id",
        "Marketing status": "", "Instant messenger": "handles", "Profile picture": "",
    },
    "Zendesk Sell contacts": {
        "id": "external_id", "is_organization": "", "name": "name", "first_name": "name",
        "last_name": "name", "organization_name": "organization", "title": "title", "email": "emails",
        "phone": "phones", "mobile": "phones", "fax": "phones", "skype": "handles", "website": "",
        "facebook": "", "linkedin": "", "address": "street", "city": "city", "zip": "postcode",
        "state": "state", "country": "country", "description": "needs", "owner": "owner",
        "tags": "tags", "created_at": "", "updated_at": "", "customer_status": "status",
        "prospect_status": "", "source": "source", "industry": "",
    },
    "Dynamics 365 contacts": {
        "(Do Not Modify) Contact": "", "(Do Not Modify) Row Checksum": "",
        "(Do Not Modify) Modified On": "", "First Name": "name", "Last Name": "name",
        "Middle Name": "name", "Job Title": "title", "Company Name": "organization",
        "Email": "emails", "Email Address 2": "emails", "Business Phone": "phones",
        "Mobile Phone": "phones", "Home Phone": "phones", "Fax": "phones",
        "Preferred Method of Contact": "", "Address 1: Street 1": "street",
        "Address 1: Street 2": "street", "Address 1: City": "city",
        "Address 1: State/Province": "state", "Address 1: ZIP/Postal Code": "postcode",
        "Address 1: Country/Region": "country", "Gender": "", "Marital Status": "",
        "Spouse/Partner Name": "", "Birthday": "birthday", "Anniversary": "",
        "Description": "needs", "Owner": "owner", "Status Reason": "", "Currency": "",
        "Credit Limit": "", "Created On": "", "Lead Source": "source",
    },
    "SugarCRM contacts": {
        "First Name:": "name", "Last Name:": "name", "ID": "external_id", "Salutation": "name",
        "Title:": "title", "Department:": "", "Account Name:": "organization",
        "Email Address": "emails", "Non Primary E-mails": "emails", "Mobile:": "phones",
        "Office Phone:": "phones", "Home:": "phones", "Other Phone:": "phones", "Fax:": "phones",
        "Primary Address Street": "street", "Primary Address City": "city",
        "Primary Address State": "state", "Primary Address Postal Code": "postcode",
        "Primary Address Country": "country", "Alternate Address Street": "street",
        "Alternate Address City": "city", "Alternate Address Postal Code": "postcode",
        "Description:": "needs", "Birthdate:": "birthday", "Lead Source:": "source",
        "Campaign ID": "", "Do Not Call:": "", "Reports to ID:": "", "Assistant:": "",
        "Assistant Phone": "", "Assigned User": "owner", "Teams": "team", "Tags": "tags",
        "Date Created:": "", "Date Modified:": "", "Created By ID": "", "Deleted": "",
    },
    "Freshsales contacts": {
        "First name": "name", "Last name": "name", "Job title": "title", "Emails": "emails",
        "Work": "phones", "Mobile": "phones", "Sales owner": "owner", "Subscription status": "",
        "Account name": "organization", "Address": "street", "City": "city", "State": "state",
        "Zipcode": "postcode", "Country": "country", "Territory": "", "Time zone": "",
        "Lifecycle stage": "", "Status": "status", "Facebook": "", "Twitter": "", "LinkedIn": "",
        "Other phone numbers": "phones", "Work email": "emails", "Source": "source",
        "Campaign": "", "Medium": "", "Keyword": "", "Tags": "tags", "Created at": "",
        "Updated at": "", "Last contacted time": "", "Recent note": "", "Score": "",
        "External ID": "external_id", "Record ID": "external_id",
    },
    "Monica": {
        "first_name": "name", "middle_name": "name", "last_name": "name", "nickname": "",
        "gender": "", "birthdate": "birthday", "company": "organization", "job": "title",
        "email": "emails", "phone_number": "phones", "street": "street", "province": "state",
        "postal_code": "postcode", "description": "needs", "is_starred": "", "food_preferences": "",
    },
    "Apple Contacts": {
        "First name": "name", "Last name": "name", "Nickname": "", "Company": "organization",
        "Department": "", "Job title": "title", "Phone (mobile)": "phones",
        "Phone (home)": "phones", "Phone (iPhone)": "phones", "Phone (work fax)": "phones",
        "Email (home)": "emails", "Email (work)": "emails", "Address (home)": "street",
        "URL (home page)": "", "Birthday": "birthday", "Related name (spouse)": "",
        "Note": "needs", "Instant message (Skype)": "handles", "Phonetic first name": "",
        "Prefix": "name", "Suffix": "name", "Maiden name": "",
    },
    "LinkedIn connections": {
        "First Name": "name", "Last Name": "name", "URL": "", "Email Address": "emails",
        "Company": "organization", "Position": "title", "Connected On": "",
    },
    "Copper": {
        "Full Name": "name", "Prefix": "name", "Contact Type": "category",
        "Company": "organization", "Company ID": "", "Work Email": "emails",
        "Personal Email": "emails", "Work Phone": "phones", "Mobile Phone": "phones",
        "Street": "street", "Postal Code": "postcode", "Owned By": "owner", "Tags": "tags",
        "Details": "needs", "Work Website": "", "Interaction Count": "", "Last Contacted": "",
        "Twitter": "", "Copper ID": "external_id",
    },
    "有赞客户": {
        "客户姓名": "name", "昵称": "", "手机号": "phones", "微信号": "handles", "性别": "", "生日": "birthday",
        "省": "state", "市": "city", "区": "street", "详细地址": "street", "会员卡": "", "会员等级": "category",
        "积分": "", "累计消费金额": "", "购买次数": "", "最近消费时间": "", "客单价": "", "标签": "tags",
        "备注": "needs", "成为客户时间": "", "客户来源": "source", "归属导购": "owner", "储值余额": "",
    },
    "企业微信客户": {
        "客户名称": "name", "描述": "needs", "添加人": "owner", "添加人账号": "", "添加人所属部门": "",
        "添加时间": "", "来源": "source", "手机": "phones", "企业": "organization", "邮箱": "emails",
        "地址": "street", "职务": "title", "电话": "phones", "标签组": "", "标签": "tags", "备注名": "",
        "企业简称": "", "外部联系人ID": "external_id",
    },
    "销售易联系人": {
        "联系人姓名": "name", "公司名称": "organization", "职务": "title", "部门": "", "电话": "phones",
        "手机": "phones", "电子邮件": "emails", "微博": "", "省份": "state", "城市": "city", "区县": "street",
        "联系地址": "street", "邮政编码": "postcode", "性别": "", "出生日期": "birthday", "备注": "needs",
        "联系人所有人": "owner", "所属部门": "team", "创建人": "", "创建日期": "", "最新修改人": "",
        "最新修改日": "", "最近活动记录时间": "", "客户级别": "category", "公海状态": "",
    },
    "金蝶客户": {
        "客户编码": "account_no", "客户名称": "name", "客户类别": "category", "客户等级": "category",
        "销售人员": "owner", "首要联系人": "name", "手机": "phones", "座机": "phones",
        "QQ/微信/Email": "handles", "送货地址": "street", "期初应收款": "", "期初预收款": "",
        "税率": "", "纳税人识别号": "", "开户银行": "", "银行账号": "", "余额日期": "", "状态": "status",
        "备注": "needs", "简称": "", "助记码": "", "传真": "phones", "邮编": "postcode", "国家": "country",
    },
    "展会名单": {
        "序号": "", "单位名称": "organization", "参会人": "name", "职称": "title", "移动电话": "phones",
        "办公电话": "phones", "电子邮箱": "emails", "通讯地址": "street", "所在省市": "",
        "QQ号码": "handles", "意向产品": "needs", "是否参加晚宴": "", "业务员": "owner",
        "登记日期": "",
    },
}  # fmt: skip
