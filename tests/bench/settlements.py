"""Many settlements in one cashier's open shift, by set-based SQL: each with three charge lines, one or two payments, its invoice and postings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import psycopg

#: The patient, visit and prices do not matter for a close; how many rows there are does.
_SQL: Final = """
CREATE TEMP TABLE made AS
    SELECT g, nextval(pg_get_serial_sequence('bill', 'id')) AS bill_id, 2000 + g % 97 * 10 AS fen,
        (ARRAY['cash', 'wechat', 'alipay'])[1 + g % 3] AS tender,
        CASE WHEN g % 5 = 0 THEN 500 ELSE 0 END AS by_card, v.id AS visit_id, v.patient_id, v.department_id, v.doctor_id, s.id AS shift_id,
        s.cashier_id, now() AS at
    FROM generate_series(1, {count}) AS g CROSS JOIN (SELECT * FROM visit ORDER BY id DESC LIMIT 1) v
    CROSS JOIN (SELECT * FROM shift WHERE state = 'OPENED' AND cashier_id = (SELECT id FROM staff WHERE login = '{login}')) s;
WITH b AS (INSERT INTO number_series (kind, scope, last) VALUES ('bill', current_date::text, {count})
        ON CONFLICT (kind, scope) DO UPDATE SET last = number_series.last + {count} RETURNING last),
    i AS (INSERT INTO number_series (kind, scope, last) VALUES ('invoice', '', {count})
        ON CONFLICT (kind, scope) DO UPDATE SET last = number_series.last + {count} RETURNING last)
    SELECT to_char(current_date, 'YYMMDD') AS day, b.last - {count} AS bill, i.last - {count} AS invoice INTO TEMP given FROM b, i;
INSERT INTO bill (id, number, kind, patient_id, visit_id, total_fen, cashier_id, shift_id, business_date, at, receipt)
    SELECT bill_id, day || lpad((bill + g)::text, 5, '0'), 'SALE', patient_id, visit_id, fen, cashier_id, shift_id, current_date, at,
        jsonb_build_object('bill_number', day || lpad((bill + g)::text, 5, '0'), 'invoice_number', lpad((invoice + g)::text, 10, '0'),
            'total_fen', fen)
    FROM made, given;
INSERT INTO invoice (number, bill_id, state, amount_fen, issued_at, issued_by)
    SELECT lpad((invoice + g)::text, 10, '0'), bill_id, 'USED', fen, at, cashier_id FROM made, given;
INSERT INTO charge_line (patient_id, visit_id, source, category, name, quantity, unit, unit_price, amount_fen, refunded_fen, department_id, doctor_id,
    state, created_at, bill_id, settled_at)
    SELECT patient_id, visit_id, 'manual', c.category, c.category, 1, '次', 0,
        CASE c.category WHEN 'western_drug' THEN made.fen - 900 ELSE c.fen END, 0,
        department_id, doctor_id, 'SETTLED', at, bill_id, at
    FROM made CROSS JOIN (VALUES ('western_drug', 0), ('lab', 600), ('material', 300)) AS c(category, fen);
INSERT INTO payment (bill_id, shift_id, tender, amount_fen, given_fen, change_fen, state, at)
    SELECT bill_id, shift_id, tender, fen - by_card, 0, 0, 'PAID', at FROM made
    UNION ALL SELECT bill_id, shift_id, 'card', by_card, 0, 0, 'PAID', at FROM made WHERE by_card > 0;
WITH o AS (INSERT INTO ledger_operation (kind, at, business_date, staff_id, bill_id, shift_id)
        SELECT 'SALE', at, current_date, cashier_id, bill_id, shift_id FROM made RETURNING id, bill_id)
    INSERT INTO ledger_posting (operation_id, account, amount_fen, charge_line_id, payment_id)
    SELECT o.id, 'tender:' || p.tender, p.amount_fen, NULL, p.id FROM o JOIN payment p ON p.bill_id = o.bill_id
    UNION ALL SELECT o.id, 'income:' || c.category, -c.amount_fen, c.id, NULL FROM o JOIN charge_line c ON c.bill_id = o.bill_id;
DROP TABLE made, given;
"""


def settle_many(connection: psycopg.Connection[Any], login: str, count: int) -> None:
    """Enter ``count`` settlements into the open shift of ``login``. There has to be a visit; the connection is the owner's."""
    with connection.transaction():
        connection.execute("SET LOCAL statement_timeout = 0; SET LOCAL TimeZone = 'Asia/Shanghai'")
        for statement in _SQL.format(count=count, login=login).split(";\n"):
            if statement.strip():
                connection.execute(statement)
