"""Every key press of the program passes here: shortcuts that no field can eat, and scans that no field can see.

A burst of keys is a scan (:mod:`devices.scanner.wedge`). Keys are held until it is known whether they are one, a few hundredths of a
second at most. A field with the property ``live`` gets them at once, for type-ahead, and is put back as it was if they were a scan.
"""

from __future__ import annotations

import contextlib
import time
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from client import native_keys
from client.action import key_of
from devices.scanner.wedge import HICCUP_NS, Key, Verdict, Wedge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from client.native_keys import NativeKeys
    from devices.scanner.protocol import Scan

_MODIFIERS: Final = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)
_COMMANDING: Final = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
_ENDS: Final = {Qt.Key.Key_Return: "\r", Qt.Key.Key_Enter: "\r", Qt.Key.Key_Tab: "\t"}

#: Every event of the program is compared with these; to look them up in Qt's classes each time takes longer than to compare.
_PRESS, _RELEASE, _COMPOSED = QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.InputMethod
_CLICK, _WHEEL = QEvent.Type.MouseButtonPress, QEvent.Type.Wheel


class KeyHost(Protocol):
    """A window that wants its keys and scans."""

    def press(self, key: str) -> bool:
        """A key press as :func:`client.action.key_of` writes it. ``True`` if it was a shortcut and is used up."""

    def takes_scans(self) -> bool:
        """Whether a scan means anything here now. Where it does not, as at signing in, every key is a person's, however fast it comes."""

    def take_scan(self, scan: Scan) -> None:
        """A code was scanned while this window was the active one."""


@dataclass(frozen=True)
class _Held:
    """An event kept back, with all that is needed to deliver it after all."""

    target: weakref.ref[QObject]
    event: QEvent


@dataclass(frozen=True)
class _Snapshot:
    """A field as it was before a burst began."""

    field: weakref.ref[QLineEdit]
    text: str
    cursor: int
    selected: tuple[int, int]


