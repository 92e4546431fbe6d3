"""`manage.py import_roster KIND FILE --community NAME`: import an office's own roster."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from baibuting.common import embedded_postgres
from baibuting.common.tabular.problems import LayoutError, TabularError
from baibuting.common.tabular.report import Correction, ImportReport, Rejection
from baibuting.common.tabular.writing import error_book
from rosters.imports import roster_import
from rosters.messages import brings_in_words
from rosters.rules import roster_kinds

UNREADABLE = 2  # exit status when the file cannot be read, or there is no database to import into
NOT_SET_UP = (
    "这个数据目录里还没有建好数据库，没有导入。请先运行 make run，或 .venv/bin/python manage.py migrate；"
    "启动系统时用了 BAIBUTING_HOME 或 DATABASE_URL 的，请在这里设成同样的值。"
)


class Command(BaseCommand):
    help = "导入花名册：places 楼栋、cadres 骨干、residents 居民、care 必访对象、visits 走访（.xlsx、.xls 或 .csv）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=roster_kinds(), help="花名册种类")
        parser.add_argument("file", help="文件路径")
        parser.add_argument("--community", required=True, metavar="NAME", help="社区名称，如：百步亭社区")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="列名=field",
            help="指明认不出的列对应哪个栏目，可重复",
        )
        parser.add_argument(
            "--correct",
            action="append",
            default=[],
            choices=[correction.value for correction in Correction],
            help="允许更正已登记的过去：starts 起点、holders 任职、visits 走访，可重复",
        )
        parser.add_argument(
            "--spread",
            type=int,
            default=0,
            metavar="DAYS",
            help="care：今天以前纳入的，首次走访分摊到几天，0 表示不分摊",
        )
        parser.add_argument("--dry-run", action="store_true", help="只看结果，不写入")
        parser.add_argument("--errors", metavar="OUT.xlsx", help="把被拒的行写到这个工作簿，改好后可再次导入")
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")

    def handle(self, *args: Any, **options: Any) -> None:
        fields, mapping = roster_kinds()[options["kind"]].fields, _mapping(options["map"])
        _refuse_missing_database()
        try:
            data = Path(options["file"]).read_bytes()
            report = roster_import(
                kind=options["kind"],
                data=data,
                community_name=options["community"],
                now=timezone.now(),
                user=None,
                mapping=mapping,
                dry_run=options["dry_run"],
                corrections=options["correct"],
                spread_days=options["spread"],
            )
        except OSError as error:
            raise CommandError(
                f"打不开文件 {options['file']}：{error.strerror}。", returncode=UNREADABLE
            ) from error
        except TabularError as error:
            if options["json"]:
                self.stdout.write(json.dumps(_unreadable(error), ensure_ascii=False))
            raise CommandError(error.message, returncode=UNREADABLE) from error
        except ValidationError as error:
            raise CommandError("；".join(error.messages), returncode=UNREADABLE) from error
        if options["errors"]:
            Path(options["errors"]).write_bytes(error_book(data, fields, report.rejected, mapping))
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self._report(report, options["dry_run"])

    def _report(self, report: ImportReport, dry_run: bool) -> None:
        self.stdout.write(
            f"共 {report.rows} 行，采用 {report.accepted} 行；新增 {report.created}，更新 {report.updated}，"
            f"未变 {report.unchanged}" + ("（未写入）" if dry_run else "")
        )
        for unit, counts in report.units.items():
            self.stdout.write(
                f"其中{unit}：新增 {counts.created}，更新 {counts.updated}，未变 {counts.unchanged}"
            )
        if report.brings:
            self.stdout.write(brings_in_words(asdict(report.brings)))
        if report.unrecognised:
            self.stdout.write(f"没认出的列：{'、'.join(report.unrecognised)}")
        for title, field in report.suggested.items():
            self.stdout.write(f"“{title}”一列看内容像是 {field}；是的话请加上 --map {title}={field}")
        for title, field in report.taken_by_content.items():
            self.stdout.write(f"“{title}”一列按内容读作 {field}；不是的话请加上 --map {title}=对应的栏目")
        for correction, found in report.correctable.items():
            self.stdout.write(
                f"有 {found.rows} 行会改动已登记的过去；确认无误后可加上 --correct {correction}"
            )
        for rejection in report.rejected:
            self.stdout.write(_line(rejection))
        for warning in report.warned:
            self.stdout.write(f"请核对：{_line(warning)}")


def _line(one: Rejection) -> str:
    where = f"{one.sheet} " if one.sheet else ""
    return f"{where}第 {one.row} 行“{one.column}”：{one.message}"


def _refuse_missing_database() -> None:
    """Raise CommandError where the database is not set up; an import does not create one."""
    if settings.EMBEDDED:
        cluster = embedded_postgres.cluster_of(settings.HOME)
        if not (cluster.data / "PG_VERSION").exists():
            raise CommandError(NOT_SET_UP, returncode=UNREADABLE)
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except OperationalError as error:
        raise CommandError(
            "连不上数据库，没有导入。请核对 DATABASE_URL，或先运行 make run。", returncode=UNREADABLE
        ) from error
    if missing:
        raise CommandError(NOT_SET_UP, returncode=UNREADABLE)


def _mapping(given: list[str]) -> dict[str, str]:
    mapping = {}
    for pair in given:
        title, equals, name = pair.rpartition("=")
        if not equals or not title or not name:
            raise CommandError(f"看不懂 --map {pair}，请写成 列名=栏目 的样子，如 走访对象姓名=resident。")
        mapping[title] = name
    return mapping


def _unreadable(error: TabularError) -> dict[str, Any]:
    answer: dict[str, Any] = {"error": error.message}
    if isinstance(error, LayoutError):
        answer |= {
            "recognised": error.recognised,
            "unrecognised": error.unrecognised,
            "missing": error.missing,
        }
    return answer
