"""What every desk is: a widget with actions, zones and a state, told of changes and scans, and ignorant of all other desks.

The frame (:mod:`client.shell.frame`) draws everything around it: top strip, patient banner, result line, key bar, palette and help.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from client import sounds
from client.action import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.devices import Devices
    from client.journal import OwnDrafts
    from client.ops import Ops
    from client.printing import Paper
    from client.settings import DeskSettings
    from common.errors import XinglinError
    from common.messages.catalogue import Lists
    from common.messages.patients import PatientSummary
    from common.messages.session import SignedIn
    from common.permissions import Permission
    from common.wire import Change, Request


class Kind(StrEnum):
    """The meaning of a result line; its colour and sign follow."""

    DONE = "done"
    INFO = "info"
    WARNING = "warning"
    DANGER = "danger"


@dataclass(frozen=True)
class Result:
    """The last result, as the line at the foot shows it. ``follow`` names actions (by id) that can still be done about it.

    ``hinders``: the action that could not be done, and why is what ``text`` says; once it can be done, the sentence goes.
    """

    text: str
    kind: Kind = Kind.DONE
    follow: tuple[str, ...] = ()
    hinders: str = ""


@dataclass
class Workplace:
    """What a desk stands on: the person, the bridge to the service, the paper, the devices, the drafts."""

    ops: Ops
    session: SignedIn
    journal: OwnDrafts
    paper: Paper
    devices: Devices
    settings: DeskSettings
    lists: Lists | None = field(default=None)

    def may(self, permission: Permission) -> bool:
        """Whether the person's roles hold ``permission``."""
        return permission in self.session.permissions

    def now(self) -> datetime:
        """The time in the clinic's zone, whatever zone this computer is set to; for what a person reads, on screen and on paper."""
        return datetime.now(self.session.expires_at.tzinfo)


@dataclass(frozen=True, kw_only=True)
class DeskSpec:
    """A desk as the chooser lists it. ``create`` makes it; its module is imported only then."""

    id: str
    title: str
    needs: Permission
    create: Callable[[Workplace], Desk]


class Desk(QWidget):
    """Base of the desks. Subclasses set the class attributes, build their widgets in ``__init__`` and override what they need."""

    id: ClassVar[str] = ""
    title: ClassVar[str] = ""
    icon: ClassVar[str] = "desk"
    #: Topics of :mod:`common.topics` that :meth:`refresh` wants to hear of.
    topics: ClassVar[frozenset[str]] = frozenset()
    #: Which clinical parts the patient banner shows on this desk.
    clinical: ClassVar[bool] = True

    state_changed = Signal()
    patient_changed = Signal(object)
    told = Signal(object)
    unsaid = Signal()
    asked = Signal(object)
    #: (str desk id, Any subject) show another desk, on an object that it knows: ``self.go.emit("refunds", bill_id)``. Heard only from the desk
    #: at the front; a subject of ``None`` just goes there.
    go = Signal(str, object)

    def __init__(self, place: Workplace) -> None:
        super().__init__()
        self.place = place
        self.ops = place.ops
        self.patient: PatientSummary | None = None

    # --- what a desk overrides -----------------------------------------------------------------------------------------------

    def actions(self) -> list[Action]:  # type: ignore[override]  # QWidget.actions lists QActions, which no desk has
        """The desk's own rows; F1, F5, Ctrl+K, Ctrl+L and Alt+1…3 are added by the frame. Asked once."""
        return []

    @property
    def state(self) -> Any:
        """What the actions' ``enabled`` look at. Emit :attr:`state_changed` when it changes."""
        return self

    def zones(self) -> Sequence[QWidget]:
        """The widgets that Alt+1…3 focus, in the order of the work."""
        return ()

    def refresh(self, changes: frozenset[Change]) -> None:
        """Other desks changed something of :attr:`topics`; an empty set: read everything anew (F5, or after a lost line)."""

    def scanned(self, code: str) -> bool | None:  # noqa: ARG002 - for desks to override
        """A code was scanned, whatever has the focus. ``False`` refuses it (another sound, and the result line says so).

        ``None``: it has to be asked about first, or the desk knows better words. Then the frame is silent; the desk says what became of it
        and sounds it by :meth:`sound`.
        """
        return False

    def carded(self, card: Any) -> None:
        """An ID card was read; ``card`` is the reader's :class:`devices.idcard.Card`."""

    def open(self, subject: Any) -> None:
        """Another desk sends the person here with ``subject`` (see :attr:`go`); this desk is at the front by now and has been refreshed.

        Take it into hand as if it had been found here; what was being typed must not be lost for it. Say so if it is nothing you know.
        """

    def back(self) -> bool:
        """Esc: one step back, never losing what was typed. ``False`` if there is nowhere to go back to."""
        return False

    def shown_patient(self, summary: PatientSummary | None) -> None:
        """The patient was set; for desks that want to do more than keep it."""

    def retranslate(self) -> None:
        """The language changed. Only for what :func:`client.texts.text` does not hold."""

    def help(self) -> str:
        """What F1 shows, as Markdown: ``help.zh_CN.md`` or ``help.en.md`` beside the desk. The keys are added by the frame."""
        from client.shell.help import help_text

        return help_text(f"client.{self.id}")

    def wind_up(self) -> None:
        """The desk closes or the person signs out: keep drafts now."""

    # --- what a desk calls ---------------------------------------------------------------------------------------------------

    def set_patient(self, summary: PatientSummary | None) -> None:
        """Choose the patient; the banner shows it until another is chosen."""
        self.patient = summary
        self.shown_patient(summary)
        self.patient_changed.emit(summary)
        self.state_changed.emit()

    def may_go(self, desk_id: str) -> bool:
        """Whether the person may use the desk that :attr:`go` would show; for an action's ``enabled``."""
        from client.desks import permitted

        return desk_id in (entry.id for entry in permitted(self.place.session.permissions))

    def send(
        self,
        request: Request[Any],
        done: Callable[[Any], None],
        failed: Callable[[XinglinError], None] | None = None,
        *,
        request_id: str | None = None,
        key: str | None = None,
    ) -> str:
        """``ops.send`` with this desk as the owner; see :meth:`client.ops.Ops.send`."""
        return self.ops.send(request, owner=self, done=done, failed=failed, request_id=request_id, key=key)

    def tell(self, text: str, kind: Kind | str = Kind.DONE, *, follow: Sequence[str] = ()) -> None:
        """Put a finished sentence into the result line: ``self.tell(tr("Registered, number {n}", n=7), follow=["reprint"])``."""
        self.told.emit(Result(text, Kind(kind), tuple(follow)))

    def unsay(self) -> None:
        """What the result line says is over: another patient is in hand. What paper, devices or the line said stays."""
        self.unsaid.emit()

    def sound(self, *, accepted: bool) -> None:
        """The sound of a scan that :meth:`scanned` answered with ``None``, unless this desk is silent."""
        if self.place.settings.sounds:
            sounds.accepted() if accepted else sounds.refused()

    def fail(self, error: XinglinError) -> None:
        """Say an error's sentence and advice in the result line."""
        self.tell(str(error), Kind.DANGER)

    def ask(self, question: str, answers: Sequence[tuple[str, Callable[[], None]]], *, danger: bool = True) -> None:
        """Ask in a line in place of the result line. Each answer is (title, what to do); with ``danger`` Enter picks none of them."""
        self.asked.emit(Question(question, tuple(answers), danger))


@dataclass(frozen=True)
class Question:
    """A confirmation in place. Esc always means "no"."""

    text: str
    answers: tuple[tuple[str, Callable[[], None]], ...]
    danger: bool = True
