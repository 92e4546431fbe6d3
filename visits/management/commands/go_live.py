"""`manage.py go_live --community NAME --on DATE`: from which day a community counts, shown first or confirmed."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from buildings.choices import Level
from buildings.models import Place
from visits.going_live import StartPlan
from visits.services import go_live_confirm, go_live_preview


class Command(BaseCommand):
    help = "定社区的启用日期：从这天起计时，首次走访可分摊到若干天；先用 --dry-run 看结果"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--community", required=True, metavar="NAME", help="社区名称，如：百步亭社区")
        parser.add_argument("--on", required=True, metavar="DATE", help="启用日期，如：2026-12-01")
        parser.add_argument(
            "--spread", type=int, default=0, metavar="DAYS", help="首次走访分摊到几天，0 表示不分摊"
        )
        parser.add_argument("--dry-run", action="store_true", help="只看结果，不写入")
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")

    def handle(self, *args: Any, **options: Any) -> None:
        community = Place.objects.filter(level=Level.COMMUNITY, name=options["community"]).first()
        if community is None:
            raise CommandError(f"没有名为“{options['community']}”的社区，请核对名称。")
        try:
            plan = (go_live_preview if options["dry_run"] else go_live_confirm)(
                community=community,
                on=_day(options["on"]),
                spread_days=options["spread"],
                now=timezone.now(),
            )
        except ValidationError as refusal:
            raise CommandError("；".join(refusal.messages)) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(_plain(plan, options["dry_run"]), ensure_ascii=False))
        else:
            self._say(plan, options["dry_run"])

    def _say(self, plan: StartPlan, dry_run: bool) -> None:
        begun = "" if plan.counts_from == plan.on else f"（启用日期 {plan.on} 已过，从今天算起）"
        self.stdout.write(
            f"{plan.community.name}自 {plan.counts_from} 起计时{begun}："
            f"必访 {plan.people} 人，当天逾期 {plan.overdue} 人" + ("（未写入）" if dry_run else "")
        )
        for day, people in plan.due_by_day.items():
            self.stdout.write(f"{day}  到期 {people} 人")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"看不懂的日期“{text}”，请写成 2026-12-01 的样子。") from error


def _plain(plan: StartPlan, dry_run: bool) -> dict[str, Any]:
    return {
        "community": plan.community.name,
        "on": plan.on.isoformat(),
        "counts_from": plan.counts_from.isoformat(),
        "spread": plan.spread_days,
        "people": plan.people,
        "due_by_day": {day.isoformat(): people for day, people in plan.due_by_day.items()},
        "overdue": plan.overdue,
        "dry_run": dry_run,
    }
