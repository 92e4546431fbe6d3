"""Work requested by a row and done by a background process: claimed, its progress reported, ended if its process dies.

The work of a run is one transaction. Its progress is written from a second connection, which also holds an advisory
lock for as long as the process lives.
"""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, ClassVar, Generic, Self, TypeVar

from django.db import OperationalError, connection, models, transaction

logger = logging.getLogger(__name__)

ReadClock = Callable[[], datetime]
_REPORT_EVERY = 0.5  # seconds


class BackgroundRun(models.Model):
    """One piece of work and its outcome; `done` of `total` rows are done. The app adds its states."""

    state = models.CharField("状态", max_length=20)
    message = models.CharField("说明", max_length=200, blank=True, default="")
    created_at = models.DateTimeField("提交时间")
    started_at = models.DateTimeField("开始时间", null=True)
    finished_at = models.DateTimeField("完成时间", null=True)
    done = models.PositiveIntegerField("已处理行数", default=0)
    total = models.PositiveIntegerField("总行数", default=0)

    class Meta:
        abstract = True


class RunLock:
    """A second connection in autocommit for the row of a run: what it writes is visible at once.

    However a worker ends, PostgreSQL releases its advisory lock; a process that can acquire it knows that no other
    works on the row any more. `space` is the model's own space of locks.
    """

    def __init__(self, model: type[BackgroundRun], run_id: int, *, space: int) -> None:
        self.run_id = run_id
        self._table, self._space = model._meta.db_table, space
        self._connection: Any = connection.copy()
        self._reported_at = 0.0

    def acquire(self) -> bool:
        """Acquire the row's lock; False while another process works on it."""
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [self._space, self.run_id % 2**31])
            return bool(cursor.fetchone()[0])

    def report(self, done: int, total: int) -> None:
        """Record how many rows are done, twice a second at most."""
        if done < total and time.monotonic() - self._reported_at < _REPORT_EVERY:
            return
        self._reported_at = time.monotonic()
        with self._connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
            try:
                cursor.execute(
                    f"UPDATE {self._table} SET done = %s, total = %s WHERE id = %s",  # noqa: S608
                    [done, total, self.run_id],
                )
            except OperationalError:
                return  # another transaction holds the row; the next report will get through

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()


Run = TypeVar("Run", bound=BackgroundRun)


class Runner(ABC, Generic[Run]):
    """The worker of one kind of run.

    `stages` maps each waiting state to its working state; `broken` is the state of a run that its process left
    (`left_message`) or that raised (`failed_message`). `related` is read with the row.
    """

    model: type[Run]
    lock_space: ClassVar[int]
    stages: ClassVar[Mapping[str, str]]
    broken: ClassVar[str]
    left_message: ClassVar[str]
    failed_message: ClassVar[str]
    related: ClassVar[Sequence[str]] = ()

    @abstractmethod
    def do(self, run: Run, lock: RunLock, read_clock: ReadClock) -> None:
        """Do the work of a claimed run and settle it, both or neither. An exception breaks the run."""

    @abstractmethod
    def expire(self, *, now: datetime) -> None:
        """Delete runs and files that are no longer needed."""

    def lock(self, run_id: int) -> RunLock:
        """Open the second connection of a run."""
        return RunLock(self.model, run_id, space=self.lock_space)

    def work(self, *, read_clock: ReadClock) -> int:
        """Do the waiting runs, oldest first; returns how many were worked on. Any number of processes may call it."""
        self.tidy(now=read_clock())
        worked = 0
        passed_over: set[int] = set()
        while (run_id := self._next(passed_over)) is not None:
            passed_over.add(run_id)
            with self.lock(run_id) as lock:
                if lock.acquire() and (run := self._claim(run_id, read_clock())) is not None:
                    self._do(run, lock, read_clock)
                    worked += 1
        return worked

    def tidy(self, *, now: datetime) -> None:
        """Break the runs whose process is gone, and delete what has expired."""
        working = self._rows().filter(state__in=self.stages.values())
        for run_id in working.values_list("pk", flat=True):
            with self.lock(run_id) as lock:
                if lock.acquire():
                    self.end(run_id, self.broken, self.left_message, now=now)
        self.expire(now=now)

    def end(self, run_id: int, state: str, message: str, *, now: datetime, **columns: Any) -> None:
        """Settle a run that is still being worked on."""
        working = self._rows().filter(pk=run_id, state__in=self.stages.values())
        working.update(state=state, message=message, finished_at=now, **columns)

    def _rows(self) -> models.QuerySet[Run]:
        return self.model._default_manager.all()

    def _next(self, passed_over: set[int]) -> int | None:
        waiting = self._rows().filter(state__in=self.stages).exclude(pk__in=passed_over)
        return waiting.order_by("created_at", "pk").values_list("pk", flat=True).first()

    @transaction.atomic
    def _claim(self, run_id: int, now: datetime) -> Run | None:
        """Bring a waiting run into its working state, committed before the work begins."""
        rows = self._rows().select_for_update(of=("self",)).select_related(*self.related)
        run = rows.get(pk=run_id)
        if run.state not in self.stages:
            return None
        run.state, run.started_at, run.finished_at, run.done = self.stages[run.state], now, None, 0
        run.save(update_fields=["state", "started_at", "finished_at", "done"])
        return run

    def _do(self, run: Run, lock: RunLock, read_clock: ReadClock) -> None:
        try:
            self.do(run, lock, read_clock)
        except Exception as error:
            # the error's message may hold a person's data: only its type goes into the log
            logger.error("%s %s failed: %s", self.model._meta.label_lower, run.pk, type(error).__name__)
            self.end(run.pk, self.broken, self.failed_message, now=read_clock())
