"""Names of invented people for the generated clinic: the frequent surnames with their weights, and given names of one or two characters."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from server.importing.pinyin import spellings

if TYPE_CHECKING:
    from collections.abc import Iterator

#: So many different names, whatever the clinic's size: as in real life, many people share theirs.
DIFFERENT: Final = 40_000

#: Per thousand people, roughly; the rare ones at the end are those that pinyin dictionaries read wrongly.
SURNAMES: Final = (
    "王72李72张68刘54陈45杨31黄22赵22吴20周19徐15孙15马13朱13胡12郭12何11林11高10罗10郑9梁9谢8宋8唐7许6韩6邓6冯6曹6彭6曾5肖5田5董5潘5袁5蔡5蒋5余5于5杜5"
    "叶4程4魏4苏4吕4丁4任4卢4姚4沈4钟4姜4崔4谭4陆4范3汪3廖3石3金3韦3贾3夏3付3方3邹3熊3白3孟3秦3邱3侯3江3尹2薛2闫2段2雷2龙2史2陶2贺2毛2郝2顾2龚2邵2万2"
    "覃2武2钱2戴2严2欧1莫1孔1向1常1单1解1仇1区1查1欧阳1司马1诸葛1上官1尉迟1"
)
GIVEN: Final = (
    "伟芳娜敏静秀丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华建国玉红志文海燕春梅小云飞晓东梓涵子轩浩宇欣怡诗雨泽佳琪思远若曦俊豪嘉雯博雅晨宁安康福贵庆凤龙"
    "永昌立新爱民秋月冬青荣光淑贞素珍美玲慧莉婷婷雪莹颖倩楠琳帆鑫鹏凯斌峰威亮成刚学友德才景行怀瑾昊然一诺可心梦瑶紫萱雨桐沐阳星辰"
)


def _weighted(text: str) -> tuple[list[str], list[int]]:
    """``"王72李72"`` as names and weights."""
    names, weights, name, number = [], [], "", ""
    for character in f"{text} ":
        if character.isdigit():
            number += character
            continue
        if number:
            names.append(name)
            weights.append(int(number))
            name, number = "", ""
        name += character
    return names, weights


def different_names(seed: int = 7) -> Iterator[tuple[int, str, list[str]]]:
    """``DIFFERENT`` names with their number from 0 and the keys by which a search finds them. The same seed gives the same names."""
    chance = random.Random(seed)
    surnames, weights = _weighted(SURNAMES)
    given = sorted(set(GIVEN))
    found: dict[str, None] = {}
    while len(found) < DIFFERENT:
        surname = chance.choices(surnames, weights)[0]
        found.setdefault(surname + "".join(chance.choices(given, k=1 if chance.random() < 0.15 else 2)))
    for number, name in enumerate(found):
        spelled = spellings(name)
        yield number, name, sorted({*spelled.full, *spelled.initials})
