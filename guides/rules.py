"""Which guides there are, and who each is written for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide: its name in addresses, the file docs/guide-<name>.md, its title, and for whom and when it is."""

    name: str
    title: str
    about: str


GUIDES = {
    guide.name: guide
    for guide in (
        Guide("start", "初次使用", "新社区从零到第一次走访，一步一步"),
        Guide(
            "office", "社区工作者使用说明", "每天要用的页面：总览、必访对象、责任、走访、必到事件、人员和楼栋"
        ),
        Guide("secretary", "书记使用说明", "看本片区、本苑区、全社区的情况，接到知会怎么办"),
        Guide("imports", "导入使用说明", "把办公室已有的 Excel 表导进来"),
        Guide("reports", "报表使用说明", "走访台账、按时率、督办情况，打印和下载"),
        Guide("boards", "公示牌使用说明", "每栋楼一张公示牌和二维码"),
        Guide("operations", "运行与维护", "服务器：设置、备份、恢复、升级"),
        Guide("louzhang", "楼栋长手机使用说明", "手机上记走访、报事、没有信号也能记"),
    )
}
