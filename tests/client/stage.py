"""A stage for desks: a real workplace whose service is a table of prepared answers, in windows that nobody sees.

::

    stage.answers(SearchPatients, PatientHits(hits=(...,), more=False))
    frame = stage.show(CashierDesk(stage.place))
    stage.type("zs")
    stage.press("Return")
    assert stage.asked(GetUnpaid)[-1].patient_id == 7

The bridge, its threads, the journal and the key filters are the real ones; only the wire is missing.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QApplication

from client import capture, keys, robot, theme
from client.connection import Connection, Service
from client.desk import Desk, Workplace
from client.devices import Devices
from client.journal import Journal
from client.ops import Ops
from client.printing import Paper
from client.settings import DeskSettings
from client.shell.frame import Frame
from common.errors import XinglinError
from common.messages.reviewing import DoctorContact, EarlierDrugs, GetDoctorContact, GetEarlierDrugs, Judgements, JudgeReviews
from common.messages.session import ClinicFacts, SignedIn, StaffFacts
from common.messages.windows import ListWindows, WindowList
from common.permissions import Role, permissions_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from common.wire import Request

TODAY = date(2026, 11, 21)
_CONTACT = partial(DoctorContact, doctor="方舟", title="主治医师", department="内科", phone="8021", rooms=("203",), calls=())


class PreparedConnection(Connection):
    """Answers from a table. What it was asked is in ``asked``, in order, with its request id."""

    def __init__(self) -> None:
        super().__init__(Service("http://127.0.0.1:1"))
        self.asked: list[tuple[Request[Any], str | None]] = []
        self._answers: dict[type, Any] = {}
        self._lock = threading.Lock()

    def answers(self, kind: type, answer: Any) -> None:
        self._answers[kind] = answer

    def call(self, request: Request[Any], request_id: str | None = None) -> Any:
        with self._lock:
            self.asked.append((request, request_id))
        if type(request) not in self._answers:
            raise AssertionError(f"no answer prepared for {type(request).__name__}")
        answer = self._answers[type(request)]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, XinglinError):
            raise answer
        return answer


class Stage:
    """One person (with ``roles``) at one workplace. Close it with :meth:`close`; the fixture ``stage`` does."""

    def __init__(self, folder: Path, roles: Sequence[Role] = tuple(Role)) -> None:
        self.connection = PreparedConnection()
        self.ops = Ops(self.connection)
        journal = Journal(folder / "desk.sqlite")
        self.ops.use_journal(journal)
        settings = DeskSettings(desk_name="1 号窗口", sounds=False)
        devices = Devices(settings)
        paper = Paper(self.ops, devices, folder / "paper.sqlite", by="王芳")
        self.place = Workplace(ops=self.ops, session=session(roles), journal=journal.of(1), paper=paper, devices=devices, settings=settings)
        self.ops._outbox.resume(1)  # type: ignore[union-attr]  # signing in without the change feed, which needs a wire
        self.frame: Frame | None = None
        self.answers(ListWindows, WindowList(windows=(), unplaced=0))  # a clinic without pharmacy windows
        self.answers(JudgeReviews, Judgements(allowed=False, judged=()))
        self.answers(GetEarlierDrugs, EarlierDrugs(lines=()))
        self.answers(GetDoctorContact, lambda request: _CONTACT(prescription_id=request.prescription_id))

    def answers(self, kind: type[Request[Any]], answer: Any) -> None:
        """Prepare an answer: a reply, an error to raise, or a callable that takes the request."""
        self.connection.answers(kind, answer)

    def asked(self, kind: type[Any]) -> list[Any]:
        """The requests of one kind that came so far."""
        return [request for request, _id in self.connection.asked if isinstance(request, kind)]

    def request_ids(self, kind: type[Any]) -> list[str | None]:
        """The request ids of one kind of command."""
        return [request_id for request, request_id in self.connection.asked if isinstance(request, kind)]

    def show(self, desk: Desk, size: tuple[int, int] = (1366, 768)) -> Frame:
        """Put a desk into its frame and show it, with the focus in its first zone."""
        frame = Frame(self.place, desk)
        self.frame = frame
        keys.router().add(frame, frame)
        frame.resize(*size)
        frame.show()
        frame.activateWindow()
        desk.refresh(frozenset())
        self.settle()
        return frame

    def press(self, *names: str) -> None:
        """Press keys, such as ``"F2"``, ``"Return"``, ``"Ctrl+K"``, and wait until their answers are there."""
        for name in names:
            robot.press(self._window(), name)
            self.settle()

    def type(self, text: str) -> None:
        """Type into whatever has the focus."""
        robot.type_text(self._window(), text)
        self.settle()

    def scan(self, code: str) -> None:
        """Scan with a scanner that types."""
        robot.scan(self._window(), code)
        self.settle()

    def said(self) -> str:
        """What the result line says."""
        return self._window().line.text()

    def picture(self, file: Path, *, size: tuple[int, int] = (1366, 768), dark: bool = False, scale: float = 1.0) -> None:
        """Write the window as PNG."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app, theme.Mode.DARK if dark else theme.Mode.LIGHT)
        capture.render(self._window(), file, size=size, scale=scale)

    def settle(self, until: Callable[[], bool] | None = None, seconds: float = 20.0) -> None:
        """Let everything come to rest: timers of type-ahead, requests, paints. Fails if it takes longer than ``seconds``."""
        deadline = time.monotonic() + seconds
        quiet = 0
        while quiet < 4:
            capture.settle()
            quiet = quiet + 1 if self.ops.idle() and (until is None or until()) else 0
            if time.monotonic() > deadline:
                raise AssertionError("the desk did not come to rest")
            time.sleep(0.008)

    def close(self) -> None:
        """Take everything down."""
        if self.frame is not None:
            self.frame.wind_up()
            self.frame.close()
            self.frame.deleteLater()
        self.ops.stop()
        self.place.devices.stop()
        capture.settle()
        self.place.journal.desk.close()

    def _window(self) -> Frame:
        assert self.frame is not None, "show a desk first"
        return self.frame


def session(roles: Sequence[Role] = tuple(Role)) -> SignedIn:
    """Somebody who is signed in."""
    return SignedIn(
        token="token",
        staff=StaffFacts(id=1, login="wangfang", name="王芳", title="", department_id=None, roles=tuple(roles)),
        clinic=ClinicFacts(
            name="杏林门诊部", name_en="Xinglin Clinic", today=TODAY, triage_desk=False, idle_lock_minutes=15, training=False
        ),
        permissions=tuple(sorted(permissions_of(roles))),
        must_change_password=False,
        expires_at=datetime(2026, 11, 22, tzinfo=UTC),
    )
