"""How an e-invoice comes into the queue: by the statement that enters its invoice, and so in the same transaction."""

from __future__ import annotations

from typing import Final

#: To be put behind a common table expression ``i`` that returns an invoice's id, bill_id, amount_fen and reverses; takes ``%(at)s``.
#: A sale gets a BLUE one where the clinic issues any, and a bill over nothing gets none. What takes back an invoice with an e-invoice gets a RED
#: one on the same platform, whatever the rule is by then. The serial is the bill's number: one bill, one e-invoice.
ENTER: Final = (
    "INSERT INTO einvoice (invoice_id, kind, platform, serial, state, reverses, payload, next_try_at, entered_at)"
    " SELECT i.id, CASE WHEN e.id IS NULL THEN 'BLUE' ELSE 'RED' END, coalesce(e.platform, r.einvoice_kind),"
    " (SELECT b.number FROM bill b WHERE b.id = i.bill_id), 'PENDING', e.id, '{}', %(at)s, %(at)s"
    " FROM i JOIN money_rules r ON r.id = 1 LEFT JOIN einvoice e ON e.invoice_id = i.reverses"
    " WHERE CASE WHEN i.reverses IS NULL THEN r.einvoice_kind <> 'none' AND i.amount_fen > 0 ELSE e.id IS NOT NULL END"
)

#: To be put behind expressions ``old`` and ``i`` that return an invoice that was voided and the one that stands for its bill instead.
PASS_ON: Final = "UPDATE einvoice SET invoice_id = i.id FROM old, i WHERE einvoice.invoice_id = old.id"
