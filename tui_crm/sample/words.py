"""What the sample data says: tags, needs, notes of calls and next steps, in English and Chinese."""

from __future__ import annotations

TAGS = (
    "newsletter", "priority", "renewal", "trial", "onsite", "export", "wholesale", "retail",
    "event-2026", "slow-payer", "reference", "key-account", "no-calls-before-10", "bilingual",
)  # fmt: skip
TAGS_ZH = ("重点客户", "展会", "老客户介绍", "需要发票", "长期合作", "价格敏感", "华东区", "代理商")

NEEDS = (
    "Wants a quote for {n} units, delivery before the end of the quarter.",
    "Looking for a replacement of the current supplier; contract ends in month {n}.",
    "Needs training for {n} people and a contact on site.",
    "Asked for samples and a price list; decides with the board.",
    "Prefers e-mail. Invoice to head office, goods to the branch.",
    "Second location opens soon; wants the same conditions there.",
)
NEEDS_ZH = (
    "需要{n}套设备的报价，本季度内交货。",
    "希望先看样品，再谈长期合作。",
    "需要为{n}名员工安排培训，并提供现场支持。",
    "现有供应商合同即将到期，正在比较方案。",
    "发票开给总公司，货物送到分公司。",
)

NOTES = (
    "Asked about delivery times for the last order. Promised an answer by tomorrow.",
    "Happy with the service. Would like an offer for the larger package.",
    "No budget this year, call again after the summer.",
    "Invoice {n} was not received; sent it again by e-mail.",
    "Wants to talk to a technician about the installation, best in the morning.",
    "Complained about a late shipment. Gave a discount of {m} %.",
    "Compared us with two others; price is fine, support hours matter more.",
    "Confirmed the appointment and asked for directions to the car park.",
    "Left the company at the end of the month; a colleague takes over.",
    "Discussed renewal. Will come back with the signed contract.",
    "Asked for the data sheet of the new model, and {m} samples.",
    "Reached the assistant only; try again after 15:00.",
    "Address has changed, noted the new one.",
    "Order {n} confirmed, delivery in week {m}.",
)
NOTES_ZH = (
    "询问上一批订单的交货时间，答应明天回复。",
    "对服务满意，希望收到升级方案的报价。",
    "今年没有预算，下半年再联系。",
    "没有收到{n}号发票，已重新发送邮件。",
    "希望和技术人员沟通安装问题，上午比较方便。",
    "抱怨发货晚了，给了{m}%的折扣。",
    "已确认见面时间，发送了地址。",
    "谈了续约，签好合同后寄回。",
    "索要新型号的资料和{m}件样品。",
    "订单{n}已确认，第{m}周发货。",
)
SUBJECTS = (
    "", "", "Offer", "Invoice", "Delivery", "Renewal", "Complaint", "Appointment", "Samples",
)  # fmt: skip
SUBJECTS_ZH = ("", "", "报价", "发票", "交货", "续约", "投诉", "预约", "样品")

STEPS = (
    "Send the offer", "Call back", "Send samples", "Check the delivery", "Prepare the contract",
    "Visit on site", "Ask for feedback", "Clear up the invoice",
)  # fmt: skip
STEPS_ZH = (
    "发送报价",
    "回电话",
    "寄样品",
    "跟进交货",
    "准备合同",
    "上门拜访",
    "收集反馈",
    "处理发票",
)
