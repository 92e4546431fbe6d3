"""The columns of a list of buildings."""

from __future__ import annotations

from baibuting.common.tabular.fields import Content, Field, FieldSet

QUARTER = Field(
    "quarter",
    "苑区",
    (
        "所属苑区",
        "小区",
        "小区名称",
        "所属小区",
        "苑区名称",
        "院区",
        "园区",
        "苑",
        "苑区（小区）",
        "住宅小区",
    ),
    example="怡康苑北区",
    help="必填，同一苑区可合并单元格",
    fills_down=True,
)
PRECINCT = Field(
    "precinct",
    "片区",
    ("所属片区", "片区名称", "网格", "所属网格", "网格名称", "网格编号", "片", "片区（网格）"),
    example="第一片区",
    help="必填，如 第一片区",
    fills_down=True,
)
BUILDING = Field(
    "building",
    "楼栋",
    (
        "楼栋号",
        "楼栋名称",
        "楼号",
        "栋号",
        "楼幢",
        "幢号",
        "楼栋编号",
        "栋",
        "幢",
        "楼",
        "门栋",
        "所属楼栋",
        "楼宇",
    ),
    example="205栋",
    help="必填，如 205栋",
    content=Content.BUILDING,
)
PLACE_FIELDS = FieldSet(
    kind="places",
    title="楼栋清单",
    fields=(
        QUARTER,
        PRECINCT,
        BUILDING,
        Field("entrance_count", "单元数", ("单元", "单元个数", "门栋数", "单元数量"), example="4"),
        Field("floor_count", "层数", ("楼层", "楼层数", "总层数", "楼高", "层"), example="7"),
        Field(
            "household_count", "户数", ("总户数", "住户数", "户", "住户", "居民户数", "套数"), example="56"
        ),
        Field("remark", "备注", ("说明", "备注说明"), width=24),
    ),
    needed=(("building",), ("precinct",)),
)
