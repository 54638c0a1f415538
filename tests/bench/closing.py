"""``closing``: the daily close of a shift with 2,000 settlements, from the request to the reply, beside one with a tenth of that."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any, Final

import psycopg

from common.messages.closing import CloseShift, CountShift, OpenShift
from installer.sample import PASSWORD
from server.passwords import hash_password
from tests.bench.settlements import settle_many
from tests.bench.sides import service
from tests.harness import SignedInDesk

if TYPE_CHECKING:
    from tests.bench.data import Store

_CASHIER: Final = "qianduo"
SETTLEMENTS: Final = (200, 2000)
#: Aim of a close at 2,000 settlements, in seconds.
AIM_S: Final = 2.0


def measure(store: Store, patients: int, *, quick: bool) -> list[dict[str, Any]]:
    """The section: for each size the median and the most of so many closes."""
    clinic = store.clinic(patients)
    rows = []
    with service(clinic) as ours, psycopg.connect(clinic.owner_dsn, autocommit=True) as connection:
        connection.execute("UPDATE staff SET password_hash = %s WHERE login = %s", (hash_password(PASSWORD), _CASHIER))
        desk = SignedInDesk(f"http://127.0.0.1:{ours.port}", _CASHIER)
        _finish(desk)
        for size in SETTLEMENTS:
            times = [_close(desk, connection, size) for _ in range(2 if quick else 7)]
            seconds = [close for _, close in times]
            rows.append(
                {
                    "settlements": size,
                    "closes": len(times),
                    "count_p50_s": round(statistics.median(count for count, _ in times), 3),
                    "close_p50_s": round(statistics.median(seconds), 3),
                    "close_max_s": round(max(seconds), 3),
                    "aim_s": AIM_S,
                }
            )
        desk.http.close()
    return rows


def _finish(desk: SignedInDesk) -> None:
    """What another section left open is closed first."""
    from common.messages.closing import GetClosing

    for shift in desk.call(GetClosing()).shifts:
        if shift.state == "OPENED":
            desk.call(CountShift(shift_id=shift.id, counts=()))
        desk.call(CloseShift(shift_id=shift.id, difference_reason="bench"))


def _close(desk: SignedInDesk, connection: psycopg.Connection[Any], size: int) -> tuple[float, float]:
    """Seconds of the count and of the close of one shift."""
    shift = desk.call(OpenShift(float_fen=300_00))
    settle_many(connection, _CASHIER, size)
    started = time.perf_counter()
    counted = desk.call(CountShift(shift_id=shift.id, counts=()))
    between = time.perf_counter()
    closed = desk.call(CloseShift(shift_id=shift.id, difference_reason="bench"))
    ended = time.perf_counter()
    assert closed.sheet.bills == size == counted.bills
    return between - started, ended - between
