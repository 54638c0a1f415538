"""Scan or person? Properties over all kinds of key sequences."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.scanner import Scan
from devices.scanner.simulator import wedge_burst
from devices.scanner.us_keyboard import character
from devices.scanner.wedge import AFTERMATH_NS, ENTER, HICCUP_NS, SHORTEST, TAB, Key, Verdict, Wedge

MS = 1_000_000
CODE_CHARACTERS = string.ascii_letters + string.digits + "-./+ \x1d"


class Desk:
    """A window around a wedge: what was typed into the field, and what was scanned, in order. Expires as a punctual timer does."""

    def __init__(self) -> None:
        self.wedge = Wedge()
        self.typed: list[Key] = []
        self.scans: list[Scan] = []
        self.all: list[str] = []

    def press(self, key: Key) -> None:
        deadline = self.wedge.deadline_ns
        if deadline is not None and deadline <= key.at_ns:
            self._do(self.wedge.expire(deadline))
        self._do(self.wedge.feed(key), key)

    def rest(self) -> None:
        deadline = self.wedge.deadline_ns
        if deadline is not None:
            self._do(self.wedge.expire(deadline))

    def _do(self, verdict: Verdict, last: Key | None = None) -> None:
        self.typed += verdict.replay
        self.all += [key.character for key in verdict.replay]
        if verdict.scan:
            self.scans.append(verdict.scan)
            self.all += [verdict.scan.aim, verdict.scan.text, last.character if last else ""]


def keys(text: str, gaps_ms: list[float]) -> list[Key]:
    at = 0
    result = []
    for letter, gap in zip(text, gaps_ms, strict=True):
        at += int(gap * MS)
        result.append(Key(letter, at))
    return result


@st.composite
def typing(draw: st.DrawFn) -> list[Key]:
    """A person: 45 ms or more between keys."""
    text = draw(st.text(CODE_CHARACTERS + ENTER + TAB, max_size=30))
    return keys(text, [draw(st.floats(45, 400)) for _ in text])


codes = st.text(CODE_CHARACTERS, min_size=SHORTEST, max_size=40)
ends = st.sampled_from([ENTER, TAB])


@given(typing())
def test_a_person_never_becomes_a_scan(pressed: list[Key]) -> None:
    desk = Desk()
    for key in pressed:
        desk.press(key)
    desk.rest()
    assert desk.scans == []
    assert desk.typed == pressed


@given(codes, ends, st.floats(1, 25), st.floats(0, 20), st.integers(0, 999))
def test_a_burst_always_is_a_scan_and_types_nothing(text: str, end: str, gap: float, jitter: float, seed: int) -> None:
    desk = Desk()
    for key in wedge_burst(text, 1_000 * MS, end, gap, jitter, seed):
        desk.press(key)
        assert desk.typed == []
    assert [scan.aim + scan.text for scan in desk.scans] == [text]
    assert desk.wedge.deadline_ns is None


@given(codes, ends, st.integers(2, 200))
def test_one_hiccup_of_a_busy_window_does_not_tear_a_scan(text: str, end: str, pause_ms: int) -> None:
    burst = list(wedge_burst(text + "0", 0, end))
    pause = min(pause_ms * MS, HICCUP_NS - 15 * MS)
    late = [Key(key.character, key.at_ns + (pause if n >= SHORTEST else 0)) for n, key in enumerate(burst)]
    desk = Desk()
    for key in late:
        desk.press(key)
    assert desk.typed == []
    assert len(desk.scans) == 1


@given(typing(), codes, ends, typing())
def test_a_scan_amid_typing_is_found(before: list[Key], text: str, end: str, after: list[Key]) -> None:
    desk = Desk()
    start = (before[-1].at_ns if before else 0) + 45 * MS
    burst = list(wedge_burst(text, start, end))
    late = burst[-1].at_ns + 45 * MS
    behind = [Key(key.character, key.at_ns + late) for key in after]
    for key in before + burst + behind:
        desk.press(key)
    desk.rest()
    assert [scan.aim + scan.text for scan in desk.scans] == [text]
    assert desk.typed == before + behind


@given(st.lists(st.tuples(st.sampled_from(CODE_CHARACTERS + ENTER + TAB), st.integers(0, 130), st.booleans()), max_size=60))
def test_whatever_comes_no_character_is_lost_or_moved(events: list[tuple[str, int, bool]]) -> None:
    desk = Desk()
    at = 0
    for letter, gap, repeated in events:
        at += gap * MS
        desk.press(Key(letter, at, repeated=repeated))
    desk.rest()
    assert "".join(desk.all) == "".join(letter for letter, _, _ in events)


@given(st.lists(st.tuples(st.sampled_from("a1\x1d\r\t"), st.integers(0, 60)), max_size=40))
def test_a_person_waits_at_most_30_ms_for_fewer_than_four_characters(events: list[tuple[str, int]]) -> None:
    wedge = Wedge()
    at = 0
    held = 0
    for letter, gap in events:
        at += gap * MS
        wedge.expire(at)
        verdict = wedge.feed(Key(letter, at))
        held = 0 if verdict.scan or verdict.replay else held + 1
        if held and wedge.deadline_ns is not None and held < SHORTEST:
            assert wedge.deadline_ns - at <= 30 * MS


def test_three_fast_keys_and_enter_are_a_person() -> None:
    desk = Desk()
    for key in wedge_burst("123", 0):
        desk.press(key)
    assert desk.scans == []
    assert [key.character for key in desk.typed] == ["1", "2", "3", ENTER]


def test_a_burst_without_an_end_is_given_back() -> None:
    desk = Desk()
    for key in wedge_burst("12345678", 0, end=""):
        desk.press(key)
    assert desk.typed == []
    desk.rest()
    assert "".join(key.character for key in desk.typed) == "12345678"


def test_keys_without_text_pass_at_once_but_not_within_a_burst() -> None:
    wedge = Wedge()
    f8 = Key("", 0)
    assert wedge.feed(f8).replay == (f8,)
    for key in wedge_burst("123456", 50 * MS, end="", gap_ms=5, jitter_ms=0):
        assert wedge.feed(key) == Verdict()
    # Some scanners send GS as a function key; within a scan it must not fire its shortcut.
    assert wedge.feed(Key("", 84 * MS)) == Verdict()
    assert wedge.feed(Key(ENTER, 90 * MS)).scan == Scan("123456")


def test_enter_and_tab_of_a_person_are_not_delayed() -> None:
    wedge = Wedge()
    for letter in (ENTER, TAB):
        key = Key(letter, 0)
        assert wedge.feed(key).replay == (key,)


def test_a_key_held_down_is_no_scan() -> None:
    desk = Desk()
    for n in range(10):
        desk.press(Key("1", n * 25 * MS, repeated=n > 0))
    desk.press(Key(ENTER, 260 * MS))
    desk.rest()
    assert desk.scans == []
    assert len(desk.typed) == 11


def test_aim_id_is_split_and_gs_kept() -> None:
    desk = Desk()
    for key in wedge_burst("]d20106901234567892\x1d21S1", 0):
        desk.press(key)
    assert desk.scans == [Scan("0106901234567892\x1d21S1", "]d2")]


def test_what_an_input_method_made_of_a_scan_is_swallowed_with_it() -> None:
    wedge = Wedge()
    burst = list(wedge_burst("lot1", 0, end="", gap_ms=5, jitter_ms=0))
    for key in burst:
        wedge.feed(key)
    assert wedge.carry("preedit", 20 * MS) == Verdict()
    assert wedge.feed(Key(ENTER, 22 * MS)).scan == Scan("lot1")
    assert wedge.carry("commit", 22 * MS + AFTERMATH_NS - 1) == Verdict()
    late = wedge.carry("a person's word", 22 * MS + AFTERMATH_NS)
    assert [key.payload for key in late.replay] == ["a person's word"]


def test_what_an_input_method_made_of_typing_is_kept_in_order() -> None:
    wedge = Wedge()
    wedge.feed(Key("l", 0, "l"))
    assert wedge.carry("preedit l", 5 * MS) == Verdict()
    assert [key.payload for key in wedge.expire(30 * MS).replay] == ["l", "preedit l"]


@pytest.mark.parametrize(
    ("scan_code", "shift", "caps", "control", "expected"),
    [
        (2, False, False, False, "1"),
        (11, False, False, False, "0"),
        (2, True, False, False, "!"),
        (30, False, False, False, "a"),
        (30, True, False, False, "A"),
        (30, False, True, False, "A"),
        (30, True, True, False, "a"),
        (28, False, False, False, "\r"),
        (15, False, False, False, "\t"),
        (27, False, False, True, "\x1d"),
        (53, False, False, False, "/"),
        (43, False, False, False, "\\"),
        (50, False, False, False, "m"),
        (82, False, False, False, "0"),
        (96, False, False, False, "\r"),
        (57, False, False, False, " "),
        (42, False, False, False, ""),
        (14, False, False, False, ""),
        (59, False, False, False, ""),
        (30, False, False, True, ""),
    ],
)
def test_us_keyboard(scan_code: int, shift: bool, caps: bool, control: bool, expected: str) -> None:
    assert character(scan_code, shift, caps, control) == expected
