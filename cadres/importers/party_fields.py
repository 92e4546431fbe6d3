"""The columns of rosters of party organisations and their secretaries, long and wide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from baibuting.common.tabular.fields import Content, Field, FieldSet
from buildings.importers import BUILDING, PRECINCT, QUARTER
from cadres.choices import ORGANISATION_POSTS, OrganisationKind
from cadres.importers.fields import PHONE_TITLES, POST_TITLES

_HEADS = ("书记", "书记姓名", "负责人", "负责人姓名", "姓名", "书记名字")
_FIRST_DAYS = ("任职日期", "任职时间", "当选日期", "当选时间", "任职起始日期", "上任时间")
# kinds with columns of their own in a wide roster, the highest first, and what offices call them
WIDE_KINDS: dict[OrganisationKind, tuple[str, ...]] = {
    OrganisationKind.COMMITTEE: ("党委", "社区党委"),
    OrganisationKind.GENERAL_BRANCH: ("党总支", "总支", "苑区党总支", "苑区总支"),
    OrganisationKind.BRANCH: ("党支部", "支部", "片区党支部", "片区支部"),
}


@dataclass(frozen=True, slots=True)
class Keys:
    """The columns of one organisation in a row."""

    name: str
    secretary: str
    phone: str
    started_on: str


LONG = Keys("organisation", "secretary", "phone", "started_on")
WIDE = {
    kind: Keys(*(f"{kind}_{part}" for part in ("name", "secretary", "phone", "started_on")))
    for kind in WIDE_KINDS
}


def _wide_fields() -> Iterator[Field]:
    """Yield name, secretary, phone and first day of each kind; bare titles (书记, 电话) go by the column left of them."""
    for kind, words in WIDE_KINDS.items():
        keys, post = WIDE[kind], ORGANISATION_POSTS[kind]
        heads = (post.label, *POST_TITLES[post])
        # the bare word is what cells of 类型 say, and a row of data is no header
        names = [f"{word}{end}" for word in words for end in ("名称", "全称", "")]
        yield _column(keys.name, f"{words[0]}名称", [name for name in names if name != kind.label])
        yield _column(
            keys.secretary,
            f"{post.label}姓名",
            [f"{head}{end}" for head in heads for end in ("", "姓名", "名字")]
            + [f"{word}{head}" for word in words for head in _HEADS],
            follows=keys.name,
            following_titles=_HEADS,
        )
        yield _column(
            keys.phone,
            f"{post.label}电话",
            [f"{whose}{phone}" for whose in (*heads, *words) for phone in PHONE_TITLES],
            follows=keys.secretary,
            following_titles=PHONE_TITLES,
        )
        yield _column(
            keys.started_on,
            f"{post.label}任职日期",
            [f"{whose}{day}" for whose in (*heads, *words) for day in _FIRST_DAYS],
            follows=keys.phone,
            following_titles=_FIRST_DAYS,
        )


def _column(key: str, label: str, titles: list[str], **options: object) -> Field:
    synonyms = tuple(title for title in dict.fromkeys(titles) if title != label)
    return replace(Field(key, label, synonyms, in_template=False), **options)  # type: ignore[arg-type]


PARTY_FIELDS = FieldSet(
    kind="party",
    title="党组织与书记",
    fields=(
        Field(
            LONG.name,
            "党组织名称",
            ("党组织", "组织名称", "党组织全称", "名称", "基层党组织", "基层党组织名称", "所辖党组织"),
            example="怡康党总支",
            help="必填，一个党组织一行",
            width=22,
        ),
        Field(
            "kind",
            "类型",
            ("层级", "级别", "党组织类型", "组织类型", "党组织类别", "党组织层级", "组织类别", "类别"),
            example=OrganisationKind.GENERAL_BRANCH.label,
            help="党委、总支、支部；名称里写明的可不填",
            choices=tuple(OrganisationKind.labels),
        ),
        Field(
            "parent",
            "上级党组织",
            ("上级", "上级组织", "隶属党组织", "所属党组织", "隶属", "所属党总支", "所属总支", "上级党组织名称", "所属党委"),
            example="百步亭社区党委",
            width=22,
        ),
        Field(
            "places",
            "覆盖范围",
            ("管辖范围", "覆盖", "管辖", "服务范围", "辖区", "管辖区域", "覆盖区域", "所辖范围", "责任范围", "责任区域",
             "管辖楼栋", "覆盖楼栋", "所辖楼栋", "管辖片区", "覆盖片区", "所辖片区", "管辖苑区", "覆盖苑区", "所辖苑区", "所辖区域"),
            example="怡康苑北区",
            help="苑区、片区或楼栋，几处用顿号隔开，如 第一片区、321-324栋",
            width=30,
        ),
        replace(QUARTER, in_template=False),
        replace(PRECINCT, in_template=False),
        replace(BUILDING, in_template=False),
        *_wide_fields(),
        Field("is_party_member", "党员", ("是否党员", "政治面貌", "中共党员"), in_template=False),
        Field("post", "职务", ("岗位", "担任职务", "党内职务", "任职", "岗位名称", "职位", "身份"), in_template=False),
        Field(
            LONG.secretary,
            "书记",
            ("书记姓名", "党组织书记", "党组织书记姓名", "负责人", "党组织负责人", "负责人姓名", "书记（负责人）", "现任书记"),
            example="任敏茂",
            help="空缺请写“空缺”；空着不改动",
            weak_synonyms=("姓名", "任职人", "骨干姓名"),
            content=Content.NAME,
        ),
        Field(
            LONG.phone,
            "联系电话",
            (*PHONE_TITLES[1:], "书记电话", "书记联系电话", "书记手机"),
            example="19900000000",
            follows=LONG.secretary,
            following_titles=PHONE_TITLES,
            content=Content.PHONE,
        ),
        Field(
            LONG.started_on,
            "任职日期",
            (*_FIRST_DAYS[1:], "开始日期", "上岗时间", "聘任日期", "任职起", "选举日期"),
            example="2026-01-01",
            content=Content.DAY,
        ),
    ),
    needed=(
        (
            LONG.name,
            *(keys.secretary for keys in reversed(WIDE.values())),
            *(keys.name for keys in WIDE.values()),
            "post",
        ),
    ),
    notes=("片区、苑区名称要与楼栋清单一致；只写“第一党支部”这样的名称时，加一列“苑区”。",),
)  # fmt: skip
