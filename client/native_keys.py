"""Keys as the keyboard sent them, before an input method makes something else of them: for scanners that type (docs/devices.md).

Only where a Chinese input method may be on: on Windows with a Chinese keyboard layout, on X11 with fcitx or ibus. Elsewhere the key events
themselves say enough. Written after the systems' documents; it could not be tried on a real desktop.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray
from PySide6.QtGui import QGuiApplication

from devices.scanner.us_keyboard import character

if TYPE_CHECKING:
    from collections.abc import Callable

_XCB_KEY_PRESS: Final = 2
_XCB_STATE_AT: Final = 28
_X_SHIFT, _X_LOCK, _X_CONTROL = 1, 2, 4
_X_OFFSET: Final = 8
_WM_KEYDOWN: Final = 0x0100
_EXTENDED: Final = 1 << 24
_VK_SHIFT, _VK_CONTROL, _VK_CAPITAL = 0x10, 0x11, 0x14
_LANG_CHINESE: Final = 0x04


class Stroke(NamedTuple):
    """A key that went down."""

    scan_code: int
    shift: bool
    caps_lock: bool
    control: bool

    def character(self) -> str:
        """What a US keyboard types; empty for keys without a character."""
        return character(self.scan_code, self.shift, self.caps_lock, self.control)


class NativeKeys(QAbstractNativeEventFilter):
    """Tells ``heard(character)`` of every key that goes down, and keeps none back."""

    def __init__(self, heard: Callable[[str], None]) -> None:
        super().__init__()
        self._heard = heard

    def nativeEventFilter(self, kind: QByteArray | bytes | bytearray | memoryview, message: int) -> tuple[bool, int]:
        name = kind.data() if isinstance(kind, QByteArray) else bytes(kind)
        stroke = None
        if name == b"xcb_generic_event_t":
            stroke = xcb_stroke(ctypes.string_at(int(message), 32))
        elif name == b"windows_generic_MSG":
            stroke = _windows_stroke(int(message))
        if stroke is not None:
            self._heard(stroke.character())
        return False, 0


def wanted() -> bool:
    """Whether an input method may come between the keyboard and this program."""
    if QGuiApplication.platformName() == "xcb":
        return any(name in os.environ.get("QT_IM_MODULE", "") for name in ("fcitx", "ibus"))
    return QGuiApplication.platformName() == "windows" and _chinese_layout()


def xcb_stroke(event: bytes) -> Stroke | None:
    """A core ``KeyPress`` of X11 from its 32 bytes; ``None`` for any other event."""
    if event[0] & 0x7F != _XCB_KEY_PRESS:
        return None
    (state,) = struct.unpack_from("=H", event, _XCB_STATE_AT)
    return Stroke(event[1] - _X_OFFSET, bool(state & _X_SHIFT), bool(state & _X_LOCK), bool(state & _X_CONTROL))


def windows_stroke(message: int, parameter: int, *, shift: bool, caps_lock: bool, control: bool) -> Stroke | None:
    """``WM_KEYDOWN`` with its ``lParam``; ``None`` for any other message. Extended keys have no character, except Enter of the pad."""
    if message != _WM_KEYDOWN:
        return None
    scan_code = parameter >> 16 & 0xFF
    if parameter & _EXTENDED:
        scan_code = 0x1C if scan_code == 0x1C else 0
    return Stroke(scan_code, shift, caps_lock, control)


def _windows_stroke(address: int) -> Stroke | None:
    if sys.platform == "win32":
        from ctypes import wintypes

        message = wintypes.MSG.from_address(address)
        state = ctypes.windll.user32.GetKeyState
        return windows_stroke(
            message.message,
            message.lParam,
            shift=bool(state(_VK_SHIFT) & 0x8000),
            caps_lock=bool(state(_VK_CAPITAL) & 1),
            control=bool(state(_VK_CONTROL) & 0x8000),
        )
    return None


def _chinese_layout() -> bool:
    if sys.platform == "win32":
        return int(ctypes.windll.user32.GetKeyboardLayout(0)) & 0x3FF == _LANG_CHINESE
    return False
