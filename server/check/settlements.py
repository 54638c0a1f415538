"""Settlements with somebody outside: their bills, the lines they hold, what channels and the bureau were asked, and what of it is with us."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

_LIVE: Final = "('OPEN', 'QUOTED', 'UNKNOWN')"
_CALL_OPEN: Final = "('PENDING', 'UNKNOWN')"
_SHARES: Final = "('fund', 'account', 'mutual_aid', 'hospital')"
#: A refund of this bill is under way: outside and inside may differ until it is booked.
_REFUND_LIVE: Final = f"EXISTS (SELECT FROM settlement t WHERE t.refunds = {{bill}} AND t.state IN {_LIVE})"
#: A channel is asked at this moment to pay a payment of a deposit back.
_GOING: Final = (
    "EXISTS (SELECT FROM channel_call g JOIN settlement t ON t.id = g.settlement_id WHERE g.payment_id = {payment} AND t.kind = 'DEPOSIT_BACK'"
    f" AND t.state IN {_LIVE})"
)
#: Settlements that come to an entry of an account, and not to a bill.
_OF_ACCOUNT: Final = "('DEPOSIT', 'DEPOSIT_BACK', 'COLLECT')"

_BOOKED: Final = (
    Rule(
        "settlement_bill",
        "settlement",
        N_("{count} settlements are done without the bill that they were for, or ended otherwise and have one."),
        "SELECT s.id, s.kind, s.state, s.bill_id, s.rest_bill_id FROM settlement s LEFT JOIN bill b ON b.id = s.bill_id"
        f" LEFT JOIN bill x ON x.id = s.rest_bill_id WHERE (s.state = 'DONE' AND s.kind NOT IN {_OF_ACCOUNT}) <> (s.bill_id IS NOT NULL)"
        " OR s.state = 'FAILED' AND s.failure IS NULL OR s.bill_id IS NOT NULL AND (b.id IS NULL"
        " OR b.kind <> CASE s.kind WHEN 'SALE' THEN 'SALE' ELSE 'REFUND' END"
        " OR b.patient_id <> s.patient_id OR b.reverses IS DISTINCT FROM s.refunds OR b.cashier_id <> s.cashier_id)"
        " OR s.rest_bill_id IS NOT NULL AND (s.refunds IS NULL OR x.reissues IS DISTINCT FROM s.refunds)",
    ),
    Rule(
        "settlement_entry",
        "settlement",
        N_("{count} settlements of deposits or debts were not booked once, as what they were and with their amount."),
        "SELECT s.id, s.kind, s.state, s.expected_fen, x.n, x.fen::bigint FROM settlement s CROSS JOIN LATERAL (SELECT"
        " count(DISTINCT coalesce(d.id, 0) + coalesce(c.id, 0)) FILTER (WHERE coalesce(d.id, c.id) IS NOT NULL) AS n,"
        " coalesce(sum(y.amount_fen) FILTER (WHERE coalesce(d.id, c.id) IS NOT NULL), 0) AS fen, bool_and(CASE s.kind"
        " WHEN 'DEPOSIT' THEN d.kind = 'TOP_UP' AND d.patient_id = s.patient_id WHEN 'DEPOSIT_BACK' THEN d.kind = 'PAY_OUT'"
        " AND d.patient_id = s.patient_id ELSE c.kind = 'COLLECT' AND c.account_id = s.credit_account_id END)"
        " FILTER (WHERE coalesce(d.id, c.id) IS NOT NULL) AS fits FROM payment y LEFT JOIN deposit_entry d ON d.id = y.deposit_entry_id"
        f" LEFT JOIN credit_entry c ON c.id = y.credit_entry_id WHERE y.settlement_id = s.id) x WHERE s.kind IN {_OF_ACCOUNT} AND"
        " NOT CASE s.state WHEN 'DONE' THEN x.n = 1 AND x.fits AND abs(x.fen) = s.expected_fen ELSE x.n = 0 END",
    ),
    Rule(
        "settlement_once",
        "bill",
        N_("{count} bills were booked by more than one settlement."),
        "SELECT x.bill_id AS id, count(*) AS settlements FROM (SELECT bill_id FROM settlement WHERE bill_id IS NOT NULL"
        " UNION ALL SELECT rest_bill_id FROM settlement WHERE rest_bill_id IS NOT NULL) x GROUP BY x.bill_id HAVING count(*) > 1",
    ),
    Rule(
        "line_held",
        "charge_line",
        N_("{count} charge lines are held by a settlement that has ended or is somebody else's, or are not held by theirs."),
        "SELECT c.id, c.settlement_id, s.state FROM charge_line c JOIN settlement s ON s.id = c.settlement_id"
        f" WHERE s.state NOT IN {_LIVE} OR s.patient_id <> c.patient_id UNION ALL"
        " SELECT c.id, s.id, s.state FROM settlement s JOIN charge_line c ON CASE WHEN s.refunds IS NOT NULL THEN c.bill_id = s.refunds"
        " ELSE c.id IN (SELECT i::bigint FROM jsonb_array_elements_text(s.plan->'line_ids') i) END"
        f" WHERE s.state IN {_LIVE} AND s.kind IN ('SALE', 'REFUND', 'CONVERT') AND c.settlement_id IS DISTINCT FROM s.id",
    ),
    Rule(
        "payment_unbooked",
        "payment",
        N_("{count} payments belong to no bill and to no settlement that is under way, and did not go back."),
        "SELECT y.id, y.tender, y.amount_fen, y.state, y.settlement_id, s.state AS settlement FROM payment y"
        " LEFT JOIN settlement s ON s.id = y.settlement_id WHERE num_nonnulls(y.bill_id, y.deposit_entry_id, y.credit_entry_id) = 0"
        f" AND (s.id IS NULL OR s.state NOT IN {_LIVE} AND y.state NOT IN ('VOIDED', 'REFUNDED'))"
        " OR y.bill_id IS NOT NULL AND y.settlement_id IS NOT NULL AND y.bill_id <> CASE WHEN s.refunds IS NOT NULL THEN coalesce(s.rest_bill_id, 0)"
        " ELSE coalesce(s.bill_id, 0) END OR y.order_number IS NOT NULL AND y.settlement_id IS NULL",
    ),
    Rule(
        "payment_booked_state",
        "payment",
        N_("{count} payments that were booked are neither paid nor paid back."),
        "SELECT y.id, y.tender, y.state, y.bill_id FROM payment y WHERE num_nonnulls(y.bill_id, y.deposit_entry_id, y.credit_entry_id) = 1"
        f" AND y.state NOT IN ('PAID', 'REFUNDED') AND NOT {_REFUND_LIVE.format(bill='y.bill_id')}"
        f" AND NOT {_GOING.format(payment='y.id')}",
    ),
    Rule(
        "payment_carried",
        "payment",
        N_("{count} payments of a rest are not what is left of those of the bill before."),
        "SELECT y.id, y.bill_id, y.carries, y.tender, y.amount_fen, o.amount_fen AS paid_fen FROM payment y LEFT JOIN bill b ON b.id = y.bill_id"
        " LEFT JOIN payment o ON o.id = y.carries WHERE y.carries IS NOT NULL AND (o.id IS NULL OR o.bill_id IS DISTINCT FROM b.reissues"
        " OR o.tender <> y.tender OR y.amount_fen NOT BETWEEN 1 AND o.amount_fen OR o.credit_account_id IS DISTINCT FROM y.credit_account_id"
        " OR EXISTS (SELECT FROM payment z WHERE z.carries = y.carries AND z.id <> y.id))"
        f" OR b.reissues IS NOT NULL AND y.carries IS NULL AND y.tender NOT IN ('cash', {_SHARES[1:-1]})",
    ),
)

_CHANNELS: Final = (
    Rule(
        "channel_call_open",
        "channel_call",
        N_("{count} calls to payment channels are without an outcome although their settlement has ended."),
        "SELECT k.id, k.act, k.state, k.settlement_id FROM channel_call k JOIN settlement s ON s.id = k.settlement_id"
        f" WHERE k.state IN {_CALL_OPEN} AND s.state NOT IN {_LIVE} OR k.state NOT IN {_CALL_OPEN} AND k.answered_at IS NULL",
    ),
    Rule(
        "channel_call_payment",
        "channel_call",
        N_("{count} calls to payment channels ask for something else than their payment."),
        "SELECT k.id, k.act, k.number, k.payment_id FROM channel_call k JOIN payment y ON y.id = k.payment_id"
        " WHERE k.channel <> y.tender OR k.act = 'PAY' AND (k.number IS DISTINCT FROM y.order_number OR k.amount_fen <> y.amount_fen"
        " OR k.settlement_id IS DISTINCT FROM y.settlement_id) OR k.act = 'REFUND' AND k.amount_fen > y.amount_fen",
    ),
    Rule(
        "channel_payment_state",
        "payment",
        N_("{count} payments through a channel are in a state that what the channel answered contradicts."),
        "SELECT y.id, y.order_number, y.state, k.state AS asked FROM payment y LEFT JOIN channel_call k ON k.payment_id = y.id AND k.act = 'PAY'"
        " WHERE y.order_number IS NOT NULL AND NOT CASE y.state WHEN 'PENDING' THEN k.id IS NULL WHEN 'PAYING' THEN k.state = 'PENDING'"
        " WHEN 'VOIDED' THEN k.id IS NULL OR k.state IN ('REJECTED', 'REVERSED') WHEN 'UNKNOWN' THEN k.id IS NOT NULL"
        " ELSE coalesce(k.state = 'SUCCESS', false) END",
    ),
    Rule(
        "channel_net",
        "payment",
        N_("{count} orders hold another amount at their channel than what they pay for."),
        # From each order through all bills that carried it on: what the channel kept is what the last of them stands for. Of a deposit it is
        # what has not been paid out by this order.
        "WITH RECURSIVE chain AS (SELECT y.id AS root, y.id, y.amount_fen + coalesce((SELECT sum(m.amount_fen) FROM payment m"
        " WHERE m.reverses = y.id AND y.deposit_entry_id IS NOT NULL), 0)::bigint AS amount_fen, y.state, y.bill_id,"
        " coalesce(y.bill_id, y.deposit_entry_id, y.credit_entry_id) IS NOT NULL AS caused FROM payment y WHERE y.order_number IS NOT NULL"
        " UNION ALL SELECT c.root, y.id, y.amount_fen, y.state, y.bill_id, true FROM chain c JOIN payment y ON y.carries = c.id),"
        " held AS (SELECT c.root, coalesce((SELECT sum(k.amount_fen) FROM channel_call k WHERE k.payment_id = c.root AND k.act = 'PAY'"
        " AND k.state = 'SUCCESS'), 0) - coalesce(sum(g.fen), 0) AS fen,"
        " coalesce(sum(c.amount_fen) FILTER (WHERE c.state IN ('PAID', 'REFUNDING') AND c.caused), 0) AS booked,"
        f" bool_or({_REFUND_LIVE.format(bill='c.bill_id')} OR {_GOING.format(payment='c.id')}) AS moving"
        " FROM chain c LEFT JOIN LATERAL (SELECT sum(k.amount_fen) AS fen"
        " FROM channel_call k WHERE k.payment_id = c.id AND k.act = 'REFUND' AND k.state = 'SUCCESS') g ON true GROUP BY c.root)"
        " SELECT h.root AS id, y.order_number, h.fen::bigint AS channel_fen, h.booked::bigint AS booked_fen FROM held h"
        " JOIN payment y ON y.id = h.root JOIN settlement s ON s.id = y.settlement_id"
        f" WHERE NOT h.moving AND s.state NOT IN {_LIVE} AND h.fen <> h.booked",
    ),
)

_INSURANCE: Final = (
    Rule(
        "insurance_call_open",
        "insurance_call",
        N_("{count} transactions with the insurance are without an outcome although their settlement has ended."),
        "SELECT k.id, k.infno, k.msgid, k.state, k.settlement_id FROM insurance_call k JOIN settlement s ON s.id = k.settlement_id"
        f" WHERE k.state IN {_CALL_OPEN} AND s.state NOT IN {_LIVE} OR k.state NOT IN {_CALL_OPEN} AND k.answered_at IS NULL",
    ),
    Rule(
        "insurance_call_reversed",
        "insurance_call",
        N_("{count} transactions with the insurance were reversed by none, or stand although their reversal was carried out."),
        "SELECT k.id, k.infno, k.msgid, k.state FROM insurance_call k WHERE k.infno = '2207' AND k.state = 'REVERSED'"
        " AND k.finding = '' OR k.infno <> '2601' AND k.reverses IS NOT NULL OR k.infno = '2601'"
        " AND (k.reverses IS NULL AND k.settlement_id IS NOT NULL OR k.state = 'SUCCESS'"
        " AND EXISTS (SELECT FROM insurance_call l WHERE l.id = k.reverses AND l.state <> 'REVERSED'))",
    ),
    Rule(
        "insurance_state",
        "insurance_settlement",
        N_("{count} visits at the bureau stand there although their settlement was given up, or are gone while their bill stands."),
        "SELECT i.id, i.state, i.settlement_id, i.bill_id, s.state AS settlement FROM insurance_settlement i JOIN settlement s"
        " ON s.id = i.settlement_id LEFT JOIN bill r ON r.reverses = i.bill_id WHERE s.state = 'FAILED' AND i.state <> 'CANCELLED'"
        " OR s.state = 'DONE' AND i.state NOT IN ('SETTLED', 'CANCELLED') OR i.state = 'SETTLED' AND s.state = 'DONE' AND i.bill_id IS NULL"
        " OR (i.state = 'CANCELLED') <> (i.cancelled_at IS NOT NULL) OR i.state = 'SETTLED' AND (i.setl_id = '' OR i.settled_at IS NULL)"
        f" OR i.bill_id IS NOT NULL AND NOT {_REFUND_LIVE.format(bill='i.bill_id')} AND (i.state <> CASE WHEN r.id IS NULL THEN 'SETTLED'"
        " ELSE 'CANCELLED' END OR i.bill_id IS DISTINCT FROM CASE WHEN s.refunds IS NOT NULL THEN s.rest_bill_id ELSE s.bill_id END)",
    ),
    Rule(
        "insurance_shares",
        "insurance_settlement",
        N_("{count} settlements of the insurance do not add up to their bill: shares and the patient's money."),
        "SELECT i.id, i.bill_id, i.medfee_fen, i.cash_fen, b.total_fen - b.rounding_fen AS bill_fen, x.fund::bigint, x.account::bigint,"
        " x.mutual::bigint, x.hospital::bigint FROM insurance_settlement i JOIN bill b ON b.id = i.bill_id CROSS JOIN LATERAL (SELECT"
        " coalesce(sum(y.amount_fen) FILTER (WHERE y.tender = 'fund'), 0) AS fund,"
        " coalesce(sum(y.amount_fen) FILTER (WHERE y.tender = 'account'), 0) AS account,"
        " coalesce(sum(y.amount_fen) FILTER (WHERE y.tender = 'mutual_aid'), 0) AS mutual,"
        " coalesce(sum(y.amount_fen) FILTER (WHERE y.tender = 'hospital'), 0) AS hospital FROM payment y WHERE y.bill_id = b.id) x"
        " WHERE b.kind <> 'SALE' OR (x.fund, x.account, x.mutual, x.hospital) <> (i.fund_fen, i.account_fen, i.mutual_fen, i.hospital_fen)"
        " OR i.fund_fen + i.account_fen + i.mutual_fen + i.hospital_fen + i.cash_fen <> i.medfee_fen"
        " OR i.medfee_fen <> b.total_fen - b.rounding_fen",
    ),
    Rule(
        "insurance_tender",
        "bill",
        N_("{count} bills were paid by the insurance without exactly one settlement of it."),
        "SELECT b.id, b.number, (SELECT count(*) FROM insurance_settlement i WHERE i.bill_id = b.id) AS settlements FROM bill b"
        f" WHERE b.kind = 'SALE' AND EXISTS (SELECT FROM payment y WHERE y.bill_id = b.id AND y.tender IN {_SHARES})"
        " AND (SELECT count(*) FROM insurance_settlement i WHERE i.bill_id = b.id) <> 1",
    ),
)

_PEOPLE: Final = (
    Rule(
        "approval_act",
        "approval",
        N_("{count} approvals of refunds were used by no refund, by two, or by one that they were not given for."),
        "SELECT v.id, v.subject_id, count(s.id) AS refunds FROM approval v LEFT JOIN settlement s ON s.approval_id = v.id"
        " OR s.kind = 'CONVERT' AND s.plan->'approvals' @> to_jsonb(v.id)"  # the amount changed, and was agreed to anew
        " WHERE v.act = 'refund' OR s.id IS NOT NULL GROUP BY v.id HAVING count(s.id) <> (v.used_at IS NOT NULL)::int"
        " OR bool_or(s.cashier_id <> v.asked_by OR CASE s.kind WHEN 'DEPOSIT_BACK' THEN v.act <> 'pay_out' OR s.patient_id <> v.subject_id"
        " ELSE s.refunds IS NULL OR v.act <> 'refund' OR s.refunds <> v.subject_id END)",
    ),
    Rule(
        "refund_approved",
        "bill",
        N_("{count} refunds name somebody who agreed without having done so, or leave out who did."),
        "SELECT b.id, b.number, b.approved_by, v.approved_by AS agreed FROM bill b LEFT JOIN settlement s ON s.bill_id = b.id"
        " LEFT JOIN approval v ON v.id = s.approval_id WHERE b.kind = 'REFUND' AND b.approved_by IS DISTINCT FROM v.approved_by",
    ),
    Rule(
        "unknown_for_long",
        "settlement",
        N_("{count} settlements have been unclear for more than a day: somebody has to look at the other side and record what was found."),
        "SELECT s.id, s.kind, s.opened_at FROM settlement s WHERE s.state = 'UNKNOWN' AND s.opened_at < now() - interval '1 day' UNION ALL"
        " SELECT k.settlement_id, k.infno, k.sent_at FROM insurance_call k WHERE k.state IN ('PENDING', 'UNKNOWN') AND k.finding = ''"
        " AND k.settlement_id IS NULL AND k.sent_at < now() - interval '1 day'",
    ),
)

SETTLEMENTS: Final = (*_BOOKED, *_CHANNELS, *_INSURANCE, *_PEOPLE)
