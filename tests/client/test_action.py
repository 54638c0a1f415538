"""Rows of actions: who may, whether now, and which key."""

from __future__ import annotations

from PySide6.QtCore import Qt

from client.action import Action, clashes, find, key_of, offers
from client.initials import initials, matches
from common.permissions import Permission


def row(action_id: str, key: str = "", **more: object) -> Action:
    return Action(id=action_id, title="Finish", key=key, run=lambda: None, **more)  # type: ignore[arg-type]


def test_what_the_role_does_not_allow_is_not_offered() -> None:
    rows = [row("a"), row("b", needs=Permission.CASHIER_SETTLE)]
    assert [each.action.id for each in offers(rows, None, [])] == ["a"]
    assert [each.action.id for each in offers(rows, None, [Permission.CASHIER_SETTLE])] == ["a", "b"]


def test_what_cannot_be_done_now_says_why() -> None:
    rows = [row("a", enabled=lambda state: True if state else "Not possible now."), row("b", enabled=lambda _state: False)]
    assert [each.ready for each in offers(rows, 1, [])] == [True, False]
    first, second = offers(rows, 0, [])
    assert first.reason == "现在不能做。"
    assert second.reason == "现在不能做。"
    assert "现在不能做。" in first.tip()


def test_keys_are_compared_however_they_are_written() -> None:
    rows = offers([row("a", "ctrl+k"), row("b", "F12")], None, [])
    found = find(rows, key_of(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier))
    assert found is not None
    assert found.action.id == "a"
    assert find(rows, key_of(Qt.Key.Key_F12, Qt.KeyboardModifier.KeypadModifier)) is not None
    assert find(rows, "F11") is None


def test_clashes_are_named() -> None:
    assert clashes([row("a", "F2"), row("b", "F3", primary=True)]) == []
    assert clashes([row("a", "F2"), row("a", "f2", primary=True), row("b", primary=True)]) == [
        "id a twice",
        "key F2 twice",
        "more than one primary action",
    ]


def test_initials_of_common_characters() -> None:
    assert initials("收费") == "sf"
    assert initials("锁定本机") == "sdbj"
    assert initials("切换为 English") == "qhwenglish"
    assert initials("𠮷，") == ""


def test_the_better_match_ranks_higher() -> None:
    assert matches("补", "补打") == matches("bd", "补打") == 3
    assert matches("dy", "重新打印") == 2
    assert matches("zy", "重新打印") == 1
    assert matches("pa", "Print again") == 3
    assert matches("zz", "补打") == 0
    assert matches("", "补打") == 0
