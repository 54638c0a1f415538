"""The journal: nothing is lost, nothing printed twice unasked, nothing guessed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from common.errors import ERRORS, RequestIdReused, Trouble
from common.i18n import language
from printing.errors import JobNotReady, NoSuchJob, WrongMedia
from printing.media import Backend, Media
from printing.spool import Job, JobState, Spool
from tests.printing.samples import AT, FIRST, SECOND, drug_label, prescription, receipt

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


class Tray:
    """A printer that keeps what it gets and can be told what goes wrong, and on which sending."""

    def __init__(self, *troubles: BaseException | None) -> None:
        self.papers: list[bytes] = []
        self._troubles = list(troubles)
        self.while_sending: Callable[[], None] = lambda: None

    def send(self, data: bytes) -> None:
        """Keep ``data``, or raise the next trouble."""
        self.while_sending()
        trouble = self._troubles.pop(0) if self._troubles else None
        if trouble is not None:
            raise trouble
        self.papers.append(data)


class NotReady(Exception):
    """Nothing went out."""

    sent_nothing = True


class Lost(Exception):
    """Something may have gone out."""

    sent_nothing = False


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the journal is."""
    return tmp_path / "desk" / "print.sqlite3"


@pytest.fixture
def spool(path: Path) -> Spool:
    """An empty journal."""
    return Spool(path)


def _receipt_job(spool: Spool, request_id: str = "r1", copies: int = 1) -> Job:
    return spool.enqueue(receipt(), Backend.ESCPOS, Media.ROLL_58, request_id, copies=copies)


def test_a_job_is_on_disk_before_a_byte_leaves(spool: Spool, path: Path) -> None:
    job = _receipt_job(spool)
    tray = Tray()
    seen: list[JobState] = []
    tray.while_sending = lambda: seen.append(Spool(path).job(job.id).state)
    outcome = spool.deliver(job.id, tray)
    assert seen == [JobState.SENDING]
    assert outcome.state is JobState.PRINTED
    assert tray.papers == [job.data]
    assert (job.state, job.made_by, job.made_at, job.copies) == (JobState.QUEUED, "李敏", AT, 1)
    assert job.paper() == receipt()
    assert spool.outstanding() == []


def test_the_same_request_is_one_job_even_later(spool: Spool) -> None:
    first = _receipt_job(spool)
    later = spool.enqueue(receipt(copy=SECOND), Backend.ESCPOS, Media.ROLL_58, "r1")
    assert later == first
    assert len(spool.outstanding()) == 1


@pytest.mark.parametrize(
    "again",
    [
        (receipt(cashier="王建国"), Media.ROLL_58, 1),
        (receipt(), Media.ROLL_80, 1),
        (receipt(), Media.ROLL_58, 2),
    ],
)
def test_the_same_request_id_for_something_else_is_refused(spool: Spool, again: tuple[object, Media, int]) -> None:
    _receipt_job(spool)
    with pytest.raises(RequestIdReused):
        spool.enqueue(again[0], Backend.ESCPOS, again[1], "r1", copies=again[2])  # type: ignore[arg-type]
    assert len(spool.outstanding()) == 1


def test_what_cannot_be_printed_is_not_journalled(spool: Spool) -> None:
    with pytest.raises(WrongMedia):
        spool.enqueue(receipt(), Backend.PDF, Media.A5, "r1")
    with pytest.raises(ValueError, match="copies"):
        _receipt_job(spool, copies=0)
    assert spool.outstanding() == []


def test_a_printed_job_is_not_sent_again(spool: Spool) -> None:
    job = _receipt_job(spool)
    tray = Tray()
    assert [spool.deliver(job.id, tray).state for _ in range(3)] == [JobState.PRINTED] * 3
    assert len(tray.papers) == 1


