"""The journal of print jobs: a job is on disk before a byte of it leaves, and what became of it is never guessed.

::

    QUEUED ──deliver──► SENDING ──all went out──────► PRINTED
      ▲ ▲                 │ └──nothing went out─────► FAILED, with what to do; may be delivered again
      │ └── not printed   └────some may have gone,──► UNKNOWN, until a person has looked (resolve)
      └──────── FAILED         or the program died

The journal is one SQLite file a desk. Calls block on disk and printer, so a desk makes them on its worker threads; any thread may.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from datetime import datetime
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Annotated, Any, Final, Protocol

import msgspec
import psutil

from common.errors import RequestIdReused, XinglinError
from common.i18n import N_, tr
from printing.catalog import AnyDocument, document_from_json, document_json, render_document
from printing.documents.base import Copy
from printing.errors import JobNotReady, NoSuchJob
from printing.media import Backend, Media

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_COPIES: Final = 20

_SCHEMA: Final = f"""
CREATE TABLE IF NOT EXISTS job (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id  TEXT    NOT NULL UNIQUE,
    series      TEXT    NOT NULL,  -- the request id of the original, shared by its reprints
    copy_number INTEGER NOT NULL,
    document    BLOB    NOT NULL,
    backend     TEXT    NOT NULL,
    media       TEXT    NOT NULL,
    data        BLOB    NOT NULL,
    copies      INTEGER NOT NULL CHECK (copies BETWEEN 1 AND {MAX_COPIES}),
    sent        INTEGER NOT NULL DEFAULT 0 CHECK (sent BETWEEN 0 AND copies),
    made_at     TEXT    NOT NULL,
    made_by     TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('QUEUED', 'SENDING', 'PRINTED', 'FAILED', 'UNKNOWN')),
    advice      TEXT    NOT NULL DEFAULT '',
    sender      TEXT    NOT NULL DEFAULT '',  -- the process that is SENDING
    UNIQUE (series, copy_number)
)
"""
_COLUMNS: Final = "id, request_id, series, copy_number, document, backend, media, data, copies, sent, made_at, made_by, state, advice"


@unique
class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    PRINTED = "PRINTED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"

    @property
    def label(self) -> str:
        """The state in the current language."""
        return tr(_LABELS[self])


_LABELS: Final = {
    JobState.QUEUED: N_("job|Waiting"),
    JobState.SENDING: N_("job|Printing"),
    JobState.PRINTED: N_("job|Printed"),
    JobState.FAILED: N_("job|Not printed"),
    JobState.UNKNOWN: N_("job|Not known"),
}
_LOOK: Final = N_("The connection broke while printing. Look whether the paper came out, then answer.")


#: Backend, media, bytes and number of identical copies.
_Way = tuple[Backend, Media, bytes, int]


class PrinterPort(Protocol):
    """The way to a printer: TCP, serial, USB, the system's spooler or a file.

    ``send`` returns once everything is handed over. An error with the attribute ``sent_nothing`` set to ``True`` promises that no byte went
    out; after any other error some may have.
    """

    def send(self, data: bytes) -> None:
        """Hand over all of ``data``."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the journal. Of ``copies`` identical papers ``sent`` went out; ``advice`` says what to do, or is empty."""

    id: int
    request_id: str
    series: str
    copy_number: int
    document: bytes
    backend: Backend
    media: Media
    data: bytes
    copies: Annotated[int, msgspec.Meta(ge=1, le=MAX_COPIES)]
    sent: int
    made_at: datetime
    made_by: str
    state: JobState
    advice: str

    def paper(self) -> AnyDocument:
        """The document that the job prints."""
        return document_from_json(self.document)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a delivery."""

    job_id: int
    state: JobState
    advice: str


class Spool:
    """The journal in the file ``path``. Jobs that a program left SENDING when it died are UNKNOWN from the moment it is opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._change() as db:
            db.execute(_SCHEMA)
        self._own_up_to_crashes()

    # --- what a desk asks for ---

    def enqueue(self, document: AnyDocument, backend: Backend, media: Media, request_id: str, *, copies: int = 1) -> Job:
        """Journal a paper. The same ``request_id`` again gives the same job, whatever the time on the second copy of the document.

        Raises ``RequestIdReused`` if it came with other contents, ``WrongMedia``, ``GlyphMissing``, ``NotABarcode``, and ``ValueError``
        unless 1 ≤ ``copies`` ≤ 20.
        """
        if not 1 <= copies <= MAX_COPIES:
            raise ValueError(f"copies must be 1 to {MAX_COPIES}, not {copies}")
        data = render_document(document, backend, media)
        with self._change() as db:
            known = self._one(db, "request_id = ?", request_id)
            if known is not None:
                return _same(known, document, backend, media, copies)
            return self._insert(db, document, (backend, media, data, copies), request_id, request_id)

    def deliver(self, job_id: int, port: PrinterPort) -> Outcome:
        """Send a QUEUED or FAILED job. A job that is printed, unknown or being sent is left alone and its state returned.

        Raises :class:`NoSuchJob`. An error of the port is an outcome, not an exception.
        """
        job = self._claim(job_id)
        if job is None:
            return self._outcome(job_id)
        try:
            for _ in range(job.sent, job.copies):
                port.send(job.data)
                self._count_sent(job_id)
        except BaseException as error:
            self._end_sending(job_id, *_verdict(error))
            if not isinstance(error, Exception):
                raise
        else:
            self._end_sending(job_id, JobState.PRINTED, "")
        return self._outcome(job_id)

    def resolve(self, job_id: int, *, printed: bool) -> Job:
        """A person has looked after an UNKNOWN job: it is PRINTED, or QUEUED again with what has not come out.

        Raises :class:`JobNotReady` unless the job is UNKNOWN, :class:`NoSuchJob`.
        """
        with self._change() as db:
            job = self._need(db, job_id)
            if job.state is not JobState.UNKNOWN:
                raise JobNotReady(job_id=job_id, state=_LABELS[job.state])
            sent = job.sent + (1 if printed else 0)
            state = JobState.PRINTED if sent == job.copies else JobState.QUEUED
            db.execute("UPDATE job SET state = ?, sent = ?, advice = '' WHERE id = ?", (state, sent, job_id))
            return self._need(db, job_id)

    def reprint(self, job_id: int, by: str, at: datetime) -> Job:
        """A new job for the same paper that says 补打 n, one more than its latest copy; ``at`` is the clinic's wall clock.

        Raises :class:`JobNotReady` unless the job is PRINTED (the first paper is still to come out), :class:`NoSuchJob`.
        """
        with self._change() as db:
            job = self._need(db, job_id)
            if job.state is not JobState.PRINTED:
                raise JobNotReady(job_id=job_id, state=_LABELS[job.state])
            (latest,) = db.execute("SELECT max(copy_number) FROM job WHERE series = ?", (job.series,)).fetchone()
            document = msgspec.structs.replace(job.paper(), copy=Copy(number=latest + 1, at=at, by=by))
            way = (job.backend, job.media, render_document(document, job.backend, job.media), 1)
            return self._insert(db, document, way, f"{job.series}/{latest + 1}", job.series)

    def outstanding(self) -> list[Job]:
        """Every job that is not PRINTED, oldest first."""
        self._own_up_to_crashes()
        with self._change() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM job WHERE state <> 'PRINTED' ORDER BY id").fetchall()
        return [_job(row) for row in rows]

    def job(self, job_id: int) -> Job:
        """One job. Raises :class:`NoSuchJob`."""
        with self._change() as db:
            return self._need(db, job_id)

    # --- the journal itself ---

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """One transaction on a connection of its own, so that any thread or second program may come at any time."""
        with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as db:
            db.execute("PRAGMA synchronous = FULL")
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def _insert(self, db: sqlite3.Connection, document: AnyDocument, way: _Way, request_id: str, series: str) -> Job:
        copy = document.copy
        cursor = db.execute(
            "INSERT INTO job (request_id, series, copy_number, document, backend, media, data, copies, made_at, made_by, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'QUEUED')",
            (request_id, series, copy.number, document_json(document), *way, copy.at.isoformat(), copy.by),
        )
        return self._need(db, cursor.lastrowid or 0)

    def _one(self, db: sqlite3.Connection, condition: str, value: object) -> Job | None:
        row = db.execute(f"SELECT {_COLUMNS} FROM job WHERE {condition}", (value,)).fetchone()
        return _job(row) if row else None

    def _need(self, db: sqlite3.Connection, job_id: int) -> Job:
        job = self._one(db, "id = ?", job_id)
        if job is None:
            raise NoSuchJob(job_id=job_id)
        return job

    def _claim(self, job_id: int) -> Job | None:
        """The job if it is ours to send, marked SENDING on disk."""
        with self._change() as db:
            job = self._need(db, job_id)
            if job.state not in {JobState.QUEUED, JobState.FAILED}:
                return None
            db.execute("UPDATE job SET state = 'SENDING', sender = ?, advice = '' WHERE id = ?", (_this_process(), job_id))
            return job

    def _count_sent(self, job_id: int) -> None:
        with self._change() as db:
            db.execute("UPDATE job SET sent = sent + 1 WHERE id = ?", (job_id,))

    def _end_sending(self, job_id: int, state: JobState, advice: str) -> None:
        with self._change() as db:
            db.execute("UPDATE job SET state = ?, advice = ?, sender = '' WHERE id = ?", (state, advice, job_id))

    def _outcome(self, job_id: int) -> Outcome:
        job = self.job(job_id)
        return Outcome(job_id=job.id, state=job.state, advice=job.advice)

    def _own_up_to_crashes(self) -> None:
        with self._change() as db:
            sending = db.execute("SELECT id, sender FROM job WHERE state = 'SENDING'").fetchall()
            for job_id, sender in sending:
                if not _is_alive(sender):
                    db.execute("UPDATE job SET state = 'UNKNOWN', advice = ?, sender = '' WHERE id = ?", (tr(_LOOK), job_id))