class KeyRouter(QObject):
    """The application's event filter; one for each program (:func:`router`)."""

    #: () a person did something: a key, a button of the mouse. For the idle lock.
    active = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._hosts: weakref.WeakKeyDictionary[QWidget, KeyHost] = weakref.WeakKeyDictionary()
        self._wedge = Wedge()
        self._replaying = False
        self._stopped_at: int | None = None
        self._snapshot: _Snapshot | None = None
        self._expiry = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._expiry.timeout.connect(self._expire)
        self._native: NativeKeys | None = None
        app.installEventFilter(self)
        if native_keys.wanted():
            self.hear_native(app)

    def hear_native(self, app: QApplication) -> None:
        """Judge keys before an input method sees them; the key events that come of them only share their fate."""
        self._native = native_keys.NativeKeys(self.physical)
        app.installNativeEventFilter(self._native)

    def add(self, window: QWidget, host: KeyHost) -> None:
        """Give ``host`` the keys and scans of a top-level window."""
        self._hosts[window] = host

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind is _PRESS or kind is _RELEASE:
            if isinstance(event, QKeyEvent) and isinstance(watched, QWidget) and not self._replaying and _is_first(watched):
                return self._key(watched, event)
        elif kind is _COMPOSED and isinstance(event, QInputMethodEvent) and not self._replaying:
            return self._composed(watched, event)
        elif kind is _CLICK or kind is _WHEEL:
            self.active.emit()
        return False

    # --- keys ------------------------------------------------------------------------------------------------------------------

    def _key(self, widget: QWidget, event: QKeyEvent) -> bool:
        host = self._hosts.get(widget.window())
        if host is None or event.key() in _MODIFIERS:
            return False
        if event.type() == QEvent.Type.KeyRelease:
            return host.takes_scans() and self._release(widget, event)
        self.active.emit()
        if not self._may_scan(event):
            self._deliver(self._wedge.feed(Key("", self._now())))
            return host.press(key_of(Qt.Key(event.key()), event.modifiers()))
        if not host.takes_scans():
            self.breathe()
            return False
        return self._weigh(host, widget, event)

    def _weigh(self, host: KeyHost, widget: QWidget, event: QKeyEvent) -> bool:
        """A key that may belong to a scan. ``True``: it is held or part of one, and nobody else sees it now."""
        live = self._watch_live(widget)
        if self._native is not None and event.spontaneous():
            return self._carried(widget, event) and not (live and self._wedge.deadline_ns is not None)
        character = _ENDS.get(Qt.Key(event.key()), event.text())
        held = _Held(weakref.ref(widget), event.clone())
        verdict = self._wedge.feed(Key(character, self._now(), None if live else held, event.isAutoRepeat()))
        if verdict.scan is not None:
            self._accept(host, verdict.scan)
            return True
        mine = bool(verdict.replay) and verdict.replay[-1].payload is held
        self._deliver(Verdict(verdict.replay[:-1] if mine else verdict.replay))
        self._set_expiry()
        return not (live or mine)

    def _release(self, widget: QWidget, event: QKeyEvent) -> bool:
        """A key's release shares the fate of its press."""
        if widget.property("live") or not self._may_scan(event):
            return False
        return self._carried(widget, event)

    def _watch_live(self, widget: QWidget) -> bool:
        """Whether the field gets its keys at once; then it is remembered as it was before the burst."""
        live = bool(widget.property("live")) and isinstance(widget, QLineEdit)
        if live and self._wedge.deadline_ns is None:
            self._snapshot = _snapshot(widget)
        return live

    def _carried(self, target: QObject, event: QEvent) -> bool:
        """Let an event share the fate of the keys around it. ``True``: it is held or dropped."""
        return not self._wedge.carry(_Held(weakref.ref(target), event.clone()), self._now()).replay

    def _accept(self, host: KeyHost, scan: Scan) -> None:
        self._put_back()
        self._expiry.stop()
        host.take_scan(scan)

    @staticmethod
    def _may_scan(event: QKeyEvent) -> bool:
        if event.modifiers() & _COMMANDING:
            return event.text() == "\x1d"  # scanners send GS as Ctrl+]
        return event.key() in _ENDS or (bool(event.text()) and event.text().isprintable())

    # --- input methods ---------------------------------------------------------------------------------------------------------

    def _composed(self, watched: QObject, event: QInputMethodEvent) -> bool:
        """What an input method makes of a scan's keys shares their fate; of a person's keys it passes."""
        host = self._hosts.get(watched.window()) if isinstance(watched, QWidget) else None
        if host is not None and not host.takes_scans():
            return False
        return self._carried(watched, event)

    def physical(self, character: str) -> None:
        """A key as the keyboard sent it, from the native filter; its key event or its input method's text comes after it."""
        widget = QApplication.focusWidget()
        host = self._hosts.get(widget.window()) if widget is not None else None
        if widget is None or host is None or not host.takes_scans():
            return
        self._watch_live(widget)
        verdict = self._wedge.feed(Key(character, self._now()))
        self._deliver(verdict)
        scan = verdict.scan
        if scan is not None:
            QTimer.singleShot(0, lambda: self._accept(host, scan))
        self._set_expiry()

    # --- time ------------------------------------------------------------------------------------------------------------------

    def _set_expiry(self) -> None:
        deadline = self._wedge.deadline_ns
        if deadline is not None:
            self._expiry.start(max(1, (deadline - self._now()) // 1_000_000 + 1))

    def _expire(self) -> None:
        self._deliver(self._wedge.expire(self._now()))
        self._set_expiry()

    def _now(self) -> int:
        return time.monotonic_ns() if self._stopped_at is None else self._stopped_at

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """Keys in this block come at one moment, however slow this computer is. For robots that scan."""
        before = self._stopped_at
        self._stopped_at = self._now()
        try:
            yield
        finally:
            self._stopped_at = before

    def breathe(self) -> None:
        """Let the time pass that a person leaves between two keys: what is held now was typed. Also for robots, which do not want to wait."""
        self._deliver(self._wedge.expire(self._now() + HICCUP_NS))
        self._expiry.stop()

    def _deliver(self, verdict: Verdict) -> None:
        self._replaying = True
        try:
            for key in verdict.replay:
                if isinstance(key.payload, _Held):
                    target = key.payload.target()
                    if target is not None and shiboken6.isValid(target):
                        QCoreApplication.sendEvent(target, key.payload.event)
        finally:
            self._replaying = False

    def _put_back(self) -> None:
        """A live field saw the scan come in as text: it never was there."""
        method = QGuiApplication.inputMethod()
        method.reset()
        snapshot, self._snapshot = self._snapshot, None
        field = snapshot.field() if snapshot is not None else None
        if snapshot is None or field is None or not shiboken6.isValid(field):
            return
        field.setText(snapshot.text)
        field.setCursorPosition(snapshot.cursor)
        if snapshot.selected[0] >= 0:
            field.setSelection(*snapshot.selected)


def router() -> KeyRouter:
    """The program's key router, made on first use. Raises ``RuntimeError`` without a ``QApplication``."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise RuntimeError("there is no QApplication yet")
    found = app.findChild(KeyRouter)
    return found if isinstance(found, KeyRouter) else KeyRouter(app)


def _is_first(widget: QWidget) -> bool:
    """Whether the event is met for the first time, not on its way up from the focused widget to its parents."""
    focused = QApplication.focusWidget()
    return focused is None or focused is widget or not widget.isAncestorOf(focused)


def _snapshot(widget: QWidget) -> _Snapshot | None:
    if not isinstance(widget, QLineEdit):
        return None
    selected = (widget.selectionStart(), len(widget.selectedText()))
    return _Snapshot(weakref.ref(widget), widget.text(), widget.cursorPosition(), selected)
