"""Operators' sign-ins at the bureau (9001, 9002), and the numbers that calls carry."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from common import topics
from common.errors import NotFound
from common.i18n import N_
from common.messages.insurance import (
    ErrandFacts,
    ErrandKind,
    ForgetSignIn,
    ListSignIns,
    SignInFacts,
    SignInList,
    SignOutOfInsurance,
)
from common.permissions import Permission
from common.wire import Done
from server.db import Read, Write
from server.features import handles
from server.insurance_desk import errands
from server.insurance_desk.asks import CallNumber, NoteSignIn, NumberCall
from server.settling import insured_rows as rows

if TYPE_CHECKING:
    from server.db import ReadTx, Tx

_LIST: Final = Read(
    "SELECT i.id, i.staff_id, s.name, i.day, i.sign_no, i.signed_in_at, i.signed_out_at FROM insurance_sign_in i JOIN staff s ON s.id = i.staff_id"
    " WHERE i.day >= %(since)s ORDER BY i.signed_in_at DESC, i.id DESC LIMIT 300"
)
_STANDING: Final = Read("SELECT staff_id FROM insurance_sign_in WHERE id = %(id)s AND day = %(day)s AND signed_out_at IS NULL")
_FORGET: Final = Write("UPDATE insurance_sign_in SET signed_out_at = %(at)s WHERE id = %(id)s AND signed_out_at IS NULL RETURNING staff_id")
_NAME: Final = Read("SELECT name FROM staff WHERE id = %(id)s")


@handles(ListSignIns)
def list_sign_ins(tx: ReadTx, request: ListSignIns) -> SignInList:
    """Sign-ins of the last days."""
    return SignInList(sign_ins=tx.structs(SignInFacts, _LIST, since=tx.today - timedelta(days=request.days - 1)))


@handles(SignOutOfInsurance)
def sign_out_of_insurance(tx: Tx, request: SignOutOfInsurance) -> ErrandFacts:
    """Have an operator signed out by the service."""
    row = tx.one(_STANDING, NotFound(kind=N_("Sign-in"), key=str(request.sign_in_id)), id=request.sign_in_id, day=tx.today)
    _require_own(tx, row[0])
    return errands.wanted(tx, ErrandKind.SIGN_OUT, row[0])


@handles(ForgetSignIn)
def forget_sign_in(tx: Tx, request: ForgetSignIn) -> Done:
    """The next call signs in anew."""
    row = tx.write_one(_FORGET, id=request.sign_in_id, at=tx.now)
    if row is None:
        raise NotFound(kind=N_("Sign-in"), key=str(request.sign_in_id))
    _require_own(tx, row[0])
    tx.changed(topics.INSURANCE)
    return Done()


def _require_own(tx: Tx, staff_id: int) -> None:
    """Others' sign-ins are for who maintains the insurance."""
    if staff_id != tx.actor.staff_id:
        tx.actor.require(Permission.INSURANCE_MANAGE)


@handles(NumberCall, replayed=False)
def number_call(tx: Tx, request: NumberCall) -> CallNumber:
    """A number for a call of an operator's."""
    name = tx.one(_NAME, NotFound(kind=N_("Person"), key=str(request.staff_id)), id=request.staff_id)[0]
    sign_no = rows.sign_number(tx, request.staff_id)
    return CallNumber(sequence=rows.next_msgid(tx), operator=name, sign_no=sign_no, at=tx.now)


@handles(NoteSignIn, replayed=False)
def note_sign_in(tx: Tx, request: NoteSignIn) -> Done:
    """9001 or 9002 was carried out."""
    if request.sign_no:
        rows.sign_in(tx, request.staff_id, request.sign_no)
    else:
        rows.forget_sign_in(tx, request.staff_id)
    tx.changed(topics.INSURANCE)
    return Done()
