"""Paper from a desk: a document goes to the printer of a role, and its outcome to the result line. No desk waits for a printer."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, Signal

from client.desk import Kind, Question, Result
from client.errors import NotInstalled, NotKept
from common.errors import XinglinError
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from client.devices import Devices
    from client.ops import Ops
    from printing.catalog import AnyDocument
    from printing.media import Backend, Media
    from printing.spool import Job, Outcome, Spool

_NOTHING: Final = N_("Nothing was printed here yet.")


class Paper(QObject):
    """One for each desk. Every job is in the spool's journal before a byte leaves. ``zone`` is the clinic's, for the time on reprints."""

    #: (Outcome) how a job ended.
    finished = Signal(object)
    #: (Result) for the result line: what could not be printed.
    told = Signal(object)
    #: (Question) a job of unknown outcome.
    asked = Signal(object)

    def __init__(self, ops: Ops, devices: Devices, file: Path, *, by: str, zone: tzinfo | None = None) -> None:
        super().__init__()
        self._zone = zone
        self._ops = ops
        self._devices = devices
        self._file = file
        self._by = by
        self._opened: Spool | None = None
        self._last: list[tuple[int, str]] = []
        self._gathering = ""

    # --- what a desk calls -------------------------------------------------------------------------------------------------------

    def print(self, document: AnyDocument, role: str, request_id: str, *, copies: int = 1) -> None:
        """Print a paper on the printer of ``role`` (receipt, label, a5) and return at once.

        ``request_id`` is that of the act which the paper belongs to: asked for twice by mistake it is one job, and F9 repeats all papers
        of the last act.
        """
        if self._gathering != request_id:
            self._gathering, self._last = request_id, []
        job_id = f"{request_id}/{type(document).__name__}/{_mark(document)}"

        def work(port: Any) -> Outcome:
            backend, media = self._way(document, role)
            job = self._spool().enqueue(document, backend, media, job_id, copies=copies)
            return self._spool().deliver(job.id, port)

        self._send(role, work)

    def may_repeat(self) -> bool | str:
        """Whether F9 has something to print again, as an action's ``enabled`` wants it."""
        return True if self._last else _NOTHING

    def repeats(self, request_id: str) -> bool:
        """Whether :meth:`again` would print the papers of that act, and no later one's."""
        return bool(self._last) and self._gathering == request_id

    def again(self) -> None:
        """F9: the papers of the last act once more, marked as copies; one that has not come out yet is simply printed."""
        for job_id, role in list(self._last):
            self._again(job_id, role)

    def look_after(self) -> None:
        """At the start: ask about papers of which nobody knows whether they came out."""
        if self._file.exists():  # nothing was ever printed here: nothing of printing need be loaded
            self._ops.run(lambda: self._spool().outstanding(), owner=self, done=self._found)

    # --- the way to the printer --------------------------------------------------------------------------------------------------

    def _send(self, role: str, work: Callable[[Any], Outcome]) -> None:
        def keeping(port: Any) -> Outcome:
            try:
                return work(port)
            except (sqlite3.Error, OSError) as problem:
                raise NotKept(file=str(self._file), cause=str(problem)) from problem

        try:
            future = self._devices.on_printer(role, keeping)
        except NotInstalled as problem:
            self._failed(problem)
            return
        self._ops.watch(future, owner=self, done=lambda outcome: self._ended(outcome, role), failed=self._failed)

    def _again(self, job_id: int, role: str) -> None:
        def work(port: Any) -> Outcome:
            spool = self._spool()
            job = spool.job(job_id)
            if job.state.value == "PRINTED":
                job = spool.reprint(job_id, self._by, datetime.now(self._zone).astimezone(self._zone))
            return spool.deliver(job.id, port)

        self._send(role, work)

    def _way(self, document: AnyDocument, role: str) -> tuple[Backend, Media]:
        """The printer's language and paper, as the role's address says."""
        from printing.catalog import ways_to_print
        from printing.media import Backend

        if role == "a5":  # the printer of pages; some papers can go to the roll as well
            return next(way for way in ways_to_print(type(document)) if way[0] is Backend.PDF)
        return way_at(self._devices, role)

    def _spool(self) -> Spool:
        from printing.spool import Spool

        if self._opened is None:
            self._opened = Spool(self._file)
        return self._opened

    # --- what became of it -------------------------------------------------------------------------------------------------------

    def _ended(self, outcome: Outcome, role: str) -> None:
        if (outcome.job_id, role) not in self._last:
            self._last.append((outcome.job_id, role))
        self.finished.emit(outcome)
        state = outcome.state.value
        if state == "FAILED":
            self.told.emit(Result(tr("Not printed. {advice}", advice=outcome.advice), Kind.WARNING, ("print_again",)))
        elif state == "UNKNOWN":
            self._ask(outcome.job_id, outcome.advice, role)

    def _failed(self, problem: XinglinError) -> None:
        self.told.emit(Result(tr("Not printed. {advice}", advice=str(problem)), Kind.WARNING))

    def _ask(self, job_id: int, advice: str, role: str) -> None:
        answers = (
            (N_("It came out"), lambda: self._resolve(job_id, role, printed=True)),
            (N_("It did not; print it"), lambda: self._resolve(job_id, role, printed=False)),
        )
        self.asked.emit(Question(advice, answers, danger=False))

    def _resolve(self, job_id: int, role: str, *, printed: bool) -> None:
        def work() -> Job:
            return self._spool().resolve(job_id, printed=printed)

        def done(job: Job) -> None:
            if job.state.value == "QUEUED":
                self._again(job_id, role)

        self._ops.run(work, owner=self, done=done, failed=self._failed)

    def _found(self, jobs: Sequence[Job]) -> None:
        unknown = next((job for job in jobs if job.state.value == "UNKNOWN"), None)
        if unknown is not None:
            self._ask(unknown.id, unknown.advice, _role(unknown))


def way_at(devices: Devices, role: str) -> tuple[Backend, Media]:
    """The language and the paper of a role's printer, as its address says."""
    from printing.media import Backend, Media

    if role == "a5":
        return Backend.PDF, Media.A5
    backend = Backend(devices.option(role, "language", "tspl")) if role == "label" else Backend.ESCPOS
    if backend is not Backend.ESCPOS:
        return backend, Media.LABEL_60X40
    # Labels also come from a small receipt printer; those mostly have the narrow roll.
    usual = "58" if role == "label" else "80"
    return backend, Media.ROLL_58 if devices.option(role, "roll", usual) == "58" else Media.ROLL_80


def slip_role(devices: Devices) -> str:
    """Where a slip goes that is made for the roll and for A5: to the receipt printer, or where there is none to the printer of pages."""
    return "a5" if devices.has("a5") and not devices.has("receipt") else "receipt"


def _role(job: Job) -> str:
    from printing.catalog import ways_to_print
    from printing.media import Media

    if job.media.is_roll:
        return "label" if any(media is Media.LABEL_60X40 for _, media in ways_to_print(type(job.paper()))) else "receipt"
    return "a5" if job.media.value in ("a5", "a4") else "label"


def _mark(document: AnyDocument) -> str:
    """What tells two papers of one kind and one act apart, such as the labels of three drugs: their contents."""
    import hashlib

    import msgspec

    fields = {name: value for name, value in msgspec.structs.asdict(document).items() if name != "copy"}
    return hashlib.sha256(msgspec.json.encode(fields)).hexdigest()[:12]
