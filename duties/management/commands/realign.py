"""`manage.py realign`: after a sweep by a wrong clock, bring every clock in line with the right time."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from duties.management.clocks import now_or_refuse
from duties.realigning import Realigned, clocks_realign


class Command(BaseCommand):
    help = "服务器时钟曾经有误时用：按现在的时间重新核对全部计时，撤回还没有到期的知会；先看会改什么，加 --write 才写入"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="写入；不加只看会改什么")
        parser.add_argument("--reason", default="", help="为什么核对，记入审计，如：服务器时钟快了一年")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what is taken back, or would be. Exit status 1 where a clock failed or the time is not certain."""
        if options["write"] and not options["reason"].strip():
            raise CommandError("请用 --reason 写明为什么核对，例如 --reason 服务器时钟快了一年。")
        done = clocks_realign(
            now=now_or_refuse(timezone.now()),
            reason=options["reason"].strip(),
            dry_run=not options["write"],
            on_batch=self._say,
        )
        self.stdout.write(
            _summary(done) + ("" if options["write"] else "（未写入；确认无误后加 --write 再运行）")
        )
        if done.put_off:
            raise CommandError(f"有 {done.put_off} 个计时核对时出错，一小时后自动再试；日志里有出错的种类。")

    def _say(self, looked_at: int) -> None:
        if looked_at % 10_000 == 0:
            self.stdout.write(f"已核对 {looked_at} 个计时")


def _summary(done: Realigned) -> str:
    tally = done.tally
    return (
        f"核对 {done.looked_at} 个计时：撤回知会 {tally.stood_down}，作废责任 {tally.withdrawn}，新开 {tally.opened}，"
        f"提醒 {tally.reminded}，转逾期 {tally.overdue}，上报 {tally.escalated}"
    )
