"""What the columns of a table of calls, tasks, orders or visits are, by their headers.

A column that is none of these is no loss: what it says goes into the note under its header.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tui_crm.exchange.mapping.lexicon import squeeze

Role = Literal[
    "when", "due", "subject", "note", "kind", "direction", "disposition", "duration", "status",
    "priority", "figure",
]  # fmt: skip
"""What a column says of an activity; "figure" is a number of an order, which goes into the note."""

ROLES: tuple[Role, ...] = (
    "when", "due", "subject", "note", "kind", "direction", "disposition", "duration", "status",
    "priority",
)  # fmt: skip
"""Those that a user may choose."""

# The more telling header first: of several columns of one role the first here counts.
_WORDS: dict[Role, str] = {
    "when": (
        "activity date, start, start time, start date, started at, start date time, call date,"
        " call time, call start time, meeting date, visit date, order date, purchase date,"
        " transaction date, sale date, invoice date, payment date, close date, contact date,"
        " activity time, logged at, timestamp, hs timestamp, occurred at, completed date time,"
        " completed at, date completed, date time, date, time, when, created date, created at,"
        " created on, create date, created, "
        "跟进时间, 跟进日期, 联系时间, 联系日期, 沟通时间, 沟通日期, 通话时间, 通话日期, 拜访时间,"
        " 拜访日期, 开始时间, 发生时间, 交易日期, 交易时间, 订单日期, 下单时间, 下单日期, 购买日期,"
        " 购买时间, 成交日期, 签约日期, 付款日期, 支付时间, 回款日期, 开票日期, 活动日期, 日期,"
        " 时间, 创建时间, 创建日期"
    ),
    "due": (
        "due date, due, due at, due on, deadline, task due date, next follow up, 截止日期,"
        " 截止时间, 到期日, 到期日期, 计划时间, 计划日期, 下次跟进时间, 下次联系时间, 完成期限"
    ),
    "subject": (
        "subject, call subject, meeting name, meeting title, task name, task subject, task title,"
        " activity name, title, topic, product, product name, item, item name, service,"
        " opportunity name, deal name, 主题, 标题, 任务名称, 会议主题, 产品, 产品名称, 商品,"
        " 商品名称, 购买产品, 购买商品, 项目, 项目名称, 服务项目"
    ),
    "note": (
        "note, notes, note body, description, full comments, comments, comment, body, content,"
        " details, message, summary, call notes, meeting notes, remarks, remark, 跟进内容,"
        " 跟进记录, 沟通内容, 沟通记录, 联系内容, 联系记录, 拜访内容, 通话内容, 内容, 说明,"
        " 描述, 详情, 交流内容, 备注"
    ),
    "kind": (
        "activity type, interaction type, task subtype, type, kind, channel, method,"
        " contact method, 方式, 跟进方式, 沟通方式, 交流方式, 联系类型, 跟进类型, 活动类型, 类型"
    ),
    "direction": "direction, call direction, call type, 方向, 呼叫方向, 呼叫类型, 通话类型",
    "disposition": (
        "disposition, call disposition, outcome, call outcome, call result, result, 结果, 通话结果,"
        " 跟进结果, 沟通结果, 联系结果"
    ),
    "duration": (
        "duration, call duration, call duration in seconds, duration in minutes, duration minutes,"
        " duration seconds, talk time, length, 时长, 通话时长, 持续时间"
    ),
    "status": "status, task status, activity status, 状态, 任务状态, 完成状态",
    "priority": "priority, task priority, 优先级, 重要程度",
    "figure": (
        "amount, total, total amount, price, unit price, quantity, qty, order number, order no,"
        " order id, invoice number, invoice no, transaction id, sku, stage, stage name, revenue,"
        " order total, payment method, 金额, 数量, 单价, 总价, 合计, 订单号, 订单编号, 交易金额,"
        " 订单金额, 购买金额, 成交金额, 付款金额, 实付金额, 交易编号, 流水号, 付款方式, 支付方式"
    ),
}
_ROLE_OF: dict[str, tuple[Role, int]] = {
    squeeze(word): (role, rank)
    for role, words in reversed(_WORDS.items())
    for rank, word in enumerate(words.split(","))
}
# Headers of customers too: they tell nothing by themselves.
_COMMON = frozenset(
    map(squeeze, ("title", "type", "status", "description", "comments", "notes", "note", "备注",
                  "date", "created date", "created at", "created on", "create date", "created",
                  "创建时间", "创建日期", "类型", "状态", "说明", "描述", "remarks", "remark",
                  "stage", "source", "日期", "项目", "kind", "channel", "start date", "revenue",
                  "service",
                  "下次联系时间", "下次跟进时间", "priority", "start", "length", "comment",
                  "result"))
)  # fmt: skip


def roles(headers: Sequence[str]) -> dict[int, Role]:
    """The roles of the columns that have one by their places: each role once, but figures."""
    best: dict[Role, tuple[int, int]] = {}
    figures: dict[int, Role] = {}
    for place, header in enumerate(headers):
        found = _ROLE_OF.get(squeeze(header))
        if found is None:
            continue
        role, rank = found
        if role == "figure":
            figures[place] = role
        elif role not in best or rank < best[role][0]:
            best[role] = (rank, place)
    return {**figures, **{place: role for role, (_rank, place) in best.items()}}


def tells_of_activities(headers: Sequence[str]) -> bool:
    """Whether these are headers of what happened: a day, and what only an activity or order has."""
    found = roles(headers)
    own = [p for p, role in found.items() if squeeze(headers[p]) not in _COMMON]
    return bool({"when", "due"} & set(found.values())) and (
        len(own) > 1 or (len(own) == 1 and len(found) > 1)
    )
