"""Invented people: names, phones, ID numbers. None are real: no place has the code 429999, 199 numbers are random."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from residents.choices import Gender

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏"
    "韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_COMPOUND = ("欧阳", "司马", "上官", "诸葛", "夏侯", "皇甫", "尉迟")
_GIVEN = {
    # by generation: born before 1955, before 1980, later
    (Gender.MALE, 0): ("德", "福", "贵", "荣", "发", "祥", "义", "永", "广", "树", "汉", "炳", "兴", "松", "寿", "宗"),
    (Gender.MALE, 1): ("建国", "建军", "国庆", "志强", "卫东", "爱民", "红兵", "勇", "刚", "军", "斌", "明", "平", "汉生"),
    (Gender.MALE, 2): ("磊", "涛", "超", "鹏", "浩", "俊杰", "宇", "凯", "晨", "子豪", "文博", "志远"),
    (Gender.FEMALE, 0): ("秀", "兰", "桂", "珍", "英", "凤", "淑", "玉", "素", "菊", "莲", "春", "芝", "巧", "慧", "云"),
    (Gender.FEMALE, 1): ("红", "丽", "敏", "静", "秀兰", "桂芳", "汉英", "建华", "丽萍", "春梅", "爱华", "玉梅", "翠霞"),
    (Gender.FEMALE, 2): ("婷", "雪", "倩", "思雨", "欣怡", "佳", "梦", "雯", "晓燕", "诗涵", "娜", "颖"),
}  # fmt: skip
# Names that break programs: dots, three parts, characters outside the Basic Multilingual Plane.
_SPECIAL = {
    Gender.FEMALE: (
        "迪丽努尔·买买提",
        "古丽巴哈尔·吐尔逊江·阿卜杜热合曼",
        "阿依古丽·艾合买提",
        "李𬭊",
    ),
    Gender.MALE: ("王䶮", "𠮷田洋", "买买提江·阿布都拉", "洛桑·扎西"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """An invented person."""

    name: str
    gender: str
    born_on: date
    phone: str
    id_number: str


class People:
    """Generates people with distinct phones and ID numbers, the same ones for the same seed."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._phones: set[str] = set()
        self._id_numbers: set[str] = set()
        self._special = {gender: list(names) for gender, names in _SPECIAL.items()}

    def person(self, *, youngest: int, oldest: int, today: date, special: bool = False) -> Person:
        """Return a person between two ages in years; `special` picks one of the unusually written names."""
        random = self._random
        gender = random.choice((Gender.MALE, Gender.FEMALE))
        born_on = date(
            today.year - random.randint(youngest, oldest) - 1, random.randint(1, 12), random.randint(1, 28)
        )
        own = self._special[gender]
        name = own.pop(0) if special and own else self._name(gender, born_on.year)
        return Person(name, gender, born_on, self.phone(), self._id_number(gender, born_on))

    def phone(self) -> str:
        """Return a mobile number not used in the demo yet."""
        while True:
            phone = f"199{self._random.randrange(10**8):08d}"
            if phone not in self._phones:
                self._phones.add(phone)
                return phone

    def _name(self, gender: Gender, year: int) -> str:
        random = self._random
        generation = (year >= 1955) + (year >= 1980)
        surname = random.choice(_COMPOUND) if random.random() < 0.02 else random.choice(_SURNAMES)
        given = random.choice(_GIVEN[gender, generation])
        if len(given) == 1 and random.random() < (0.85 if generation == 0 else 0.3):
            given += random.choice([other for other in _GIVEN[gender, generation] if len(other) == 1])
        return surname + given

    def _id_number(self, gender: Gender, born_on: date) -> str:
        while True:
            sequence = self._random.randrange(0, 1000, 2) + (gender == Gender.MALE)
            body = f"429999{born_on:%Y%m%d}{sequence:03d}"
            id_number = body + check_character(body)
            if id_number not in self._id_numbers:
                self._id_numbers.add(id_number)
                return id_number


def check_character(body: str) -> str:
    """Return the check character of an ID number from its first 17 digits (GB 11643-1999)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(weight * int(digit) for weight, digit in zip(weights, body, strict=True)) % 11]
