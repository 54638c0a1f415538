"""Invented people: names as common as in life, valid ID numbers, children with guardians, and some from abroad.

No number belongs to anybody on purpose: regions and birth dates are drawn, the sequence is drawn from 900 upwards, where few real ones are.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Final

import msgspec

from common.domain.age import full_years
from common.domain.idcard import check_digit
from common.messages.patients import Allergy, AllergyState, DocumentKind, PatientFile

#: How many in a thousand bear each of these surnames, roughly.
_SURNAMES: Final = {
    72: "王",
    71: "李",
    66: "张",
    52: "刘",
    44: "陈",
    31: "杨",
    22: "黄",
    21: "赵",
    20: "吴 周",
    14: "徐 孙",
    13: "马",
    12: "朱 胡 郭",
    11: "何 林",
    10: "高",
    9: "罗 郑",
    8: "梁",
    7: "谢 宋",
    6: "唐 许 韩 冯 邓 曹",
    5: "彭 曾 肖 田",
    4: "董 潘 袁 蔡",
    1: "欧阳 诸葛",
}
_BOYS: Final = "伟强磊军洋勇杰涛超明刚平辉鹏宇浩轩晨博睿泽航铭峰龙斌建国志文华"
_GIRLS: Final = "芳娜敏静丽艳娟霞秀英玲燕红梅雪倩婷怡欣妍诗涵梓萱雨桐佳琪兰云"
_ABROAD: Final = ("John Smith", "Maria Garcia", "Kim Minjun", "Anna Schmidt", "Pierre Martin", "Olga Petrova", "David Brown", "Yuki Tanaka")
_REGIONS: Final = ("110101", "110105", "110108", "120101", "310101", "310104", "320102", "330102", "370102", "420102", "440103", "510104")
_STREETS: Final = ("杏林路", "中山路", "人民路", "解放路", "和平街", "建设路", "文化路", "新华街")
_ALLERGIES: Final = (("青霉素", "penicillin"), ("头孢", "cephalosporin"), ("磺胺", "sulfonamide"), ("布洛芬", "nsaid"))

CHILD_YEARS: Final = 14


class Invented(msgspec.Struct, frozen=True, kw_only=True):
    """A person as a file, and the age in full years."""

    file: PatientFile
    years: int


def invent(rng: random.Random, today: date) -> Invented:
    """Somebody: a fifth are children, one in fifty comes from abroad, one in twelve has an allergy."""
    years = rng.choices((rng.randint(0, 13), rng.randint(14, 59), rng.randint(60, 92)), (20, 55, 25))[0]
    birth = today - timedelta(days=365 * years + rng.randint(3, 350))
    sex = rng.choice("12")
    years = full_years(birth, today)
    known = rng.random() < 1 / 12
    file = PatientFile(
        name=_name(rng, sex),
        sex=sex,
        birth_date=birth,
        phone=_mobile(rng),
        address=f"{rng.choice(_STREETS)}{rng.randint(1, 300)}号",
        ethnic_group="01",
        allergy_state=AllergyState.KNOWN if known else rng.choice((AllergyState.NONE_KNOWN, AllergyState.NOT_ASKED)),
        allergies=(_allergy(rng),) if known else (),
    )
    return Invented(file=_with_papers(rng, file, years), years=years)


def _with_papers(rng: random.Random, file: PatientFile, years: int) -> PatientFile:
    if years < CHILD_YEARS:
        guardian = {"guardian_name": _name(rng, rng.choice("12")), "guardian_phone": _mobile(rng)}
        with_card = rng.random() < 0.5
        papers = {"document_kind": DocumentKind.ID_CARD, "document_number": _id_number(rng, file)} if with_card else {}
        return msgspec.structs.replace(file, **guardian, **papers)
    drawn = rng.random()
    if drawn < 0.02:
        passport = f"{rng.choice('CEGLP')}{rng.randint(10_000_000, 99_999_999)}"
        return msgspec.structs.replace(
            file, name=rng.choice(_ABROAD), document_kind=DocumentKind.PASSPORT, document_number=passport, ethnic_group=""
        )
    if drawn < 0.03:
        permit = f"H{rng.randint(10_000_000, 99_999_999)}"
        return msgspec.structs.replace(file, document_kind=DocumentKind.HK_MACAU_PERMIT, document_number=permit)
    if drawn < 0.08 and years >= 16:
        return file  # came without any paper
    return msgspec.structs.replace(file, document_kind=DocumentKind.ID_CARD, document_number=_id_number(rng, file))


def _name(rng: random.Random, sex: str) -> str:
    surnames = [(surname, weight) for weight, names in _SURNAMES.items() for surname in names.split()]
    given = rng.choices(_BOYS if sex == "1" else _GIRLS, k=1 if rng.random() < 0.25 else 2)
    return rng.choices([name for name, _ in surnames], [weight for _, weight in surnames])[0] + "".join(given)


def _mobile(rng: random.Random) -> str:
    return f"1{rng.choice('3578')}{rng.randint(0, 9)}{rng.randint(0, 99_999_999):08d}"


def _id_number(rng: random.Random, file: PatientFile) -> str:
    sequence = rng.randrange(900, 999, 2) + (1 if file.sex == "1" else 0)
    first17 = f"{rng.choice(_REGIONS)}{file.birth_date:%Y%m%d}{sequence:03d}"
    return first17 + check_digit(first17)


def _allergy(rng: random.Random) -> Allergy:
    text, code = rng.choice(_ALLERGIES)
    return Allergy(text=text, allergen=code, severe=rng.random() < 0.2)
