"""Kinds of accounts and of audited actions."""

from django.db import models


class Role(models.TextChoices):
    """What an account is for. It decides which pages a person gets, never which places: that is the scope."""

    OFFICE = "office", "社区工作者"
    CADRE = "cadre", "骨干"
    DISTRICT = "district", "区级"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDITOR = "auditor", "审计管理员"


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
