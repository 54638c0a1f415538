"""How often something runs out under the purchase plan, and how much lies there: ``python -m tests.bench.purchases``.

The years are the generated clinic's (``history.sql``: a thousand visits a day, what each prescription hands out), and that of a small clinic with
weekends and a winter. See :mod:`tests.bench.purchase_year` for how they are played.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import psycopg

from common.domain.purchase_plan import Policy
from installer.postgres import EmbeddedPostgres
from installer.sample import load_sample
from migrations.run import migrate
from server.local import LocalDesk
from tests.bench.history import SETTINGS, Loader
from tests.bench.purchase_year import formula, play, rule_of_thumb, sample_year

if TYPE_CHECKING:
    from tests.bench.purchase_year import Year

VISITS: Final = 365_000
#: What the generated clinic hands out, by the arithmetic of its lines: nothing has to be loaded for it.
_USE: Final = (
    "SELECT l.drug_id, max(l.pack_size), array_agg(l.day ORDER BY l.day), array_agg(l.quantity ORDER BY l.day) FROM (SELECT drug_id, pack_size,"
    " bench.day_of(v) - min(bench.day_of(v)) OVER () AS day, sum(packs * pack_size) AS quantity FROM bench.line"
    " GROUP BY drug_id, pack_size, bench.day_of(v)) l GROUP BY l.drug_id ORDER BY l.drug_id"
)


def generated_year() -> Year:
    """Drug by drug and day by day."""
    folder = Path(tempfile.mkdtemp(prefix="xinglin-bench-"))
    folder.chmod(0o755)
    try:
        with EmbeddedPostgres(folder / "database") as server:
            return _read(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read(server: EmbeddedPostgres) -> Year:
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    server.ensure_database("bench")
    migrate(server.dsn("xinglin_owner", "bench"))
    desk = LocalDesk(server.dsn(dbname="bench"))
    load_sample(desk, today)
    desk.close()
    loader = Loader(server.dsn("postgres", "bench"), 1000, VISITS, today)
    with psycopg.connect(loader.dsn, autocommit=True) as connection:
        connection.execute(SETTINGS)
        loader._help(connection)
        rows = connection.execute(_USE).fetchall()
    last = max(max(days) for _, _, days, _ in rows)
    found = [(size, dict(zip(days, amounts, strict=True))) for _, size, days, amounts in rows]
    return [(size, [use.get(day, Decimal(0)) for day in range(last + 1)]) for size, use in found]


def main() -> None:
    """Print the comparison."""
    for name, year in {"generated": generated_year(), "small": sample_year(drugs=60)}.items():
        print(f"{name}: {len(year)} drugs, {len(year[0][1])} days")
        rules = {
            f"{service} %, looked at every {review} days, cover {cover}": formula(
                Policy(service=service, review_days=review, cover_days=cover)
            )
            for service, review, cover in ((98, 2, 14), (95, 2, 14), (98, 1, 14), (98, 2, 7))
        }
        for title, rule in {"rule of thumb": rule_of_thumb, **rules}.items():
            began = time.monotonic()
            sums = play(year, rule)
            print(
                f"  {title}: short on {sums.short_days} of {sums.days} days ({sums.short_days / sums.days:.2%}), served {sums.served:.4%},"
                f" kept {sums.mean_days_kept:.1f} days, {sums.orders} orders, expired {sums.expired} ({time.monotonic() - began:.0f} s)"
            )


if __name__ == "__main__":
    main()
