"""The columns of cadre rosters, and every word offices use for a post."""

from __future__ import annotations

from collections.abc import Iterator

from baibuting.common.tabular.fields import Content, Field, FieldSet
from baibuting.common.tabular.text import title_key
from buildings.importers import BUILDING, PRECINCT, QUARTER
from cadres.choices import BUILDING_POSTS, Post

POST_TITLES: dict[Post, tuple[str, ...]] = {
    Post.PARTY_GROUP_LEADER: ("党小组长", "楼栋党小组组长", "党小组组长", "小组长", "楼栋小组长", "党组长", "楼组长（党小组长）"),
    Post.BUILDING_HEAD: ("楼长", "栋长", "楼栋栋长", "楼栋负责人", "楼幢长", "楼组长", "门栋长"),
    Post.HEALTH_WORKER: ("楼栋卫生员", "卫生监督员", "环境卫生员", "保洁员", "卫生委员"),
    Post.SECURITY_WORKER: ("楼栋治安员", "治保员", "安全员", "治安巡逻员", "治安委员", "治安管理员"),
    Post.CULTURE_WORKER: ("楼栋文体员", "文体委员", "文化员", "文艺员", "文体骨干", "文体宣传员", "宣传员"),
    Post.PROPERTY_STEWARD: ("房管员", "物业员", "物业管家", "物业管理员", "楼栋物业房管员", "管家", "楼栋管家", "物业管理员（房管员）"),
    Post.BRANCH_SECRETARY: ("党支部书记", "片区支部书记", "片区书记", "支书"),
    Post.GENERAL_BRANCH_SECRETARY: ("党总支书记", "苑区总支书记", "苑区书记"),
    Post.COMMITTEE_SECRETARY: ("党委书记", "社区书记", "社区党委书记"),
    Post.GRID_WORKER: ("网格长", "社区网格员", "专职网格员"),
}  # fmt: skip
PHONE_TITLES = (
    "联系电话",
    "电话",
    "手机",
    "手机号",
    "手机号码",
    "联系方式",
    "电话号码",
    "联系号码",
    "联系手机",
)
_NAME_SUFFIXES = ("姓名", "名字", "人员", "")
POST_BY_TITLE = {
    title_key(title): post for post, titles in POST_TITLES.items() for title in (post.label, *titles)
}


def name_key_of(post: Post) -> str:
    return f"{post}_name"


def phone_key_of(post: Post) -> str:
    return f"{post}_phone"


def _wide_fields() -> Iterator[Field]:
    for post in BUILDING_POSTS:
        titles = (post.label, *POST_TITLES[post])
        yield Field(
            name_key_of(post),
            f"{post.label}姓名",
            [
                f"{title}{suffix}"
                for title in titles
                for suffix in _NAME_SUFFIXES
                if title + suffix != f"{post.label}姓名"
            ],
            example="任敏茂",
        )
        yield Field(
            phone_key_of(post),
            f"{post.label}电话",
            [
                f"{title}{phone}"
                for title in titles
                for phone in PHONE_TITLES
                if title + phone != f"{post.label}电话"
            ],
            example="19900000000",
            follows=name_key_of(post),
            following_titles=PHONE_TITLES,
        )


CADRE_FIELDS = FieldSet(
    kind="cadres",
    title="两长四员花名册",
    fields=(
        QUARTER,
        PRECINCT,
        BUILDING,
        *_wide_fields(),
        Field("post", "职务", ("岗位", "担任职务", "骨干职务", "任职", "岗位名称", "职位", "两长四员", "类别", "骨干类别", "身份"), in_template=False),
        Field("name", "姓名", ("骨干姓名", "任职人", "任职人员", "人员姓名", "名字"), in_template=False, content=Content.NAME),
        Field("phone", "联系电话", PHONE_TITLES[1:], in_template=False, content=Content.PHONE),
        Field("is_party_member", "党员", ("是否党员", "政治面貌", "中共党员"), in_template=False),
        Field("started_on", "任职日期", ("任职时间", "开始日期", "任职起始日期", "上任时间", "上岗时间", "聘任日期", "任职起"), in_template=False, content=Content.DAY),
        Field("organisation", "党组织", ("党组织名称", "所属党组织", "所在党组织"), in_template=False),
        Field("address", "任职地点", ("地址", "楼栋地址", "所在楼栋", "负责楼栋", "责任楼栋", "所属楼栋地址", "服务楼栋"), in_template=False),
    ),
    needed=(("building", "address", "quarter"),),
)  # fmt: skip
