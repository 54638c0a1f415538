"""Pinyin and initials by which people, drugs and diagnoses are found.

Names of persons get several spellings, because the same characters are read differently and clerks type what they hear; drugs and
diagnoses get one. Spellings are lower-case ASCII (``ü`` is ``v``) without blanks.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from server.importing.readings import COMPOUND_SURNAMES, GIVEN_NAMES, SURNAMES, TERM_CHARACTERS, TERM_PHRASES

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SPELLINGS: Final = 4

_HAN: Final = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U000323af〇]+")


class Spellings(Struct, frozen=True):
    """``full[i]`` and ``initials[i]`` belong together; the proper reading comes first. At most four, at least one."""

    full: tuple[str, ...]
    initials: tuple[str, ...]


@lru_cache(maxsize=4096)
def spellings(text: str) -> Spellings:
    """The spellings of a person's name: 单雄信 is ``shanxiongxin`` and ``danxiongxin``. Blanks and ``·`` are left out."""
    syllables = [_name_syllables(part, position == 0) for position, part in enumerate(_parts(text))]
    combined = _nearest_first([choice for part in syllables for choice in part])
    found = {"".join(one): "".join(syllable[:1] for syllable in one) for one in combined}
    pairs = list(found.items())[:MAX_SPELLINGS]
    return Spellings(tuple(full for full, _ in pairs), tuple(initials for _, initials in pairs))


def _nearest_first(choices: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The proper reading of all characters, then those that differ from it in one character, from the surname on; no more are needed."""
    proper = [choice[0] for choice in choices]
    combined = [tuple(proper)]
    for index, choice in enumerate(choices):
        combined += [(*proper[:index], other, *proper[index + 1 :]) for other in choice[1:]]
    return combined


@lru_cache(maxsize=4096)
def term_spelling(text: str) -> tuple[str, str]:
    """Full pinyin and initials of a drug's or diagnosis's name: 白术 is ``("baizhu", "bz")``.

    Letters and digits stay (``维生素B6`` is ``weishengsub6``, ``wssb6``); punctuation goes.
    """
    full: list[str] = []
    initials: list[str] = []
    for part in _TERM_PARTS.findall(text):
        for syllable, whole in _term_syllables(part):
            full.append(syllable)
            initials.append(syllable if whole else syllable[:1])
    return "".join(full), "".join(initials)


def _parts(text: str) -> list[str]:
    """Runs of Han characters and runs of letters and digits, in order."""
    return re.findall(_HAN.pattern + r"|[A-Za-z0-9]+", unicodedata.normalize("NFKC", text))


def _name_syllables(part: str, at_start: bool) -> list[tuple[str, ...]]:
    """The possible readings of each character of one part of a name."""
    if part.isascii():
        return [(part.lower(),)]
    surname: list[tuple[str, ...]] = []
    if at_start:
        surname = _surname(part)
    given = part[len(surname) :]
    plain = _dictionary(given)
    return surname + [GIVEN_NAMES.get(character, (plain[index],)) for index, character in enumerate(given)]


def _surname(name: str) -> list[tuple[str, ...]]:
    for length in (4, 2):
        if len(name) > length and (syllables := COMPOUND_SURNAMES.get(name[:length])):
            return [(syllable,) for syllable in syllables]
    readings = SURNAMES.get(name[:1])
    return [readings] if readings else []


_TERM_PARTS: Final = re.compile(
    "|".join(sorted(TERM_PHRASES, key=len, reverse=True))
    + "|"
    + f"(?:(?!{'|'.join(sorted(TERM_PHRASES, key=len, reverse=True))}){_HAN.pattern[:-1]})+"
    + r"|[A-Za-z0-9]+|[αβγδκωⅠⅡⅢⅣ]"
)


def _term_syllables(part: str) -> list[tuple[str, bool]]:
    """Syllables of one part, each with whether it stays whole in the initials (letters and digits do)."""
    if part in TERM_PHRASES:
        return [(syllable, False) for syllable in TERM_PHRASES[part]]
    if part.isascii():
        return [(part.lower(), True)]
    plain = _dictionary(part)
    return [(TERM_CHARACTERS.get(character, plain[index]), False) for index, character in enumerate(part)]


def _dictionary(text: str) -> list[str]:
    """The general dictionary's reading of each character; a character it does not know gives an empty syllable."""
    if not text:
        return []
    syllables = _pypinyin()(text)
    if len(syllables) != len(text):  # runs of unknown characters come as one
        syllables = [_pypinyin()(character)[0] for character in text]
    return [syllable if syllable.isascii() else "" for syllable in syllables]


@cache
def _pypinyin() -> Callable[[str], list[str]]:
    """Imported late: it takes a third of a second."""
    from pypinyin import lazy_pinyin

    return lazy_pinyin