def test_nothing_sent_is_failed_with_what_to_do_and_can_be_tried_again(spool: Spool) -> None:
    job = _receipt_job(spool)
    tray = Tray(NotReady("打印机缺纸。请装纸。"))
    failed = spool.deliver(job.id, tray)
    assert (failed.state, failed.advice) == (JobState.FAILED, "打印机缺纸。请装纸。")
    assert [waiting.id for waiting in spool.outstanding()] == [job.id]
    assert (spool.deliver(job.id, tray).state, spool.deliver(job.id, tray).advice) == (JobState.PRINTED, "")
    assert tray.papers == [job.data]


@pytest.mark.parametrize("trouble", [Lost("cable"), OSError("reset"), RuntimeError("bug")])
def test_any_other_trouble_is_unknown_and_not_sent_again(spool: Spool, trouble: Exception) -> None:
    job = _receipt_job(spool)
    tray = Tray(trouble)
    assert spool.deliver(job.id, tray).state is JobState.UNKNOWN
    again = spool.deliver(job.id, tray)
    assert again.state is JobState.UNKNOWN
    assert again.advice.startswith("打印途中连接断了")
    assert tray.papers == []


def test_a_devices_own_words_are_kept(spool: Spool) -> None:
    @dataclass(eq=False)
    class CoverOpened(Trouble):
        text = "The cover was opened while printing."
        remedy = "Close it and look at the paper."

    try:
        outcome = spool.deliver(_receipt_job(spool).id, Tray(CoverOpened()))
    finally:
        del ERRORS["CoverOpened"]
    assert (outcome.state, outcome.advice) == (
        JobState.UNKNOWN,
        "The cover was opened while printing. Close it and look at the paper.",
    )


def test_a_person_says_it_came_out(spool: Spool) -> None:
    job = _receipt_job(spool)
    spool.deliver(job.id, Tray(Lost()))
    assert spool.resolve(job.id, printed=True).state is JobState.PRINTED
    assert spool.outstanding() == []


def test_a_person_says_it_did_not(spool: Spool) -> None:
    job = _receipt_job(spool)
    tray = Tray(Lost())
    spool.deliver(job.id, tray)
    assert spool.resolve(job.id, printed=False).state is JobState.QUEUED
    assert spool.deliver(job.id, tray).state is JobState.PRINTED
    assert tray.papers == [job.data]


def test_only_an_unknown_job_can_be_resolved(spool: Spool) -> None:
    job = _receipt_job(spool)
    with pytest.raises(JobNotReady, match="待打印"):
        spool.resolve(job.id, printed=True)
    with pytest.raises(NoSuchJob):
        spool.resolve(99, printed=True)
    with pytest.raises(NoSuchJob):
        spool.deliver(99, Tray())


def test_an_interrupted_sending_is_unknown_and_the_interrupt_goes_on(spool: Spool) -> None:
    job = _receipt_job(spool)
    with pytest.raises(KeyboardInterrupt):
        spool.deliver(job.id, Tray(KeyboardInterrupt()))
    assert spool.job(job.id).state is JobState.UNKNOWN


def test_copies_that_went_out_are_not_sent_again(spool: Spool) -> None:
    job = _receipt_job(spool, copies=3)
    tray = Tray(None, NotReady("no paper"))
    assert spool.deliver(job.id, tray).state is JobState.FAILED
    assert spool.job(job.id).sent == 1
    assert spool.deliver(job.id, tray).state is JobState.PRINTED
    assert len(tray.papers) == 3


def test_an_unknown_copy_that_came_out_counts(spool: Spool) -> None:
    job = _receipt_job(spool, copies=3)
    tray = Tray(None, Lost())
    assert spool.deliver(job.id, tray).state is JobState.UNKNOWN
    assert spool.resolve(job.id, printed=True).state is JobState.QUEUED
    assert spool.deliver(job.id, tray).state is JobState.PRINTED
    assert len(tray.papers) == 2


