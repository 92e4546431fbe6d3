"""`manage.py watch_sweeps`: sweep where beat, Redis or the worker no longer do. For a timer, or as a service of its own."""

from __future__ import annotations

import logging
import signal
import sys
import time
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from duties.selectors import last_progress_at
from duties.watching import Watched, sweep_if_stale

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "看巡检是否停了；停了就自己做一次。不依赖 Redis 和后台进程，可以和它们同时运行"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--older-than", type=int, default=120, help="多少秒没有进展算停了（默认 120）")
        parser.add_argument("--every", type=int, default=0, help="每隔多少秒看一次，一直运行；不写只看一次")
        parser.add_argument("--look", action="store_true", help="只看，不做；停了则退出码为 1")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 0 where the sweep is well or was made up for, else 1. With `--every` runs until it is ended."""
        older_than = timedelta(seconds=options["older_than"])
        if options["look"]:
            self._look(older_than)
        elif options["every"]:
            self._watch(older_than, options["every"])
        else:
            watched = sweep_if_stale(older_than=older_than, read_clock=timezone.now)
            if watched == Watched.REFUSED:
                raise CommandError(f"{watched.label}。请校准时钟。")
            self.stdout.write(f"{watched.label}。")

    def _look(self, older_than: timedelta) -> None:
        now = timezone.now()
        swept_at = last_progress_at(now=now)
        if swept_at is None:
            raise CommandError("还没有做过巡检。")
        age = int((now - swept_at).total_seconds())
        if now - swept_at > older_than:
            raise CommandError(f"巡检停了：上一次进展在 {age} 秒以前。")
        self.stdout.write(f"巡检正常：上一次进展在 {age} 秒以前。")

    def _watch(self, older_than: timedelta, every: int) -> None:
        """Look again and again, until it is ended. While the database is away it is waited for."""
        # as every process of the set ends: with 0, not as if something had failed
        before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            while True:
                self._look_and_sweep(older_than)
                time.sleep(every)
        finally:
            signal.signal(signal.SIGTERM, before)

    def _look_and_sweep(self, older_than: timedelta) -> None:
        try:
            watched = sweep_if_stale(older_than=older_than, read_clock=timezone.now)
        except OperationalError as error:
            logger.error("watch_sweeps: the database does not answer: %s", type(error).__name__)
        else:
            if watched != Watched.WELL:
                logger.warning("watch_sweeps: %s", watched.label)
        close_old_connections()
