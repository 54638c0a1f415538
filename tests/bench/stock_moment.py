"""How long the stock of a past moment takes over 1,000,000 moves: ``python -m tests.bench.stock_moment``.

A year of 1,000,000 moves of the sample clinic's drugs is written into a database of its own (removed afterwards). Then ``ListStock`` is asked through
the service's dispatch, without HTTP, at moments drawn over the year, and each answer is compared with the plain sum of all moves until then.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg

from common.messages.stock import ListStock
from common.wire import encode
from installer.postgres import EmbeddedPostgres
from installer.sample import load_sample
from migrations.run import migrate
from server.local import LocalDesk
from server.storeroom import stock
from tests.bench.requests import percentile_ms
from tests.harness import ZONE, TestDatabase
from tests.server.office import Office

if TYPE_CHECKING:
    from common.messages.stock import StockReport

MOVES: Final = 1_000_000
MOMENTS: Final = 60
KEEPER: Final = "kuyan"
#: Four batches of each drug, each received in its quarter, the rest handed out day by day.
_FILL: Final = """
INSERT INTO stock_batch (drug_id, lot, expires, purchase_price, supplier, received_at)
    SELECT d.id, 'Q' || q, current_date + 700, round(d.price * 0.8, 2), '国药控股', now() - interval '365 days' + q * interval '90 days'
    FROM drug d CROSS JOIN generate_series(0, 3) q;
CREATE TEMP TABLE lot AS SELECT b.id, b.drug_id, b.received_at, row_number() OVER (ORDER BY b.id) - 1 AS i FROM stock_batch b
    WHERE b.lot ~ '^Q[0-3]$';
INSERT INTO stock_move (kind, location_id, drug_id, batch_id, quantity, document, staff_id, at)
    SELECT kind, l.id, drug_id, lot_id, quantity, document, (SELECT id FROM staff WHERE login = 'system'), at FROM stock_location l, (
        SELECT 'RECEIPT' AS kind, drug_id, id AS lot_id, 1000000 AS quantity, 'R0000000000' AS document, received_at AS at FROM lot
        UNION ALL SELECT 'ADJUST', o.drug_id, o.id, -1 - n % 20, '', o.received_at + (n / c.c + 1) * interval '89 days' / ({moves} / c.c)
        FROM generate_series(0, {moves} - 1) n CROSS JOIN (SELECT count(*) AS c FROM lot) c JOIN lot o ON o.i = n % c.c) m
    WHERE l.code = 'PHARMACY' ORDER BY at;
"""
_SUMMED: Final = "SELECT drug_id, sum(quantity) FROM stock_move WHERE at <= %s GROUP BY drug_id HAVING sum(quantity) <> 0"


def main() -> None:
    """Fill, measure, explain."""
    folder = Path(tempfile.mkdtemp(prefix="xinglin-bench-"))
    folder.chmod(0o755)
    try:
        with EmbeddedPostgres(folder / "database") as server:
            _measure(_clinic(server))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clinic(server: EmbeddedPostgres) -> Office:
    server.ensure_database("bench")
    migrate(server.dsn("xinglin_owner", "bench"))
    desk = LocalDesk(server.dsn(dbname="bench"))
    load_sample(desk, datetime.now(ZONE).date())
    desk.close()
    with psycopg.connect(server.dsn("xinglin_owner", "bench"), autocommit=True) as connection:
        for sql in _FILL.format(moves=MOVES).split(";\n")[:-1]:
            connection.execute(sql)
        connection.execute("VACUUM ANALYZE")
    return Office(TestDatabase(server.dsn(dbname="bench"), server.dsn("xinglin_owner", "bench"), "bench"))


def _measure(office: Office) -> None:
    draw, now = random.Random(1), office.clock.now()
    moments = [now - timedelta(seconds=draw.randrange(365 * 86400)) for _ in range(MOMENTS)]
    took: list[int] = []
    for moment in moments:
        began = time.perf_counter_ns()
        report = office.desk(KEEPER).call(ListStock(at=moment))
        took.append(time.perf_counter_ns() - began)
        _compare(office, report, moment)
    began = time.perf_counter_ns()
    report = office.desk(KEEPER).call(ListStock())
    print(f"now: {(time.perf_counter_ns() - began) / 1e6:.1f} ms, {len(report.drugs)} drugs, {len(encode(report)) // 1024} KB")
    (moves, months) = office.rows("SELECT (SELECT count(*) FROM stock_move), (SELECT count(*) FROM stock_month)")[0]
    took.sort()
    p50, p95 = percentile_ms(took, 50), percentile_ms(took, 95)
    print(
        f"past: {moves} moves, {months} months of batches, {MOMENTS} moments: p50 {p50:.1f} ms, p95 {p95:.1f} ms, most {took[-1] / 1e6:.1f} ms"
    )
    parameters = {**stock.sought(""), "empty": False, "now": False, **stock.past(max(moments), ZONE)}
    for (line,) in office.connections.of_thread().execute(f"EXPLAIN (ANALYZE, COSTS off) {stock.DRUGS_PAST.sql}", parameters):
        print(line)
    office.close()


def _compare(office: Office, report: StockReport, moment: datetime) -> None:
    summed = dict(office.rows(_SUMMED, moment))
    shown = {drug.drug_id: drug.on_hand for drug in report.drugs if drug.on_hand}
    if shown != summed:
        raise AssertionError(f"the stock of {moment} is not the sum of its moves")


if __name__ == "__main__":
    main()
