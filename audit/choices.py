"""Actions that the audit trail records."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models

from baibuting.common.portal import Portal, collected


class Action(models.TextChoices):
    """An action, as the audit trail names it."""

    REVEAL = "reveal", "查看完整信息"
    EXPORT = "export", "导出"
    IMPORT = "import", "导入"
    CREATE = "create", "新增"
    CHANGE = "change", "修改"
    DELETE = "delete", "删除"
    PERMISSION = "permission", "权限变更"
    SIGN_IN = "sign_in", "登录"
    REFUSE = "refuse", "登录被拒"
    LOCK = "lock", "登录锁定"
    SECOND_STEP = "second_step", "两步验证"
    EMERGENCY = "emergency", "紧急查看"
    ALARM = "alarm", "大量查看告警"


class AlarmKind(models.TextChoices):
    """What may be wrong with the trail itself."""

    BROKEN = "broken", "审计链有异常"
    UNFINISHED = "unfinished", "夜间核对没有完成"
    CHECKPOINT = "checkpoint", "审计链的链头写不出去"


@collected
def action_choices(portals: Mapping[str, Portal]) -> list[tuple[str, str]]:
    """Return (code, label) of every action: those above, then those that the portals declare."""
    own = [(code, str(label)) for code, label in Action.choices]
    return [*own, *(pair for portal in portals.values() for pair in portal.trail_actions.items())]
