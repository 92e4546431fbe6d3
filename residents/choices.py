"""Fixed lists about residents."""

from django.db import models


class Gender(models.TextChoices):
    MALE = "male", "男"
    FEMALE = "female", "女"
    UNKNOWN = "", "未填"


class DocumentKind(models.TextChoices):
    """The document of a person without, or not showing, a mainland ID card; NONE: none is known."""

    NONE = "", "未填"
    PASSPORT = "passport", "护照"
    HONGKONG_MACAO = "hk_macao", "港澳居民来往内地通行证"
    TAIWAN = "taiwan", "台湾居民来往大陆通行证"
    RESIDENCE = "residence", "港澳台居民居住证"
    FOREIGNER = "foreigner", "外国人永久居留证"
    OFFICER = "officer", "军官证"
    BIRTH = "birth", "出生医学证明"
    HOUSEHOLD_BOOK = "household_book", "户口簿"
    OTHER = "other", "其他证件"


# A household book has one number for the whole family, and the numbers of "other" documents may be anything.
SHARED_DOCUMENTS = frozenset({DocumentKind.HOUSEHOLD_BOOK, DocumentKind.OTHER})


class EndReason(models.TextChoices):
    """Why a care record ended."""

    RECOVERED = "recovered", "情况好转"
    DISCHARGED = "discharged", "出院"
    EMPLOYED = "employed", "已就业"
    MOVED = "moved", "搬离"
    DIED = "died", "去世"
    MISTAKE = "mistake", "登记有误"
    OTHER = "other", "其他"


class LeftReason(models.TextChoices):
    """Why a resident no longer lives in the community. UNSTATED: registered before the reason was required.

    ERASED: they may live here, but their personal information has been erased and nobody is to look for them.
    """

    MOVED = "moved", "迁出"
    DIED = "died", "去世"
    UNSTATED = "unstated", "未注明"
    ERASED = "erased", "已删除个人信息"


# By why a resident left: why each of their care records ended.
ENDS_WITH: dict[str, EndReason] = {
    LeftReason.MOVED: EndReason.MOVED,
    LeftReason.DIED: EndReason.DIED,
    LeftReason.UNSTATED: EndReason.OTHER,
    LeftReason.ERASED: EndReason.OTHER,
}


class ErasureGround(models.TextChoices):
    """Why a person's information is to be erased: grounds of 个人信息保护法, articles 19, 47 and 49."""

    REQUEST = "request", "本人或监护人要求"
    KIN = "kin", "逝者近亲属要求"
    KEPT = "kept", "保存期限已满"
    UNLAWFUL = "unlawful", "登记时不该登记"


class ErasureState(models.TextChoices):
    """PROPOSED waits for the second of two keepers, who confirms it (ERASED) or does not (REFUSED)."""

    PROPOSED = "proposed", "待确认"
    ERASED = "erased", "已删除"
    REFUSED = "refused", "未同意"
    WITHDRAWN = "withdrawn", "已撤回"


# 五必访 as shipped: code, label, public label, sensitive, synonyms offices use.
SHIPPED_CATEGORIES: tuple[tuple[str, str, str, bool, str], ...] = (
    (
        "hardship",
        "困难家庭",
        "困难家庭",
        False,
        "困难户 困难 低保 低保户 低保家庭 特困 特困家庭 特困户 贫困家庭 困难群众",
    ),
    ("hospital", "住院病人", "住院病人", False, "住院 病人 住院人员 生病住院 住院患者 大病住院"),
    ("laid_off", "下岗失业人员", "下岗失业人员", False, "下岗 失业 下岗人员 失业人员 下岗失业 下岗职工"),
    (
        "elderly_alone",
        "孤寡老人",
        "孤寡老人",
        False,
        "孤寡 独居老人 空巢老人 孤老 独居 空巢 高龄独居 孤寡空巢老人",
    ),
    (
        "released",
        "刑释解教人员",
        "重点对象",
        True,
        "刑释解教 刑释 解教 刑满释放 刑满释放人员 刑释人员 两劳人员 安置帮教 安置帮教对象 帮教对象",
    ),
)
