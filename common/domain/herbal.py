"""Herbal slices 中药饮片: how each is boiled, what must not be boiled together, how exactly it is weighed, how long a decoction may wait.

Which slices do not go together is decided by base names (DOMAIN.md §6.6): ``法半夏`` is ``半夏``, but ``白附子`` is another plant than ``附子``.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from common.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


#: The route of what the clinic boils 代煎, as the list of routes has it; what is due for it besides the slices is that route's surcharge.
DECOCTED_HERE: Final = "decoct_in"


class Handling(StrEnum):
    """What is done with a slice otherwise than with the rest of the pot (处方管理办法 Art. 6: in brackets after its name)."""

    FIRST = "first"
    LATER = "later"
    WRAPPED = "wrapped"
    APART = "apart"
    MELTED = "melted"
    STIRRED = "stirred"

    @property
    def label(self) -> str:
        """Its name, as an English source string."""
        return _TITLES[self]

    @property
    def words(self) -> str:
        """As it stands on prescriptions, in every language."""
        return _WORDS[self][0]


_TITLES: Final = {
    Handling.FIRST: N_("slice|Boil first"),
    Handling.LATER: N_("slice|Add last"),
    Handling.WRAPPED: N_("slice|Boil in a bag"),
    Handling.APART: N_("slice|Boil apart"),
    Handling.MELTED: N_("slice|Melt"),
    Handling.STIRRED: N_("slice|Stir in"),
}
#: The words, and the letters by which they are typed.
_WORDS: Final = {
    Handling.FIRST: ("先煎", "xj"),
    Handling.LATER: ("后下", "hx"),
    Handling.WRAPPED: ("包煎", "bj"),
    Handling.APART: ("另煎", "lj"),
    Handling.MELTED: ("烊化", "yh"),
    Handling.STIRRED: ("冲服", "cf"),
}
#: What is done with these unless the doctor says otherwise (中华人民共和国药典 2020, 用法与用量), by base name.
_USUAL: Final = {
    Handling.FIRST: "川乌 草乌 附子 龙骨 牡蛎 石膏 磁石 石决明 珍珠母 赭石 龟甲 鳖甲 水牛角 瓦楞子 蛤壳 龙齿 生铁落 紫石英",
    Handling.LATER: "薄荷 砂仁 豆蔻 钩藤 沉香 鱼腥草 番泻叶 降香",
    Handling.WRAPPED: "车前子 旋覆花 蒲黄 滑石粉 葶苈子 海金沙 五灵脂 儿茶 辛夷 青黛 蚕沙",
    Handling.APART: "人参 西洋参 羚羊角",
    Handling.MELTED: "阿胶 鹿角胶 龟甲胶 饴糖",
    Handling.STIRRED: "三七粉 川贝母粉 琥珀 朱砂 雷丸 芒硝 玄明粉 沉香粉 羚羊角粉",
}


def handling_of(text: str) -> tuple[Handling | None, str]:
    """What was typed at a slice: its handling by words or letters (先煎, xj), and what else is said (先煎30分钟); ``None`` and all of it if none."""
    typed = text.strip()
    for kind, (words, letters) in _WORDS.items():
        if typed.lower() == letters:
            return kind, ""
        if typed.startswith(words):
            return kind, typed.removeprefix(words).strip()
    return None, typed


def usual_handling(name: str) -> Handling | None:
    """What is usually done with this slice; ``None`` for most. Powders have a handling of their own, so the name itself goes first."""
    known = _usual()
    return known.get(_bare(name)) or known.get(base_name(name))


@cache
def _usual() -> dict[str, Handling]:
    return {name: kind for kind, names in _USUAL.items() for name in names.split()}


# --- what must not be boiled together ----------------------------------------------------------------------------------------------


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ACONITES: Final = _set("川乌 草乌 附子")
_SULPHATES: Final = _set("芒硝")

#: 十八反: either side of each against the other (中华人民共和国药典; DOMAIN.md §6.6).
EIGHTEEN: Final = (
    (_set("甘草"), _set("甘遂 京大戟 红大戟 海藻 芫花")),
    (_ACONITES, _set("川贝母 浙贝母 平贝母 伊贝母 湖北贝母 瓜蒌 瓜蒌皮 瓜蒌子 天花粉 半夏 白蔹 白及")),
    (_set("藜芦"), _set("人参 西洋参 党参 南沙参 北沙参 丹参 玄参 苦参 细辛 白芍 赤芍")),
)
#: 十九畏.
NINETEEN: Final = (
    (_set("硫黄"), _SULPHATES),
    (_set("水银"), _set("砒霜")),
    (_set("狼毒"), _set("密陀僧")),
    (_set("巴豆"), _set("牵牛子")),
    (_set("丁香"), _set("郁金")),
    (_set("川乌 草乌"), _set("犀角")),
    (_SULPHATES, _set("三棱")),
    (_set("肉桂"), _set("赤石脂")),
    (_set("人参"), _set("五灵脂")),
)
#: Other names of what stands above, which no rule of spelling gives.
_ALIASES: Final = {
    "附子": "附片 黑顺片 黑附片 白附片 黄附片 淡附片 熟附片 炮附片 炮附子 熟附子 盐附子 泥附子 黑附子 淡附子",
    "川乌": "乌头 川乌头 乌头片",
    "草乌": "草乌头",
    "京大戟": "大戟 醋大戟",
    "半夏": "仙半夏 京半夏 旱半夏",
    "川贝母": "川贝 松贝 青贝 炉贝",
    "浙贝母": "浙贝 象贝 象贝母 大贝",
    "瓜蒌": "全瓜蒌 栝楼 栝蒌",
    "瓜蒌子": "瓜蒌仁 栝楼子 瓜蒌霜",
    "瓜蒌皮": "栝楼皮",
    "天花粉": "花粉 瓜蒌根 栝楼根",
    "白及": "白芨",
    "人参": "红参 生晒参 白参 高丽参 人参须 野山参 园参 红参须",
    "南沙参": "沙参",
    "玄参": "元参",
    "白芍": "芍药 杭白芍 白芍药",
    "赤芍": "赤芍药",
    "芒硝": "朴硝 玄明粉 牙硝 皮硝 元明粉",
    "硫黄": "硫磺",
    "砒霜": "信石 砒石",
    "巴豆": "巴豆霜",
    "牵牛子": "黑丑 白丑 二丑 黑白丑",
    "丁香": "公丁香 母丁香",
    "郁金": "广郁金 川郁金 温郁金",
    "犀角": "犀牛角",
    "肉桂": "官桂 桂心",
}
#: How slices are prepared, as it stands before their names (药典 0213 炮制通则), longest first; and what may stand behind them.
_PREPARED_WORDS: Final = (
    "胆巴水制 甘草制 甘草炙 麸炒 清炒 土炒 米炒 砂炒 砂烫 姜汁 油炙 酒炙 酒蒸 酒炖 醋炙 醋煮 醋制 盐炙 蜜炙 姜炙 姜制 黑豆 炒 炙 制 煅 煨 炮"
    " 焦 蜜 酒 醋 盐 姜 法 清 生 熟 鲜 干 净 霜"
)
_PREPARED: Final = tuple(_PREPARED_WORDS.split())
_CUT: Final = ("饮片", "颗粒", "片", "段", "丝", "块", "粉", "炭", "丁")


def base_name(name: str) -> str:
    """The plant or mineral that a slice is, whatever was done to it; the bare name where nothing is known of it."""
    bare = _bare(name)
    return _known(bare) or bare


@cache
def _names() -> dict[str, str]:
    """Every name that the rules know, by the one that they use."""
    names = {name: name for name in _usual() if not name.endswith("粉")}
    names |= {name: name for first, second in (*EIGHTEEN, *NINETEEN) for name in first | second}
    names |= {name: name for name in _FINE if not name.endswith("粉")}
    return names | {alias: name for name, aliases in _ALIASES.items() for alias in aliases.split()}


def _known(bare: str) -> str:
    """``bare``, or what is left of it without its preparation and cut, if the rules know that; nothing is ever cut off an unknown name."""
    names = _names()
    if bare in names:
        return names[bare]
    for cut in (*_CUT, ""):
        stem = bare.removesuffix(cut)
        if stem in names:
            return names[stem]
        for prepared in _PREPARED:
            if stem.startswith(prepared) and stem.removeprefix(prepared) in names:
                return names[stem.removeprefix(prepared)]
    return ""


def _bare(name: str) -> str:
    """Without blanks, and without what stands in brackets."""
    bare = "".join(name.split()).replace("（", "(").replace("）", ")")
    while "(" in bare:
        before, _, rest = bare.partition("(")
        bare = before + rest.partition(")")[2]
    return bare


class Clash(NamedTuple):
    """Two lines, counted from 0, ``first`` above ``second``, whose slices do not go together. ``eighteen``: 十八反, else 十九畏."""

    first: int
    second: int
    eighteen: bool


def clashes(names: Sequence[str]) -> Iterator[Clash]:
    """Every pair of these slices that 十八反 or 十九畏 names, in the order of their lines."""
    bases = [base_name(name) for name in names]
    for second in range(len(bases)):
        for first in range(second):
            pair = (bases[first], bases[second])
            if _against(EIGHTEEN, pair):
                yield Clash(first, second, eighteen=True)
            elif _against(NINETEEN, pair):
                yield Clash(first, second, eighteen=False)


def _against(rules: Sequence[tuple[frozenset[str], frozenset[str]]], pair: tuple[str, str]) -> bool:
    one, other = pair
    return any((one in first and other in second) or (one in second and other in first) for first, second in rules)


# --- weighing ----------------------------------------------------------------------------------------------------------------------

#: 细料、贵细: so costly that each dose of them is weighed by itself (a convention of the trade; no rule lists them), by base name.
_FINE: Final = _set(
    "人参 西洋参 鹿茸 羚羊角 冬虫夏草 西红花 藏红花 麝香 牛黄 珍珠 海马 海龙 蛤蚧 血竭 沉香 三七粉 川贝母 川贝母粉 琥珀 朱砂 羚羊角粉 沉香粉 珍珠粉"
)
#: A dose may be so much heavier or lighter than written (医院中药饮片管理规范 2007: ±5 % a dose; taken as a convention, DOMAIN.md §6.6).
TOLERANCE: Final = Decimal("0.05")
#: A scale shows hundredths of a gram.
_HUNDREDTH: Final = Decimal("0.01")


class Bounds(NamedTuple):
    """The least and the greatest weight that will do, in grams."""

    least: Decimal
    most: Decimal


def bounds(target: Decimal) -> Bounds:
    """What will do for ``target`` grams. The whole of a slice has the tolerance of its doses, since all of them come out of it."""
    slack = target * TOLERANCE
    return Bounds(target - slack, target + slack)


def off_by(target: Decimal, weighed: Decimal) -> Decimal:
    """How many grams too much (above zero) or too little (below) for the tolerance's sake to be put right; 0 where it will do.

    It is told against the target, not against the tolerance's edge: that is what a person takes out or adds.
    """
    least, most = bounds(target)
    return Decimal(0) if least <= weighed <= most else weighed - target


def is_fine(name: str) -> bool:
    """Whether each dose of the slice is weighed by itself for what it costs, whatever its preparation and cut."""
    return _bare(name) in _FINE or base_name(name) in _FINE


def packs_a_dose(dose: Decimal, pack_size: Decimal, *, loose: bool) -> Decimal:
    """How many ready packs (小包装饮片, ``pack_size`` grams each) make a dose; 0 where a dose is not so many whole ones, or it lies ``loose``."""
    return Decimal(0) if loose or dose % pack_size else dose / pack_size


def per_dose(weighed: Decimal, doses: int) -> Decimal:
    """Grams in each of ``doses`` bags, to a hundredth."""
    return (weighed / doses).quantize(_HUNDREDTH, ROUND_HALF_UP)


# --- decoction ---------------------------------------------------------------------------------------------------------------------

#: How long an order may stay in a state before it is late. Soaking takes 30 minutes at least (医疗机构中药煎药室管理规范 2009, Art. 11); the
#: limits themselves are a convention of this program.
MAY_WAIT: Final = {
    "DISPENSED": timedelta(minutes=60),
    "TAKEN_IN": timedelta(minutes=60),
    "SOAKED": timedelta(minutes=120),
    "DECOCTED": timedelta(minutes=60),
    "PACKED": timedelta(hours=24),
}
