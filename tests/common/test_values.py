"""What cells mean, and which are refused rather than repaired."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.values import (
    parse_count,
    parse_date,
    parse_gender,
    parse_id_number,
    parse_moment,
    parse_name,
    parse_phone,
    parse_time,
    parse_yes,
    split_name_and_phone,
    split_several,
)


def reason(parse: Any, cell: object) -> str:
    with pytest.raises(CellError) as error:
        parse(cell)
    assert error.value.message.endswith("。")
    return error.value.reason


def test_it_works() -> None:
    assert parse_date("2020.12.18") == date(2020, 12, 18)
    assert parse_phone("199 0571 9670") == "19905719670"


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
    ("cell", "expected"),
    [
        (19908227716.0, "19908227716"),
        ("１９９０８５０９７２４", "19908509724"),
        ("+86 199-0287-5909", "19902875909"),
        ("027-82345678", "027-82345678"),
        ("82345678", "82345678"),
        ("19900001111/19900002222", "19900001111；19900002222"),
        ("19906353078（女儿）", "19906353078"),
        ("无", ""),
    ],
)
def test_phones(cell: Any, expected: str) -> None:
    assert parse_phone(cell) == expected


@pytest.mark.parametrize("cell", ["1990875925", "199087592511", "12345678901", "1.99E+10", "电话不通"])
def test_what_is_no_phone_is_refused(cell: str) -> None:
    assert reason(parse_phone, cell) == "phone"


@pytest.mark.parametrize("cell", ["429999197803051768", " 429999 19780305 1768 ", "４２９９９９１９７８０３０５１７６８", "'429999197803051768"])  # fmt: skip
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


def test_names() -> None:
    assert [parse_name(cell) for cell in ("阿依古丽•艾合买提", " 秦 耀 红 ", "王䶮（户主）", "𠮷田洋")] == [
        "阿依古丽·艾合买提", "秦耀红", "王䶮", "𠮷田洋",
    ]  # fmt: skip
    assert reason(parse_name, "—") == "missing name"
    assert reason(parse_name, "张三13800000000") == "name"
    assert reason(parse_name, "长" * 51) == "name"


def test_a_name_and_a_phone_in_one_cell() -> None:
    assert split_name_and_phone("任敏茂 199 0571 9670") == ("任敏茂", "199 0571 9670")
    assert split_name_and_phone("任敏茂（19905719670）") == ("任敏茂", "19905719670")
    assert split_name_and_phone("迪丽努尔·买买提") == ("迪丽努尔·买买提", "")


def test_small_words() -> None:
    assert [parse_count(cell) for cell in (4.0, "４个", "", "无")] == [4, 4, None, None]
    assert reason(parse_count, "四层半") == "number"
    assert [parse_yes(cell) for cell in ("√", "是", "", "×", "低保")] == [True, True, False, False, None]
    assert [parse_gender(cell) for cell in ("男", "女性", "")] == ["male", "female", ""]
    assert reason(parse_gender, "未知性") == "gender"
    assert split_several("困难家庭、住院病人/孤寡老人 下岗") == ["困难家庭", "住院病人", "孤寡老人", "下岗"]
