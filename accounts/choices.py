"""Kinds of accounts, and of keys."""

from django.db import models


class Role(models.TextChoices):
    """What an account is for. It decides which pages a user gets, never which places: that is the scope."""

    OFFICE = "office", "社区工作者"
    CADRE = "cadre", "骨干"
    DISTRICT = "district", "区级"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDITOR = "auditor", "审计管理员"


class KeyKind(models.TextChoices):
    """What a key is for: sealing columns (FIELD_KEYS), or finding rows by an exact value (LOOKUP_KEYS)."""

    FIELD = "field", "加密"
    LOOKUP = "lookup", "查找"
