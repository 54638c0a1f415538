"""Drugs that are mixed up 看似听似 (look-alike, sound-alike): which pairs may be, and which characters tell them apart.

Proposing never decides: a person keeps a pair or says that it is none. The proposals are by rules that can be said in a sentence, and each is
found by looking keys up, so that a list of ten thousand drugs takes about a second.
"""

from __future__ import annotations

import re
from collections import defaultdict
from difflib import SequenceMatcher
from itertools import combinations
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LOOK, SOUND, STRENGTH = "LOOK", "SOUND", "STRENGTH"

Span = tuple[int, int]

#: What stands behind the substance: dosage forms, longest first.
_FORMS: Final = re.compile(
    "(?:肠溶|缓释|控释|分散|咀嚼|泡腾|口崩|薄膜衣|糖衣|干混悬|混悬|透皮|口服|外用|阴道|直肠|鼻用|吸入|浓缩|速释|双释)*"
    "(?:注射液|注射剂|胶囊剂|胶囊|软胶囊|滴眼液|滴鼻液|滴耳液|眼膏|乳膏|软膏|凝胶|喷雾剂|气雾剂|粉雾剂|混悬液|溶液|口服液|糖浆|颗粒|滴丸|贴剂|贴片|栓|散|丸|片|剂|膏|酊|膜|液)+$"
)
#: What stands before it: the acid of a salt, and the way a powder is used.
_SALTS: Final = re.compile(
    "^(?:注射用|复方|盐酸|硫酸|磷酸|酒石酸|重酒石酸|枸橼酸|马来酸|富马酸|甲磺酸|苯磺酸|氢溴酸|醋酸|琥珀酸|乳酸|丙酸|硝酸)+"
)
#: Sounds that are heard as one another: flat and curled tongues, ``n`` and ``l``, with and without the last ``g``.
_HEARD: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("l", "n"))
_LEAST_CHARACTERS: Final = 3
_LEAST_LETTERS: Final = 8
#: How drugs are used that are not swallowed, by their forms.
_USES: Final = ("注射|输液", "滴眼|眼膏|滴鼻|滴耳|鼻用", "膏|凝胶|栓|外用|搽|洗剂|贴", "吸入|气雾|喷雾|粉雾")
_LATIN: Final = re.compile(r"[A-Za-z]")
#: Letters behind a figure or a stroke: ``10mg``, ``5mg/ml``.
_UNITS: Final = re.compile(r"(?<=[0-9/])[A-Za-z]+")


class Named(Struct, frozen=True):
    """A drug to be compared. ``spelling`` is the full pinyin of :func:`substance` of its name."""

    id: int
    name: str
    specification: str
    spelling: str
    initials: str


class Proposal(Struct, frozen=True):
    """Two drugs, the lower id first, and why they may be mixed up."""

    drug_id: int
    other_id: int
    kind: str


def substance(name: str) -> str:
    """The name without salt and form: 盐酸二甲双胍缓释片 is 二甲双胍. A name that would vanish stays."""
    bare = re.sub(r"[(（][^()（）]*[)）]", "", name)
    return _SALTS.sub("", _FORMS.sub("", bare)) or bare or name


def differing(name: str, other: str) -> list[Span]:
    """The parts of ``name`` that ``other`` does not have at that place. Where ``other`` only has more, the characters beside the gap."""
    if name == other:
        return []
    codes = SequenceMatcher(None, name, other, autojunk=False).get_opcodes()
    spans = [(start, end) for tag, start, end, _, _ in codes if tag in ("replace", "delete")]
    gaps = [start for tag, start, _, _, _ in codes if tag == "insert"]
    return spans or [(min(gap, len(name) - 1), min(gap, len(name) - 1) + 1) for gap in gaps if name]


