"""From the raw text of a specification to its pieces: amounts first, then how many of what are packed in what."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final

from msgspec import Struct

from common.domain.drug_units import CONTAINERS, PACKS, PORTIONS
from common.domain.unclear import BRACKETS, COUNTED_TWICE, NOT_WHOLE, ODD_PART, SEVERAL, WHICH_PORTION, UnclearText

COUNT_UNITS: Final = PORTIONS | CONTAINERS | PACKS
_UNIT: Final = "(?:" + "|".join(sorted(COUNT_UNITS, key=len, reverse=True)) + ")"
_COUNT: Final = re.compile(rf"(\d+(?:\.\d+)?)({_UNIT})装?")
_PIECES: Final = re.compile(r"(\d+)(?:'?[sS]|T)")
_EACH: Final = re.compile(rf"每({_UNIT})(?:装|重|含)?(?=\d)")
_SEVERAL: Final = re.compile(r"\(\d\).*\(\d\)|[;、]|或")
_MISLEADING: Final = ("<super>", "<sub>", "<fraction>", "<circle>")
"""Characters that would lose their meaning as plain digits: ``10⁶`` is not 106, and ``①`` is not an amount."""
_SPELLINGS: Final = str.maketrans(
    {
        **dict.fromkeys("[【〔", "("),
        **dict.fromkeys("]】〕", ")"),
        **dict.fromkeys("‐‑‒–—―−─ー", "-"),
        **dict.fromkeys("×✕✖╳∗⨯", "*"),
        **dict.fromkeys("∕⁄", "/"),
        "∶": ":",
        "’": "'",
    }
)
_TIMES: Final = re.compile(
    r"\*|(?<=[A-Za-z\u4e00-\u9fff%)])\s*[xX]\s*(?=\d)"
    rf"|(?<=[A-Za-z\u4e00-\u9fff)])\s*(?:\s|-{{1,2}})\s*(?=\d+(?:\.\d+)?{_UNIT})"  # 2mg—15片: a dash before a count is no range
)
_GROUP: Final = re.compile(r"\(([^()]*)\)")
_CALCULATED_AS: Final = re.compile(r"[按以].*计")
_COUNTED_IN_WORDS: Final = re.compile(rf"[一二两三四五六七八九十百千半]{_UNIT}")
_FIRST_MARK: Final = 0xE000


class Counted(Struct, frozen=True):
    """So many of a unit; ``per`` is the pack that holds them, where the text says so: ``12片/板``."""

    number: Decimal
    unit: str
    per: str | None = None


class Pieces(Struct, frozen=True, kw_only=True):
    """``factors`` are the texts of the amounts between multiplication signs, ``each`` the unit that holds them (``10mg/片``).

    Brackets in ``factors`` are single marks; ``groups`` gives what each of them holds (empty for a mere remark), ``written`` its own text.
    """

    factors: tuple[str, ...]
    each: str | None
    counts: tuple[Counted, ...]
    groups: dict[str, str]
    written: dict[str, str]

    def restored(self, text: str) -> str:
        """The text with its brackets as they were written."""
        return _restored(text, self.written)


def normal(text: str) -> str:
    """Half-width characters, one spelling of brackets, dashes and signs. Raises :class:`UnclearText` for characters that mislead."""
    for character in text:
        if unicodedata.decomposition(character).startswith(_MISLEADING) or "\ue000" <= character <= "\uf8ff":
            raise UnclearText(ODD_PART, text.strip())
    return " ".join(unicodedata.normalize("NFKC", text.translate(_SPELLINGS)).split())


def cut(text: str, portion: str | None) -> Pieces:
    """Part a :func:`normal` text into its pieces. ``portion`` is what ``24s`` counts, where form and name tell it."""
    if several := _SEVERAL.search(text):
        raise UnclearText(SEVERAL, several[0] if len(several[0]) > 1 else text)
    marked, groups, written = _without_brackets(text)
    marked = re.sub(r"(?<=\d)\s+(?=[^\d\s])|\s*(?=[*:/+])|(?<=[*:/+])\s*", "", marked)
    each = _EACH.match(marked)
    tokens = _Tokens(portion, written, groups)
    for segment in _TIMES.sub("*", marked[each.end() :] if each else marked).split("*"):
        tokens.take(segment)
    return tokens.pieces(each[1] if each else None)


def _without_brackets(text: str) -> tuple[str, dict[str, str], dict[str, str]]:
    """The text with one mark for each bracket, what the brackets hold (nothing for remarks), and how they were written."""
    groups: dict[str, str] = {}
    written: dict[str, str] = {}
    while found := _GROUP.search(text):
        mark = chr(_FIRST_MARK + len(groups))
        inner = found[1]
        if any(other in inner for other in groups) or _COUNTED_IN_WORDS.search(inner):
            raise UnclearText(BRACKETS, _restored(found[0], written))
        remark = not any(c.isdigit() for c in inner) or _CALCULATED_AS.fullmatch(inner)
        groups[mark] = "" if remark else inner
        written[mark] = found[0]
        text = text[: found.start()] + mark + text[found.end() :]
    if stray := re.search(r"[()].*", text):
        raise UnclearText(BRACKETS, _restored(stray[0], written))
    return text, groups, written


def _restored(text: str, written: dict[str, str]) -> str:
    return "".join(written.get(character, character) for character in text)


class _Tokens:
    """The text's pieces in their only order: amounts, the unit that holds them, counts."""

    def __init__(self, portion: str | None, written: dict[str, str], groups: dict[str, str]) -> None:
        self.portion = portion
        self.written = written
        self.groups = groups
        self.factors: list[str] = []
        self.each: str | None = None
        self.counts: list[Counted] = []

    def take(self, segment: str) -> None:
        """One stretch between multiplication signs: ``10mg/片``, ``12片/板``, ``300iu/3ml/支``."""
        amounts: list[str] = []
        pieces = segment.split("/")
        for piece in pieces:
            plain = "".join(c for c in piece if self.groups.get(c) != "")
            count = self._count(plain)
            if (count or plain in COUNT_UNITS) and amounts:
                self._amounts("/".join(amounts))
                amounts = []
            if count:
                self.counts.append(count)
            elif plain in COUNT_UNITS:
                self._per(plain, bare=piece is pieces[0])
            else:
                amounts.append(piece)
        if amounts:
            self._amounts("/".join(amounts))

    def pieces(self, each: str | None) -> Pieces:
        """All of it; ``each`` is the unit of a leading ``每片``."""
        if each and self.each and each != self.each:
            raise UnclearText(COUNTED_TWICE, f"{each}, {self.each}")
        return Pieces(
            factors=tuple(self.factors),
            each=each or self.each,
            counts=tuple(self.counts),
            groups=self.groups,
            written=self.written,
        )

    def _count(self, piece: str) -> Counted | None:
        if found := _COUNT.fullmatch(piece):
            return Counted(_whole(found[1], piece), found[2])
        if found := _PIECES.fullmatch(piece):
            if self.portion is None:
                raise UnclearText(WHICH_PORTION, piece)
            return Counted(_whole(found[1], piece), self.portion)
        return None

    def _per(self, unit: str, bare: bool) -> None:
        if bare:
            raise UnclearText(ODD_PART, unit)  # ×瓶: the number is missing
        if self.counts and self.counts[-1].per is None:
            last = self.counts.pop()
            self.counts.append(Counted(last.number, last.unit, unit))
        elif self.factors and not self.counts and self.each is None:
            self.each = unit
        else:
            raise UnclearText(ODD_PART, unit)

    def _amounts(self, text: str) -> None:
        if self.counts or self.each or not text:
            shown = _restored(text, self.written)
            raise UnclearText(BRACKETS if shown != text else ODD_PART, shown)
        self.factors.append(text)


def _whole(number: str, part: str) -> Decimal:
    value = Decimal(number)
    if value < 1 or value != value.to_integral_value():
        raise UnclearText(NOT_WHOLE, part)
    return Decimal(int(value))
