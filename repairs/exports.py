"""维修台账 as a report, and the rates by area."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.db.models import QuerySet

from baibuting.common.days import local_day, midnight
from buildings.reporting import Report, Row
from repairs.choices import FundedBy, StepKind
from repairs.models import RepairOrder, RepairStep
from repairs.selectors import rates_among

# The steps whose day stands in a column.
_DAYS = (StepKind.ACCEPTED, StepKind.HANDED, StepKind.FINISHED, StepKind.PASSED)


class Repairs(Report):
    """What was reported in a month, one row an order, with the rates below."""

    columns = (
        "楼栋",
        "部位",
        "情况",
        "紧急程度",
        "来源",
        "报修日期",
        "受理日期",
        "派工日期",
        "完工日期",
        "验收日期",
        "进展",
        "同遇",
        "金额（元）",
        "资金来源",
        "返修",
    )
    numbers = ("同遇", "金额（元）")
    no_rows = "这个月没有报修。"

    def _orders(self) -> QuerySet[RepairOrder]:
        since = midnight(self.asked.first_on)
        until = midnight(self.asked.last_on + timedelta(days=1))
        return RepairOrder.objects.within(self.scope).filter(reported_at__gte=since, reported_at__lt=until)

    def count(self) -> int:
        return self._orders().count()

    def rows(self) -> Iterator[Row]:
        orders = list(self._orders().select_related("building__parent__parent").order_by("reported_at", "pk"))
        steps: dict[int, dict[str, RepairStep]] = {order.pk: {} for order in orders}
        taken = RepairStep.objects.unscoped("of orders in the scope").filter(order__in=steps, voided_at=None)
        for step in taken.order_by("at", "pk"):
            steps[step.order_id][step.kind] = step
        for order in orders:
            yield self._row(order, steps[order.pk])

    def _row(self, order: RepairOrder, steps: dict[str, RepairStep]) -> Row:
        costs = [step.cost_yuan for step in steps.values() if step.cost_yuan is not None]
        funds = [step.funded_by for step in steps.values() if step.funded_by]
        days = [local_day(steps[kind].at) if kind in steps else "" for kind in _DAYS]
        return [
            order.building.full_name,
            order.get_spot_display(),
            order.summary if self.asked.is_full else "",
            order.get_urgency_display(),
            order.get_channel_display(),
            local_day(order.reported_at),
            *days,
            order.get_stage_display(),
            order.also_count,
            costs[-1] if costs else "",
            FundedBy(funds[-1]).label if funds else "",
            "是" if order.follows_id else "",
        ]

    def summary(self, rows: Sequence[Row]) -> str:
        """Return how many there are, and the rates."""
        rates = "，".join(f"{label} {value}" for label, value in rates_among(self._orders()).shown)
        return f"共 {len(rows)} 件；{rates}"
