"""`manage.py sweep_duties`: run one sweep by hand."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from baibuting.common.days import SHANGHAI
from duties.management.clocks import now_or_refuse, past_or_refuse
from duties.models import SweepRun
from duties.sweep import sweep


class Command(BaseCommand):
    help = "检查到期的走访与必到责任：提醒、转逾期、逐级上报"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--now", help="按这个时刻判定（ISO 格式，如 2026-11-24T09:00:00+08:00；不写时区按上海时间）"
        )
        parser.add_argument("--dry-run", action="store_true", help="只看会发生什么，不写入")
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now() if options["now"] is None else _moment(options["now"])
        if not options["dry_run"]:
            now = now_or_refuse(now) if options["now"] is None else past_or_refuse(now)
        with transaction.atomic() if options["dry_run"] else nullcontext():
            run = sweep(now=now, read_clock=timezone.now)
            if options["dry_run"]:
                transaction.set_rollback(True)
        summary = _summary(run, dry_run=options["dry_run"])
        if options["json"]:
            self.stdout.write(json.dumps(summary, ensure_ascii=False))
        else:
            self.stdout.write(
                f"检查 {run.looked_at}，新开 {run.opened}，提醒 {run.reminded}，转逾期 {run.overdue}，"
                f"上报 {run.escalated}，推迟 {run.put_off}" + ("（未写入）" if options["dry_run"] else "")
            )


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"看不懂的时刻：{text}。请写成 2026-11-24T09:00:00+08:00 的样子。")
    return moment if timezone.is_aware(moment) else moment.replace(tzinfo=SHANGHAI)


def _summary(run: SweepRun, *, dry_run: bool) -> dict[str, Any]:
    counts = ("looked_at", "opened", "reminded", "overdue", "escalated", "put_off")
    return {
        "now": run.now.astimezone(SHANGHAI).isoformat(),
        "started_at": run.started_at.astimezone(SHANGHAI).isoformat(),
        "finished_at": run.finished_at.astimezone(SHANGHAI).isoformat() if run.finished_at else None,
        "dry_run": dry_run,
        **{name: getattr(run, name) for name in counts},
    }
