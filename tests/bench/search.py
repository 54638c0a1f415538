"""``search``: finding a patient while one types, at the service and in a real window."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, Final

from common.messages.patients import SearchPatients
from tests.bench.crowd import Crowd, Order
from tests.bench.history import say
from tests.bench.kinds import Asked, Kinds
from tests.bench.requests import percentile_ms
from tests.bench.sides import service, wait_until_sealed
from tests.bench.states import States

if TYPE_CHECKING:
    from client.widgets.patient_search import PatientSearch
    from tests.bench.data import Store

WAYS: Final = ("name", "initials", "phone", "id_number")
#: So many clerks search at once while the service is measured.
_CLERKS: Final = 4
_ANSWER_SECONDS: Final = 5.0
_BETWEEN_KEYS_S: Final = 0.08


def measure(store: Store, patients: int, *, quick: bool) -> list[dict[str, Any]]:
    """The section."""
    clinic = store.clinic(patients)
    people, seconds = (6, 1.0) if quick else (40, 5.0)
    with ExitStack() as stack:
        kinds = Kinds(stack.enter_context(closing(States(clinic))))
        ours = stack.enter_context(service(clinic))
        crowd = stack.enter_context(Crowd())
        wait_until_sealed(clinic)
        token = kinds.clerks[0].token
        typed = {by: kinds.search_texts(by, 400) for by in WAYS}
        rows = [{"by": by, "server_p95_ms": _server_p95(crowd, ours.port, typed[by], token, seconds)} for by in WAYS]
        window = stack.enter_context(closing(_Window(f"http://127.0.0.1:{ours.port}", token)))
        window.type("热身")
        for row in rows:
            times = sorted(ns for text in typed[str(row["by"])][:people] for ns in window.type(text))
            row["paint_p50_ms"], row["paint_p95_ms"] = percentile_ms(times, 50), percentile_ms(times, 95)
            say(f"  {row}")
    return rows


def _server_p95(crowd: Crowd, port: int, texts: list[str], token: str, seconds: float) -> float | None:
    """What people type character by character, each beginning a search of its own."""
    begun = [text[:size] for text in texts for size in range(1, len(text) + 1)]
    shots = [Asked(SearchPatients(text=text), token).shot() for text in begun]
    outcome = crowd.carry_out(Order(port=port, clients=_CLERKS, seconds=seconds, shots=shots, again=True))
    assert not outcome.errors, outcome.refusals
    return percentile_ms(sorted(outcome.nanoseconds), 95)


class _Window:
    """A window with the search box of every desk, and a hand that types into it."""

    def __init__(self, url: str, token: str) -> None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from client.__main__ import start
        from client.connection import Connection, Service
        from client.ops import Ops
        from client.settings import DeskSettings
        from client.widgets.patient_search import PatientSearch

        self.app = start(DeskSettings())
        connection = Connection(Service(url))
        connection.token = token
        self.ops = Ops(connection)
        self.box: PatientSearch = PatientSearch(self.ops)
        self.box.resize(1100, 640)
        self.box.show()
        self.box.activateWindow()
        self._painted: dict[str, int] = {}
        self.box.painted.connect(lambda text, ns: self._painted.setdefault(text, ns))

    def type(self, text: str) -> list[int]:
        """Type key by key; gives back for each how long it took until the list for it was painted, in nanoseconds."""
        from PySide6.QtCore import QEvent, Qt
        from PySide6.QtGui import QKeyEvent

        self.box.clear()
        times = []
        for size in range(1, len(text) + 1):
            self._painted.clear()
            character = text[size - 1]
            key = Qt.Key(ord(character.upper())) if character.isascii() else Qt.Key.Key_unknown
            self.app.sendEvent(self.box.field, QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, character))
            times.append(self._wait(text[:size]))
        return times

    def _wait(self, text: str) -> int:
        """Until the list is painted, and then as long as a person needs for the next key."""
        deadline = time.monotonic() + _ANSWER_SECONDS
        while text not in self._painted:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no list was painted for {text!r}")
            self.app.processEvents()
        until = time.monotonic() + _BETWEEN_KEYS_S
        while time.monotonic() < until:
            self.app.processEvents()
            time.sleep(0.002)
        return self._painted[text]

    def close(self) -> None:
        """Close the window and the line."""
        self.box.close()
        self.ops.stop()
