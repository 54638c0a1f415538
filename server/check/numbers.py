"""Numbers that were given: well formed, unique, within their series, and every gap explained."""

from __future__ import annotations

from typing import Final, NamedTuple

from common.i18n import N_
from server.check.rule import Rule

FORM: Final = N_("{count} numbers are malformed or carry another day than their document.")
TWICE: Final = N_("{count} numbers were given twice.")
BEYOND: Final = N_("{count} numbers are beyond the last one of their series.")
LAST: Final = N_("{count} series go further than their highest number, and no gap explains it.")
GAP: Final = N_("{count} gaps between numbers are not explained.")
USED: Final = N_("{count} numbers are explained as a gap although they were used.")


class Series(NamedTuple):
    """Where a kind's numbers are: ``rows`` gives (id, number, scope that its document asks for), ``form`` is its pattern."""

    kind: str
    table: str
    rows: str
    form: str
    scope: str
    """The scope as the number itself tells it."""
    n: str


_DAY: Final = "'20' || substr(number, {0}, 2) || '-' || substr(number, {1}, 2) || '-' || substr(number, {2}, 2)"
_DATED: Final = _DAY.format(1, 3, 5)

SERIES: Final = (
    Series("visit", "visit", "SELECT id, number, date::text AS due FROM visit", r"^\d{11,18}$", _DATED, "substr(number, 7)"),
    Series("bill", "bill", "SELECT id, number, business_date::text AS due FROM bill", r"^\d{11,18}$", _DATED, "substr(number, 7)"),
    Series(
        "prescription",
        "prescription",
        "SELECT id, number, (signed_at AT TIME ZONE %(zone)s)::date::text AS due FROM prescription",
        r"^\d{11,18}$",
        _DATED,
        "substr(number, 7)",
    ),
    Series("invoice", "invoice", "SELECT id, number, '' AS due FROM invoice WHERE segment_id IS NULL", r"^\d{10,18}$", "''", "number"),
    Series(
        "day_close", "day_close", "SELECT id, number, business_date::text AS due FROM day_close", r"^\d{9,18}$", _DATED, "substr(number, 7)"
    ),
    Series("roll_up", "roll_up", "SELECT id, number, business_date::text AS due FROM roll_up", r"^\d{8,18}$", _DATED, "substr(number, 7)"),
    Series(
        "deposit",
        "deposit_entry",
        "SELECT id, number, business_date::text AS due FROM deposit_entry WHERE number IS NOT NULL",
        r"^D\d{11,18}$",
        _DAY.format(2, 4, 6),
        "substr(number, 8)",
    ),
    Series(
        "collect",
        "credit_entry",
        "SELECT id, number, business_date::text AS due FROM credit_entry WHERE number IS NOT NULL",
        r"^C\d{11,18}$",
        _DAY.format(2, 4, 6),
        "substr(number, 8)",
    ),
    Series(
        "drug_return",
        "drug_return",
        "SELECT id, number, business_date::text AS due FROM drug_return",
        r"^T\d{10,18}$",
        _DAY.format(2, 4, 6),
        "substr(number, 8)",
    ),
    Series(
        "decoction",
        "decoction",
        "SELECT c.id, c.number, (t.at AT TIME ZONE %(zone)s)::date::text AS due FROM decoction c"
        " JOIN decoction_step t ON t.decoction_id = c.id AND t.state = 'TAKEN_IN'",
        r"^J\d{10,18}$",
        _DAY.format(2, 4, 6),
        "substr(number, 8)",
    ),
    Series(
        "owed_slip",
        "owed_slip",
        "SELECT id, number, business_date::text AS due FROM owed_slip",
        r"^Q\d{10,18}$",
        _DAY.format(2, 4, 6),
        "substr(number, 8)",
    ),
    Series(
        "purchase_order",
        "purchase_order",
        "SELECT id, number, business_date::text AS due FROM purchase_order",
        r"^P\d{10,18}$",
        _DAY.format(2, 4, 6),
        "substr(number, 8)",
    ),
    Series(
        "stock_paper",
        "stock_paper",
        "SELECT id, number, business_date::text AS due FROM stock_paper",
        r"^(SL|DB|BS|XH|TH)\d{10,18}$",
        _DAY.format(3, 5, 7),
        "substr(number, 9)",
    ),
    *(
        Series(
            kind,
            kind,
            f"SELECT id, number, (at AT TIME ZONE %(zone)s)::date::text AS due FROM {kind}",
            rf"^{letter}\d{{10,18}}$",
            _DAY.format(2, 4, 6),
            "substr(number, 8)",
        )
        for kind, letter in (("quarantine", "G"), ("recall", "H"))
    ),
    Series(
        "stock_take",
        "stock_take",
        "SELECT id, number, (opened_at AT TIME ZONE %(zone)s)::date::text AS due FROM stock_take",
        r"^K\d{9,18}$",
        _DAY.format(2, 4, 6),
        "substr(number, 8)",
    ),
    Series(
        "price_change",
        "price_change",
        "SELECT id, number, (proposed_at AT TIME ZONE %(zone)s)::date::text AS due FROM price_change",
        r"^J\d{9,18}$",
        _DAY.format(2, 4, 6),
        "substr(number, 8)",
    ),
    Series(
        "stock_close",
        "stock_close",
        "SELECT id, number, (closed_at AT TIME ZONE %(zone)s)::date::text AS due FROM stock_close",
        r"^M\d{9,18}$",
        _DAY.format(2, 4, 6),
        "substr(number, 8)",
    ),
    Series("patient", "patient", "SELECT id, number, '' AS due FROM patient", r"^\d{8,18}$", "''", "number"),
    Series(
        "receipt",
        "stock_move",
        # One document may have many rows, all of one transaction.
        "SELECT min(id) AS id, document AS number, (min(at) AT TIME ZONE %(zone)s)::date::text AS due FROM stock_move WHERE kind = 'RECEIPT'"
        " GROUP BY document, xid",
        r"^R\d{10,18}$",
        _DAY.format(2, 4, 6),
        "substr(number, 8)",
    ),
    Series(
        "queue",
        "visit",
        "SELECT id, queue_number AS number, 'session:' || session_id AS due FROM visit",
        r"^.\d{3,9}$",
        "due",
        "substr(number, 2)",
    ),
)