def test_reprints_say_which_copy_they_are(spool: Spool) -> None:
    job = _receipt_job(spool)
    spool.deliver(job.id, Tray())
    second = spool.reprint(job.id, "王建国", AT.replace(hour=16))
    spool.deliver(second.id, Tray())
    third = spool.reprint(second.id, "李敏", AT.replace(hour=17))
    assert [spool.job(i).copy_number for i in (job.id, second.id, third.id)] == [1, 2, 3]
    assert "补打 1 2026-11-21 16:05 王建国".encode("gb18030") in second.data
    assert "补打 2 2026-11-21 17:05 李敏".encode("gb18030") in third.data
    assert (third.state, third.made_by) == (JobState.QUEUED, "李敏")


def test_a_paper_that_is_not_out_yet_is_not_reprinted(spool: Spool) -> None:
    job = _receipt_job(spool)
    with pytest.raises(JobNotReady):
        spool.reprint(job.id, "李敏", AT)
    spool.deliver(job.id, Tray(Lost()))
    with pytest.raises(JobNotReady, match="是否打出不明"):
        spool.reprint(job.id, "李敏", AT)


def test_labels_and_sheets_go_the_same_way(spool: Spool) -> None:
    tray = Tray()
    for document, backend, media in (
        (prescription(), Backend.PDF, Media.A5),
        (drug_label(), Backend.ZPL, Media.LABEL_60X40),
        (drug_label(), Backend.TSPL, Media.LABEL_60X40),
    ):
        job = spool.enqueue(document, backend, media, f"{backend}")
        assert spool.deliver(job.id, tray).state is JobState.PRINTED
    assert [data[:4] for data in tray.papers] == [b"%PDF", b"^XA^", b"SIZE"]


_DIES = """
import os, sys
from pathlib import Path
from printing.spool import Spool
class Deadly:
    def send(self, data):
        os._exit(9)
Spool(Path(sys.argv[1])).deliver(int(sys.argv[2]), Deadly())
"""


def test_a_job_that_a_dying_program_was_sending_is_unknown(spool: Spool, path: Path) -> None:
    job = _receipt_job(spool)
    waiting = _receipt_job(spool, "r2")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    died = subprocess.run([sys.executable, "-c", _DIES, str(path), str(job.id)], env=environment, cwd=ROOT, check=False)
    assert died.returncode == 9
    reopened = Spool(path)
    assert [(left.id, left.state) for left in reopened.outstanding()] == [(job.id, JobState.UNKNOWN), (waiting.id, JobState.QUEUED)]
    assert reopened.deliver(job.id, Tray()).state is JobState.UNKNOWN


def test_two_threads_send_a_job_once(spool: Spool) -> None:
    job = _receipt_job(spool)
    tray = Tray()
    inside = threading.Event()
    finish = threading.Event()

    def hold() -> None:
        inside.set()
        finish.wait(10)

    tray.while_sending = hold
    first = threading.Thread(target=spool.deliver, args=(job.id, tray))
    first.start()
    assert inside.wait(10)
    assert spool.deliver(job.id, tray).state is JobState.SENDING
    assert [left.state for left in spool.outstanding()] == [JobState.SENDING]
    finish.set()
    first.join()
    assert spool.job(job.id).state is JobState.PRINTED
    assert len(tray.papers) == 1


def test_states_are_words_in_both_languages() -> None:
    with language("en"):
        assert [state.label for state in JobState] == ["Waiting", "Printing", "Printed", "Not printed", "Not known"]
    with language("zh_CN"):
        assert [state.label for state in JobState] == ["待打印", "打印中", "已打印", "未打印", "是否打出不明"]


def test_an_original_made_elsewhere_can_be_a_second_copy_here(spool: Spool) -> None:
    job = spool.enqueue(receipt(copy=SECOND), Backend.ESCPOS, Media.ROLL_58, "other desk's paper")
    assert job.copy_number == 2
    spool.deliver(job.id, Tray())
    assert spool.reprint(job.id, "李敏", FIRST.at).copy_number == 3
