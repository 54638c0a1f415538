"""Transactions that bear money and belong to no settlement under way: written down before they are sent, as a settlement's own are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.insurance.protocol import Operator, Prepared
from server.settling import insured_rows as rows
from server.settling.asks import AskInsurance

if TYPE_CHECKING:
    from server.db import Tx
    from server.insurance.protocol import Wire


def written(tx: Tx, infno: str, wire: Wire, *, staff_id: int, insuplc: str, about: str, reverses: int | None = None) -> AskInsurance:
    """Prepare and write down what ``staff_id`` is going to ask ``about`` something. The line has to be up."""
    bureau = tx.parties.bureau
    assert bureau is not None
    prepared = bureau.prepare(
        infno,
        wire,
        msgid_sequence=rows.next_msgid(tx),
        at=tx.now,
        operator=Operator(number=str(staff_id), name=tx.actor.name),
        sign_no=rows.sign_number(tx, staff_id),
        insuplc=insuplc,
    )
    call_id = rows.enter_call(tx, None, infno, prepared, None, reverses, about=about)
    return AskInsurance(
        call_id=call_id,
        act=infno,
        infno=prepared.infno,
        msgid=prepared.msgid,
        body=prepared.body,
        payload_hash=prepared.payload_hash,
        asked=prepared.asked,
    )


def prepared(step: AskInsurance) -> Prepared:
    """What was written down, as the line sends it."""
    return Prepared(msgid=step.msgid, infno=step.infno, body=step.body, payload_hash=step.payload_hash, asked=step.asked)