def _given(series: Series) -> str:
    """The numbers that can be read, as rows (id, number, scope, n)."""
    good = f"number ~ '{series.form}'"
    return (
        f"WITH given AS (SELECT id, number, {series.scope} AS scope, ({series.n})::bigint AS n FROM ({series.rows}) r WHERE {good}),"
        f" gap AS (SELECT g.id, g.scope, g.number AS n FROM number_gap g WHERE g.kind = '{series.kind}'),"
        f" series AS (SELECT s.scope, s.last FROM number_series s WHERE s.kind = '{series.kind}'),"
        " known AS (SELECT scope, n FROM given UNION SELECT scope, n FROM gap)"
    )


def _rules(series: Series) -> tuple[Rule, ...]:
    kind, table, given = series.kind, series.table, _given(series)
    unlike = f"number !~ '{series.form}' OR {series.scope} <> due"
    return (
        Rule(f"{kind}_number_form", table, FORM, f"SELECT id, number, due FROM ({series.rows}) r WHERE {unlike}"),
        Rule(
            f"{kind}_number_once",
            table,
            TWICE,
            f"{given} SELECT min(id) AS id, min(number) AS number, count(*) AS times FROM given GROUP BY scope, n HAVING count(*) > 1",
        ),
        Rule(
            f"{kind}_number_within",
            table,
            BEYOND,
            f"{given} SELECT g.id, g.number, s.last FROM given g LEFT JOIN series s ON s.scope = g.scope"
            " WHERE s.last IS NULL OR g.n NOT BETWEEN 1 AND s.last",
        ),
        Rule(
            f"{kind}_number_last",
            "number_series",
            LAST,
            f"{given} SELECT s.scope AS id, s.last, max(k.n) AS highest FROM series s LEFT JOIN known k ON k.scope = s.scope"
            " GROUP BY s.scope, s.last HAVING s.last > coalesce(max(k.n), 0)",
        ),
        Rule(
            f"{kind}_number_gaps",
            table,
            GAP,
            f"{given} SELECT scope || '/' || before + 1 AS id, scope, before + 1 AS first, n - 1 AS last FROM"
            " (SELECT scope, n, lag(n, 1, 0::bigint) OVER (PARTITION BY scope ORDER BY n) AS before FROM known) k WHERE n - before > 1",
        ),
        Rule(
            f"{kind}_gap_unused",
            "number_gap",
            USED,
            f"{given} SELECT p.id, p.scope, p.n FROM gap p JOIN given g ON g.scope = p.scope AND g.n = p.n",
        ),
    )


NUMBERS: Final = tuple(rule for series in SERIES for rule in _rules(series))
