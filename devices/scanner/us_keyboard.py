"""The character behind a key of a US keyboard, by its scan code: what a scanner types, read before any input method sees it.

The codes of the main block are those of the PC/XT keyboard. Windows gives them in bits 16 to 23 of a key message's ``lParam``; X11 and
Wayland give them plus 8 as "keycode" (Linux' evdev codes are the same numbers). On Windows keys with the "extended" bit (24 of
``lParam``) are others than these (arrows, Delete), except Enter of the number pad: leave them out.
"""

from __future__ import annotations

from typing import Final

_FIRST: Final = 2
_PLAIN: Final = "1234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./"
_SHIFTED: Final = '!@#$%^&*()_+\b\tQWERTYUIOP{}\r\0ASDFGHJKL:"~\0|ZXCVBNM<>?'
_KEYPAD: Final = {71: "7", 72: "8", 73: "9", 75: "4", 76: "5", 77: "6", 79: "1", 80: "2", 81: "3", 82: "0", 83: ".", 96: "\r"}
_OTHERS: Final = {57: " ", 55: "*", 74: "-", 78: "+"}
_CONTROL: Final = {"]": "\x1d", "m": "\r", "j": "\n", "i": "\t"}


def character(scan_code: int, shift: bool = False, caps_lock: bool = False, control: bool = False) -> str:
    """The character that a US keyboard types, empty for keys without one (also the modifiers and Backspace).

    With Ctrl only what scanners use that way is given: GS (Ctrl+]), CR, LF and Tab.
    """
    if scan_code in _OTHERS or scan_code in _KEYPAD:
        return _OTHERS.get(scan_code) or _KEYPAD[scan_code]
    place = scan_code - _FIRST
    if not 0 <= place < len(_PLAIN):
        return ""
    plain = _PLAIN[place]
    if control:
        return _CONTROL.get(plain, "")
    shifted = shift != (caps_lock and plain.isalpha())
    found = _SHIFTED[place] if shifted else plain
    return "" if found in "\0\b" else found