def write_marks(spans: Iterable[Span]) -> str:
    """Spans as they are kept, joined where they touch: ``2-4,6-7``."""
    joined: list[list[int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return ",".join(f"{start}-{end}" for start, end in joined)


def read_marks(text: str, length: int) -> list[Span]:
    """The spans of :func:`write_marks` that lie within ``length`` characters."""
    found = (tuple(map(int, part.split("-", 1))) for part in text.split(",") if part)
    return [(start, min(end, length)) for start, end in found if start < length]


def tall_man(name: str, marks: str) -> str:
    """Latin letters that tell names apart in capitals (predniSONE); other characters are marked by how they are drawn, and so are units, since
    an ``MG`` is none."""
    letters = list(name)
    units = {place for unit in _UNITS.finditer(name) for place in range(*unit.span())}
    for start, end in read_marks(marks, len(name)):
        for place in range(start, end):
            if place not in units and _LATIN.match(letters[place]):
                letters[place] = letters[place].upper()
    return "".join(letters)


def pieces(name: str, marks: str) -> Iterator[tuple[str, bool]]:
    """The name in parts, each with whether it is marked."""
    shown, at = tall_man(name, marks), 0
    for start, end in read_marks(marks, len(name)):
        if start > at:
            yield shown[at:start], False
        if end > max(start, at):
            yield shown[max(start, at) : end], True
        at = max(at, end)
    if at < len(shown):
        yield shown[at:], False


def propose(drugs: Sequence[Named]) -> list[Proposal]:
    """Pairs that may be mixed up, in the order of their ids.

    STRENGTH: one name, different specifications. LOOK: substances of the same length, at least three characters, one of which differs. SOUND:
    substances that are spelled alike to the ear, or by one letter; or that have the same initials and a character in common.
    """
    found: dict[tuple[int, int], str] = {}
    by_substance: dict[str, list[Named]] = defaultdict(list)
    for drug in drugs:
        by_substance[substance(drug.name)].append(drug)
    for one, other, kind in _alike(by_substance):
        for first, second in _by_form(by_substance[one], by_substance[other]):
            found.setdefault((min(first.id, second.id), max(first.id, second.id)), kind)
    by_name: dict[str, list[Named]] = defaultdict(list)
    for drug in drugs:
        by_name[drug.name].append(drug)
    for same in by_name.values():
        for first, second in combinations(sorted(same, key=lambda drug: drug.id), 2):
            if first.specification != second.specification:
                found[first.id, second.id] = STRENGTH
    return [Proposal(first, second, kind) for (first, second), kind in sorted(found.items())]


def _by_form(first: list[Named], second: list[Named]) -> list[tuple[Named, Named]]:
    """Of two substances those of the same form, since those lie side by side; where none are, those that are used the same way."""
    every = [(one, other) for one in first for other in second if _use(one.name) == _use(other.name)]
    same = [pair for pair in every if _form(pair[0].name) == _form(pair[1].name)]
    return same or every


def _form(name: str) -> str:
    return name.rpartition(substance(name))[2]


def _use(name: str) -> str:
    """Nobody takes an ampoule for a box of tablets."""
    return next((use for use in _USES if re.search(use, name)), "")


def _alike(by_substance: dict[str, list[Named]]) -> Iterator[tuple[str, str, str]]:
    yield from _pairs(((key, name) for name in by_substance for key in _one_apart(name)), LOOK)
    heard = {name: _heard(drugs[0].spelling) for name, drugs in by_substance.items()}
    yield from _pairs(((key, name) for name, spelling in heard.items() for key in _one_letter_apart(spelling)), SOUND)
    initials = ((drugs[0].initials, name) for name, drugs in by_substance.items() if len(drugs[0].initials) >= _LEAST_CHARACTERS)
    yield from (pair for pair in _pairs(initials, SOUND) if len(pair[0]) == len(pair[1]) and set(pair[0]) & set(pair[1]))


def _pairs(keyed: Iterable[tuple[str, str]], kind: str) -> Iterator[tuple[str, str, str]]:
    """Everything that shares a key, once."""
    buckets: dict[str, set[str]] = defaultdict(set)
    for key, name in keyed:
        buckets[key].add(name)
    seen: set[tuple[str, str]] = set()
    for bucket in buckets.values():
        for one, other in combinations(sorted(bucket), 2):
            if (one, other) not in seen:
                seen.add((one, other))
                yield one, other, kind


def _one_apart(name: str) -> Iterator[str]:
    if len(name) >= _LEAST_CHARACTERS:
        for place in range(len(name)):
            yield f"{name[:place]}·{name[place + 1 :]}"


def _one_letter_apart(spelling: str) -> Iterator[str]:
    """The spelling itself and, where it is long, with one letter replaced by a blank: what shares one of these is at most one letter apart."""
    yield spelling
    if len(spelling) >= _LEAST_LETTERS:
        for place in range(len(spelling)):
            yield f"{spelling[:place]} {spelling[place + 1 :]}"


def _heard(spelling: str) -> str:
    for said, heard in _HEARD:
        spelling = spelling.replace(said, heard)
    return spelling
