"""A district's client that reads the demo community, and the platform its incidents would be reported to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from api.choices import Audience, Grant
from api.services import client_open, event_type_set, platform_set, token_issue
from buildings.models import Place
from visits.choices import IncidentKind

CLIENT = "区级数据平台（示例）"
GRANTS = (
    Grant.PLACES,
    Grant.APPOINTMENTS,
    Grant.DUTIES,
    Grant.INCIDENTS,
    Grant.STATS,
    Grant.WRITE_INCIDENTS,
)
# kind of incident: first and second type of an invented dictionary, and whom it concerns
DICTIONARY = {
    IncidentKind.EMERGENCY: ("01", "公共安全", "0103", "突发事件", "3", "楼栋"),
    IncidentKind.DISCONTENT: ("02", "社情民意", "0201", "群众诉求", "2", "多个家庭"),
    IncidentKind.FAMILY_DISPUTE: ("03", "矛盾纠纷", "0302", "婚姻家庭纠纷", "1", "单个家庭"),
}
NAMES = ("first_code", "first_name", "second_code", "second_name", "scope_code", "scope_name")


def open_interface(community: Place, now: datetime) -> str:
    """Open the client and return its token, valid half a year; reporting stays off: there is no receiver."""
    client = client_open(
        name=CLIENT,
        audience=Audience.OUTSIDE,
        places=[community],
        grants=GRANTS,
        purpose="区级治理平台每日统计（示例）",
        now=now,
        by=None,
    )
    _, token = token_issue(
        client=client,
        label="示例",
        grants=GRANTS,
        expires_at=now + timedelta(days=180),
        now=now,
        by=None,
    )
    platform = platform_set(
        community=community,
        name="区级治理平台（示例）",
        url="https://platform.example.cn/events",
        is_active=False,
        now=now,
        by=None,
    )
    for kind, words in DICTIONARY.items():
        details: dict[str, Any] = dict(zip(NAMES, words, strict=True))
        event_type_set(platform=platform, kind=kind, now=now, by=None, title="{楼栋}{类别}", **details)
    return token
