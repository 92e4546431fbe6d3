"""What the audit trail says was done."""

from django.db import models


class Action(models.TextChoices):
    """What was done, as the audit trail names it."""

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
