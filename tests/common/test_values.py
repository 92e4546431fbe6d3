"""What cells mean, and which are refused rather than repaired."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.values import (
    parse_count,
    parse_date,
    parse_day,
    parse_exact_moment,
    parse_gender,
    parse_id_number,
    parse_moment,
    parse_time,
    parse_yes,
    split_several,
)


def reason(parse: Any, cell: object) -> str:
    with pytest.raises(CellError) as error:
        parse(cell)
    assert error.value.message.endswith("。")
    return error.value.reason


def test_it_works() -> None:
    assert parse_date("2020.12.18") == date(2020, 12, 18)
    assert parse_id_number("429999197803051768") == "429999197803051768"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (date(2026, 3, 5), date(2026, 3, 5)),
        (datetime(2026, 3, 5, 8), date(2026, 3, 5)),  # noqa: DTZ001 - cells have no time zone
        ("2020年3月", date(2020, 3, 1)),
        ("20201218", date(2020, 12, 18)),
        (20201218.0, date(2020, 12, 18)),
        ("2026/6/7 00:00", date(2026, 6, 7)),
        ("2026年 6月 7日", date(2026, 6, 7)),
        ("２０２６．３．５", date(2026, 3, 5)),
        ("2026-03-05（周四）", date(2026, 3, 5)),
        ("二〇二〇年三月十五日", date(2020, 3, 15)),
        ("2020.12", date(2020, 12, 1)),
        (45000.0, date(2023, 3, 15)),  # Excel's day number
        ("202603", date(2026, 3, 1)),
    ],
)
def test_days(cell: Any, expected: date) -> None:
    assert parse_date(cell) == expected


@pytest.mark.parametrize("cell", ["2026.13.40", "去年底", "26.3.5", "3/5/2026", "2026-02-30", "201203", 2020.1, "2026-03-0512", "1850-01-01"])  # fmt: skip
def test_what_is_no_day_is_never_guessed(cell: Any) -> None:
    assert reason(parse_date, cell) == "date"


def test_a_blank_day_is_missing() -> None:
    assert reason(parse_date, " — ") == "missing date"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-03-05 14:30", time(14, 30)),
        ("2026年3月5日 下午3点", time(15)),
        ("2026年3月5日14时30分", time(14, 30)),
        ("2026-03-05T09:05:07", time(9, 5, 7)),
        ("2026-03-05 上午", None),
        ("2026-03-05 00:00:00", None),
    ],
)
def test_times_of_day(cell: str, expected: time | None) -> None:
    assert parse_moment(cell).at == expected


def test_times_by_themselves() -> None:
    assert [parse_time(cell) for cell in (time(9), timedelta(hours=9), 0.375, "9:00-10:00", "晚上8点半", "")] == [
        time(9), time(9), time(9), time(9), time(20, 30), None,
    ]  # fmt: skip
    english = ["10:30:00 AM", "7:05 pm", "12:15 AM", "12:15 PM", "PM 3:00", "12:00 AM"]
    assert [parse_time(cell) for cell in english] == [
        time(10, 30), time(19, 5), time(0, 15), time(12, 15), time(15), None,
    ]  # fmt: skip
    assert reason(parse_time, "25:00") == "date"


@pytest.mark.parametrize(
    "cell", ["2025年11月", "2025.11", "202511", 202511.0, "2025年11月份", "二〇二五年十一月"]
)
def test_a_month_alone_says_that_it_is_one(cell: Any) -> None:
    moment = parse_moment(cell)
    assert (moment.day, moment.is_month) == (date(2025, 11, 1), True)
    assert reason(parse_day, cell) == reason(parse_exact_moment, cell) == "date"


@pytest.mark.parametrize(
    "cell",
    [
        "2025-11-03至09", "2025-11-03~2025-11-09", "2025年11月3-9日", "2025年11月3日、9日", "2025.11.3—11.9", "20251103-1109",
        "2025年11月下旬", "2025年11月初", "2025年10月至11月", "2025-11-03-09", "2025年11月3日和9日",
    ],
)  # fmt: skip
def test_a_span_never_becomes_its_first_day(cell: str) -> None:
    assert reason(parse_date, cell) == "date"


@given(st.dates(date(2014, 1, 1), date(2026, 12, 31)), st.integers(0, 40), st.sampled_from(["至", "-", "~", "—", "到", "、"]))  # fmt: skip
def test_no_two_days_make_one(first: date, more: int, between: str) -> None:
    second = first + timedelta(days=more)
    for text in (f"{first}{between}{second}", f"{first:%Y.%m.%d}{between}{second:%m.%d}", f"{first}{between}{second.day}日"):  # fmt: skip
        assert reason(parse_date, text) == "date"


def test_a_span_of_hours_is_a_time_of_day() -> None:
    assert parse_exact_moment("2025-11-03 9:00-11:30") == parse_moment("2025-11-03 9:00")


@pytest.mark.parametrize("cell", ["429999197803051768", " 429999 19780305 1768 ", "４２９９９９１９７８０３０５１７６８", "'429999197803051768", "‘429999197803051768’", '="429999197803051768"', "\u200b429999197803051768\ufeff"])  # fmt: skip
def test_id_numbers(cell: str) -> None:
    assert parse_id_number(cell) == "429999197803051768"
    assert parse_id_number("42999919710514983x") == "42999919710514983X"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (4.29999194505148e17, "id number lost digits"),
        (429999197803051768, "id number lost digits"),
        ("4.29999E+17", "id number lost digits"),
        ("429999194205272271", "id checksum"),
        ("42999919780305176", "id number"),
        ("429999780305176", "id number"),
        ("429999197802301769", "id checksum"),
    ],
)
def test_an_id_number_is_never_repaired(cell: Any, expected: str) -> None:
    assert reason(parse_id_number, cell) == expected


def test_what_is_wrong_with_an_id_number_is_told_as_it_is() -> None:
    for cell in ("110101800102123", 110101800102123.0):
        with pytest.raises(CellError, match="id number") as old:
            parse_id_number(cell)
        assert "15 位" in old.value.message
        assert "丢失" not in old.value.message


def test_small_words() -> None:
    assert [parse_count(cell) for cell in (4.0, "４个", "", "无")] == [4, 4, None, None]
    assert reason(parse_count, "四层半") == "number"
    assert [parse_yes(cell) for cell in ("√", "是", "", "×", "低保")] == [True, True, False, False, None]
    assert [parse_gender(cell) for cell in ("男", "女性", "")] == ["male", "female", ""]
    assert reason(parse_gender, "未知性") == "gender"
    assert split_several("困难家庭、住院病人/孤寡老人 下岗") == ["困难家庭", "住院病人", "孤寡老人", "下岗"]