def _verdict(error: BaseException) -> tuple[JobState, str]:
    """What an error of the port means, and what to do about it."""
    if getattr(error, "sent_nothing", False) is True:
        return JobState.FAILED, str(error) or type(error).__name__
    return JobState.UNKNOWN, str(error) if isinstance(error, XinglinError) else tr(_LOOK)


def _same(known: Job, document: AnyDocument, backend: Backend, media: Media, copies: int) -> Job:
    stored = known.paper()
    asked = msgspec.structs.replace(document, copy=stored.copy)
    if (asked, backend, media, copies) != (stored, known.backend, known.media, known.copies):
        raise RequestIdReused(request_id=known.request_id)
    return known


def _job(row: tuple[Any, ...]) -> Job:
    fields = dict(zip(_COLUMNS.split(", "), row, strict=True))
    return Job(
        **{
            **fields,
            "backend": Backend(fields["backend"]),
            "media": Media(fields["media"]),
            "made_at": datetime.fromisoformat(fields["made_at"]),
            "state": JobState(fields["state"]),
        }
    )


def _this_process() -> str:
    """This process so that no later one with the same number is taken for it."""
    return f"{os.getpid()}:{psutil.Process().create_time():.2f}"


def _is_alive(sender: str) -> bool:
    number, _, started = sender.partition(":")
    try:
        return f"{psutil.Process(int(number)).create_time():.2f}" == started
    except psutil.Error:
        return False
