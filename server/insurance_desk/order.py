"""The order in which the queue of uploads goes: nothing is told before what it builds on, whatever was refused or lost meanwhile.

Each clause is SQL about a row ``u`` of ``insurance_upload`` and says that it has to wait. It is asked of one row after the other until one need not:
OFFSET 0 keeps the planner from reading all of the clinic's codes and moves for it at once.
"""

from __future__ import annotations

from typing import Final

_OPEN: Final = "state IN ('PENDING', 'FAILED')"
#: What came back is told once its sale is known there.
_RETURN: Final = (
    "u.infno = '3506' AND EXISTS (SELECT FROM stock_move m JOIN hand_over_line x ON x.move_id = m.reverses JOIN insurance_upload e"
    f" ON e.infno = '3505A' AND e.subject = 'hand_over' AND e.subject_id = x.hand_over_id AND e.{_OPEN} WHERE m.id = u.subject_id OFFSET 0)"
)
#: A sale whose answer was lost is told again before it is taken back.
_UNDONE: Final = (
    "u.infno = '3506A' AND EXISTS (SELECT FROM insurance_upload e WHERE e.infno = '3505A' AND e.subject = 'hand_over'"
    " AND e.subject_id = u.subject_id AND e.state = 'PENDING' OFFSET 0)"
)
#: A pack that came back is sold again once the bureau knows that it came back.
_SOLD_AGAIN: Final = (
    "u.infno = '3505A' AND EXISTS (SELECT FROM dispensed_code c JOIN dispensed_code b ON b.code = c.code AND b.id < c.id"
    " LEFT JOIN drug_return_line t ON t.id = b.return_line_id WHERE c.hand_over_id = u.subject_id AND b.returned_at IS NOT NULL"
    " AND (EXISTS (SELECT FROM insurance_upload e WHERE e.infno = '3506' AND e.subject = 'stock_move' AND e.subject_id = t.move_id"
    f" AND e.{_OPEN} OFFSET 0) OR EXISTS (SELECT FROM insurance_upload e WHERE e.infno = '3506A' AND e.subject = 'hand_over'"
    f" AND e.subject_id = b.hand_over_id AND e.{_OPEN} OFFSET 0)) OFFSET 0)"
)
#: What of a batch was told of before, by the clinic's own book: a purchase, then its transfer, its damage, its return.
EARLIER: Final = (
    "FROM stock_move m JOIN stock_move o ON o.batch_id = m.batch_id AND o.kind NOT IN ('DISPENSE', 'RETURN') JOIN insurance_upload e"
    f" ON e.infno IN ('3502', '3503', '3504') AND e.subject = 'stock_move' AND e.subject_id = o.id AND e.id < u.id AND e.{_OPEN}"
    " WHERE m.id = u.subject_id"
)
GOODS: Final = "u.infno IN ('3502', '3503', '3504')"
#: Whether a row ``u`` has to wait.
WAITS: Final = f"(({_RETURN}) OR ({_UNDONE}) OR ({_SOLD_AGAIN}) OR ({GOODS} AND EXISTS (SELECT {EARLIER})))"
