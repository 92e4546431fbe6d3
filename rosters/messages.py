"""The text of a run's page: a sentence on what will happen or has happened, and counts with their units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rosters.choices import State
from rosters.models import ImportRun

ANY_UNIT = "条"


def counted(run: ImportRun, what: str) -> list[str]:
    """Return how many records of each unit a run has "created", "updated" or left "unchanged": ["12 人", "15 条"]."""
    found = [f"{counts[what]} {unit}" for unit, counts in run.units.items() if counts.get(what)]
    total: int = getattr(run, what)
    if not found and total:
        return [f"{total} {ANY_UNIT}"]  # a run from before units were recorded
    return found


@dataclass(frozen=True, slots=True)
class Figure:
    """One card of a run's page: a label, one or more counts with their unit, and a remark."""

    label: str
    values: list[str]
    note: str = ""
    is_burning: bool = False


def figures(run: ImportRun) -> list[Figure]:
    """Return the cards in reading order."""
    refused, warned = rows_of(run.rejections), rows_of(run.warned)
    shown = [
        Figure("数据行", [f"{run.rows} 行"], f"采用 {run.accepted} 行"),
        Figure("新增", counted(run, "created") or ["0"]),
        Figure("有变化", counted(run, "updated") or ["0"]),
        Figure("相同", counted(run, "unchanged") or ["0"]),
        Figure("未采用", [f"{len(run.rejections)} 格"], f"在 {refused} 行" if refused else "", bool(refused)),
    ]
    if warned:
        shown.append(Figure("请核对", [f"{len(run.warned)} 格"], f"在 {warned} 行，已采用"))
    if run.vacant:
        shown.append(Figure("表里空着的职务", [f"{run.vacant} 个"]))
    return shown


def brings_in_words(brings: Mapping[str, Any]) -> str:
    """Return what new records bring with them, `Brings` as plain values: due today, overdue, or nothing yet."""
    if not brings["counts_from"]:
        return "社区尚未启用：导入后不计时，启用时再一起排首次走访。"
    if brings["is_to_come"]:
        return (
            f"社区 {brings['counts_from']} 启用：到那天才计时；要把这些人一起分摊，请在“启用”页重新确认一次。"
        )
    if not (brings["due_today"] or brings["overdue"]):
        return "按此导入，今天没有到期或逾期的。"
    return f"按此导入，今天到期 {brings['due_today']} 项、逾期 {brings['overdue']} 项。"


def headline(run: ImportRun) -> str:
    """Return one sentence: what confirming will do, or what the import did."""
    is_done = run.state == State.DONE
    if not is_done and not run.accepted:
        return "没有可以导入的行。请按下面的原因改正后重新上传。"
    created, updated = counted(run, "created"), counted(run, "updated")
    parts = []
    if created:
        parts.append(f"{'已' if is_done else '将'}新增 {'、'.join(created)}")
    if updated:
        parts.append(f"{'、'.join(updated)}有变化")
    if not parts:
        parts.append(
            "与现有资料完全相同，没有任何改动" if is_done else "与现有资料完全相同，确认后不会有任何改动"
        )
    parts += _rows_aside(run, is_done)
    return "；".join(parts) + "。"


def _rows_aside(run: ImportRun, is_done: bool) -> list[str]:
    parts = []
    if refused := rows_of(run.rejections):
        whole = run.rows - run.accepted
        parts.append(f"{refused} 行有未采用的格" if whole < refused else f"{refused} 行未采用")
    if warned := rows_of(run.warned):
        parts.append(f"{warned} 行需核对")
    if hidden := hidden_rows(run):
        parts.append(f"{hidden} 行在表里被隐藏，{'也已' if is_done else '也会'}导入")
    return parts


def rows_of(found: list[dict[str, object]]) -> int:
    """Return how many rows of the file the cells are in."""
    return len({(one["sheet"], one["row"]) for one in found})


def hidden_rows(run: ImportRun) -> int:
    """Return how many rows were read that are hidden when the office opens the file."""
    return sum(sheet["hidden_rows"] for sheet in run.sheets if sheet["used"])
