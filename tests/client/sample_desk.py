"""A desk for the frame's tests: a search, a field, and actions of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout

from client.action import Action
from client.desk import Desk, Workplace
from client.widgets.inputs import TextInput
from client.widgets.patient_search import PatientSearch
from common.messages.consult import HoldVisit
from common.permissions import Permission
from common.topics import BILL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from common.wire import Change


class SampleDesk(Desk):
    """Remembers what it was told."""

    id, title = "sample", "Cashier"
    topics = frozenset({BILL})

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.search = PatientSearch(self.ops)
        self.field = TextInput()
        layout = QHBoxLayout(self)
        layout.addWidget(self.search)
        layout.addWidget(self.field)
        self.refreshed: list[frozenset[Change]] = []
        self.codes: list[str] = []
        self.finished = 0
        self.went_back = 0
        self.wound_up = False
        self.takes_codes: bool | None = True

    def actions(self) -> list[Action]:  # type: ignore[override]
        return [
            Action(id="find", title="Find patient", key="F2", run=self.search.start),
            Action(id="hold", title="Close", key="F6", run=self.hold),
            Action(
                id="finish",
                title="Finish",
                key="F12",
                run=self.finish,
                primary=True,
                enabled=lambda desk: True if desk.field.text() else "Not possible now.",
            ),
            Action(id="audit", title="Keys", key="F7", run=self.finish, needs=Permission.ADMIN_AUDIT),
        ]

    def finish(self) -> None:
        self.finished += 1

    def hold(self) -> None:
        self.send(HoldVisit(visit_id=1), done=lambda _done: self.tell("held", follow=["find"]))

    def zones(self) -> Sequence[QWidget]:
        return (self.search, self.field)

    def refresh(self, changes: frozenset[Change]) -> None:
        self.refreshed.append(changes)

    def scanned(self, code: str) -> bool | None:
        self.codes.append(code)
        return self.takes_codes

    def back(self) -> bool:
        self.went_back += 1
        return True

    def help(self) -> str:
        return "# What this desk does\n\nNothing."

    def wind_up(self) -> None:
        self.wound_up = True
