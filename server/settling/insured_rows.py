"""An insured settlement's rows: the visit at the bureau, every transaction sent for it, and the operator's sign-in."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from psycopg.types.json import Jsonb

from common import topics
from common.domain.insurance_split import Split
from common.wire import as_kind, encode
from server.db import Read, Write

if TYPE_CHECKING:
    from datetime import datetime

    from server.db import ReadTx, Tx
    from server.insurance.protocol import Prepared
    from server.settling.plan import Settlement

_COLUMNS: Final = (
    "id, state, psn_no, insutype, insuplc_admdvs, med_type, ipt_otp_no, mdtrt_id, chrg_bchno, setl_id, person, split, medfee_fen,"
    " bill_id, settlement_id"
)
_CURRENT: Final = Read(f"SELECT {_COLUMNS} FROM insurance_settlement WHERE settlement_id = %(settlement_id)s ORDER BY id DESC LIMIT 1")
_OF_BILL: Final = Read(f"SELECT {_COLUMNS} FROM insurance_settlement WHERE bill_id = %(bill_id)s AND state = 'SETTLED'")
_ENTER: Final = Write(
    "INSERT INTO insurance_settlement (settlement_id, patient_id, visit_id, state, psn_no, insutype, insuplc_admdvs, mdtrt_cert_type, med_type,"
    " ipt_otp_no, medfee_fen, fund_fen, account_fen, mutual_fen, hospital_fen, cash_fen, person, opened_at)"
    " SELECT s.id, s.patient_id, s.visit_id, 'PERSON_READ', %(psn_no)s, %(insutype)s, %(insuplc)s, %(certificate_type)s, %(med_type)s,"
    " %(ipt_otp_no)s, %(medfee_fen)s, 0, 0, 0, 0, 0, %(person)s, %(at)s FROM settlement s WHERE s.id = %(settlement_id)s RETURNING id"
)
_STEP: Final = Write("UPDATE insurance_settlement SET state = %(state)s WHERE id = %(id)s AND state <> %(state)s")
_OPENED: Final = Write("UPDATE insurance_settlement SET mdtrt_id = %(mdtrt_id)s WHERE id = %(id)s")
_RENUMBER: Final = Write("UPDATE insurance_settlement SET ipt_otp_no = %(ipt_otp_no)s WHERE id = %(id)s")
_BATCH: Final = Write("UPDATE insurance_settlement SET chrg_bchno = %(batch)s WHERE id = %(id)s")
_SHARES: Final = Write(
    "UPDATE insurance_settlement SET split = %(split)s, warnings = %(warnings)s, fund_fen = %(fund_fen)s, account_fen = %(account_fen)s,"
    " mutual_fen = %(mutual_fen)s, hospital_fen = %(hospital_fen)s, cash_fen = %(cash_fen)s, clr_type = %(clr_type)s,"
    " clr_optins = %(clr_optins)s WHERE id = %(id)s"
)
_SETTLED: Final = Write(
    "UPDATE insurance_settlement SET setl_id = %(setl_id)s, medins_setl_id = %(medins_setl_id)s, settled_at = %(at)s, settled_on = %(day)s"
    " WHERE id = %(id)s"
)
_CANCELLED: Final = Write("UPDATE insurance_settlement SET cancel_setl_id = %(setl_id)s, cancelled_at = %(at)s WHERE id = %(id)s")
_VOID: Final = Write(
    "UPDATE insurance_settlement SET state = 'CANCELLED', cancelled_at = %(at)s, cancel_setl_id = %(number)s WHERE id = %(id)s AND state = 'SETTLED'"
)
_CANCELLED_AGAIN: Final = Write("UPDATE insurance_settlement SET cancel_setl_id = %(number)s WHERE id = %(id)s AND state = 'CANCELLED'")
_BOOK: Final = Write("UPDATE insurance_settlement SET bill_id = %(bill_id)s WHERE settlement_id = %(settlement_id)s AND state = 'SETTLED'")
_LINE: Final = Write(
    "INSERT INTO insurance_line (insurance_settlement_id, charge_line_id, feedetl_sn, med_list_codg, amount_fen, split)"
    " SELECT %(id)s, l.charge_line_id, l.feedetl_sn, l.med_list_codg, l.amount_fen, l.split FROM jsonb_to_recordset(%(lines)s)"
    " AS l(charge_line_id bigint, feedetl_sn text, med_list_codg text, amount_fen bigint, split jsonb) ON CONFLICT DO NOTHING"
)

_NEXT_MSGID: Final = Write("SELECT nextval('insurance_msgid')")
_CALL: Final = Write(
    "INSERT INTO insurance_call (settlement_id, infno, msgid, payload_hash, state, psn_no, mdtrt_id, insuplc_admdvs, reverses, staff_id, sent_at,"
    " finding) VALUES (%(settlement_id)s, %(infno)s, %(msgid)s, %(payload_hash)s, 'PENDING', %(psn_no)s, %(mdtrt_id)s, %(insuplc)s, %(reverses)s,"
    " %(staff_id)s, %(at)s, %(about)s) RETURNING id"
)
_CALL_STEP: Final = Write(
    "UPDATE insurance_call SET state = %(state)s, infcode = %(code)s, message = %(message)s, refmsgid = %(refmsgid)s,"
    " output = coalesce(%(output)s, output), answered_at = %(at)s, finding = %(finding)s WHERE id = %(id)s AND state <> %(state)s"
)
_FIND: Final = Write("UPDATE insurance_call SET finding = %(finding)s WHERE id = %(id)s")
#: Calls of no settlement under way that nobody answered: what follows them about the same thing takes their place.
_SUPERSEDE: Final = Write(
    "UPDATE insurance_call SET state = 'UNKNOWN' WHERE state = 'PENDING' AND settlement_id IS NULL AND finding = %(about)s"
)
_SUPERSEDED: Final = Write(
    "UPDATE insurance_call SET state = 'REVERSED', answered_at = %(at)s WHERE state = 'UNKNOWN' AND settlement_id IS NULL AND finding = %(about)s"
)
_CALLS: Final = Read(
    "SELECT id, infno, msgid, state, reverses, sent_at, message FROM insurance_call WHERE settlement_id = %(settlement_id)s ORDER BY id"
)
_LOST: Final = Write("UPDATE insurance_call SET state = 'UNKNOWN' WHERE settlement_id = %(settlement_id)s AND state = 'PENDING'")
_SIGNED_IN: Final = Read("SELECT sign_no FROM insurance_sign_in WHERE staff_id = %(staff_id)s AND day = %(day)s AND signed_out_at IS NULL")
_SIGN_IN: Final = Write(
    "INSERT INTO insurance_sign_in (staff_id, day, sign_no, signed_in_at) VALUES (%(staff_id)s, %(day)s, %(sign_no)s, %(at)s)"
    " ON CONFLICT (staff_id, day) WHERE signed_out_at IS NULL DO UPDATE SET sign_no = excluded.sign_no"
)
_FORGET_SIGN_IN: Final = Write(
    "UPDATE insurance_sign_in SET signed_out_at = %(at)s WHERE staff_id = %(staff_id)s AND day = %(day)s AND signed_out_at IS NULL"
)


class Insured(NamedTuple):
    """A visit at the bureau."""

    id: int
    state: str
    psn_no: str
    insutype: str
    insuplc: str
    med_type: str
    ipt_otp_no: str
    mdtrt_id: str
    batch: str
    setl_id: str
    person: Any
    split: Any
    medfee_fen: int
    bill_id: int | None
    settlement_id: int

    def shares(self) -> Split:
        """The amounts of the last pre-settlement or settlement."""
        return as_kind(self.split, Split)


class InsuranceCall(NamedTuple):
    """A transaction that was sent."""

    id: int
    infno: str
    msgid: str
    state: str
    reverses: int | None
    sent_at: datetime
    message: str

    @property
    def open(self) -> bool:
        """Whether nobody knows yet what became of it."""
        return self.state in ("PENDING", "UNKNOWN")


def current(tx: ReadTx, settlement_id: int) -> Insured | None:
    """The settlement's visit at the bureau."""
    row = tx.first(_CURRENT, settlement_id=settlement_id)
    return None if row is None else Insured(*row)


def of_bill(tx: ReadTx, bill_id: int) -> Insured | None:
    """The insurance's settlement that stands behind a bill."""
    row = tx.first(_OF_BILL, bill_id=bill_id)
    return None if row is None else Insured(*row)


def enter(tx: Tx, settlement_id: int, **known: Any) -> None:
    """The person was read: a visit at the bureau begins."""
    tx.write(_ENTER, settlement_id=settlement_id, at=tx.now, **{**known, "person": Jsonb(known["person"], dumps=encode)})


def step(tx: Tx, insured: Insured, state: str) -> None:
    """The visit's next state."""
    tx.write(_STEP, id=insured.id, state=state)


def opened(tx: Tx, insured: Insured, mdtrt_id: str) -> None:
    """2201 gave the bureau's number of the visit."""
    tx.write(_OPENED, id=insured.id, mdtrt_id=mdtrt_id)
    step(tx, insured, "REGISTERED")


def new_number(settlement: Settlement) -> str:
    """A number of ours for a visit at the bureau. Its end is chance: a database that was restored from a backup counts on from an earlier
    settlement, and may not run into a visit that the bureau has had already."""
    return f"{settlement.visit_id}-{settlement.id}-{secrets.token_hex(4)}"


def renumber(tx: Tx, insured: Insured, ipt_otp_no: str) -> None:
    """Another number of ours, after a 2201 whose outcome is unknown."""
    tx.write(_RENUMBER, id=insured.id, ipt_otp_no=ipt_otp_no)


def batch(tx: Tx, insured: Insured, number: str) -> None:
    """The batch under which the fee details go."""
    tx.write(_BATCH, id=insured.id, batch=number)


def lines(tx: Tx, insured: Insured, rows: list[dict[str, Any]]) -> None:
    """How the bureau split each line."""
    tx.write(_LINE, id=insured.id, lines=Jsonb(rows, dumps=encode))


def shares(tx: Tx, insured: Insured, split: Split, fund_fen: int, warnings: list[str], clr_type: str, clr_optins: str) -> None:
    """What each payer bears, as the bureau returned it."""
    tx.write(
        _SHARES,
        id=insured.id,
        split=Jsonb(split, dumps=encode),
        warnings=Jsonb(warnings, dumps=encode),
        fund_fen=fund_fen,
        account_fen=split.account_fen,
        mutual_fen=split.mutual_fen,
        hospital_fen=split.hospital_fen,
        cash_fen=split.cash_fen,
        clr_type=clr_type,
        clr_optins=clr_optins,
    )


def settled(tx: Tx, insured: Insured, setl_id: str, msgid: str) -> None:
    """2207 was carried out."""
    tx.write(_SETTLED, id=insured.id, setl_id=setl_id, medins_setl_id=msgid, at=tx.now, day=tx.today)
    step(tx, insured, "SETTLED")
    tx.changed(topics.INSURANCE, insured.id)


def cancelled(tx: Tx, insured: Insured, setl_id: str) -> None:
    """Nothing of this visit stands at the bureau any more."""
    tx.write(_CANCELLED, id=insured.id, setl_id=setl_id, at=tx.now)
    step(tx, insured, "CANCELLED")
    tx.changed(topics.INSURANCE, insured.id)


def void(tx: Tx, insured_id: int, number: str) -> None:
    """The bureau was found to have nothing of a settlement that our books hold; ``number`` is its cancellation, where there is one."""
    tx.write(_VOID, id=insured_id, at=tx.now, number=number)


def cancelled_again(tx: Tx, insured_id: int, number: str) -> None:
    """A cancellation that the bureau did not have was made there anew, under this number."""
    tx.write(_CANCELLED_AGAIN, id=insured_id, number=number)


def book(tx: Tx, settlement_id: int, bill_id: int) -> None:
    """The bill that the insurance's settlement belongs to."""
    tx.write(_BOOK, settlement_id=settlement_id, bill_id=bill_id)


def next_msgid(tx: Tx) -> int:
    """The next value of the four digits that end a message id."""
    row = tx.write_one(_NEXT_MSGID)
    assert row is not None
    return int(row[0])


def enter_call(
    tx: Tx, settlement_id: int | None, infno: str, prepared: Prepared, insured: Insured | None, reverses: int | None, about: str = ""
) -> int:
    """Write down what is going to be sent; the call's id. ``infno`` is the national number. A call of no settlement under way (``None``) says what
    it is ``about``."""
    row = tx.write_one(
        _CALL,
        settlement_id=settlement_id,
        infno=infno,
        msgid=prepared.msgid,
        payload_hash=prepared.payload_hash,
        psn_no=insured.psn_no if insured else "",
        mdtrt_id=insured.mdtrt_id if insured else "",
        insuplc=insured.insuplc if insured else "",
        reverses=reverses,
        staff_id=tx.actor.staff_id,
        at=tx.wall,
        about=about,
    )
    assert row is not None
    return int(row[0])


def supersede(tx: Tx, about: str) -> None:
    """Calls about something that got no answer are asked again: 2601, 2208 and 5203 may be."""
    tx.write(_SUPERSEDE, about=about)
    tx.write(_SUPERSEDED, about=about, at=tx.wall)


def step_call(
    tx: Tx, call_id: int, state: str, *, code: str = "", message: str = "", refmsgid: str = "", output: Any = None, finding: str = ""
) -> None:
    """What became of a call."""
    tx.write(
        _CALL_STEP,
        id=call_id,
        state=state,
        code=code[:60],
        message=message[:300],
        refmsgid=refmsgid,
        output=None if output is None else Jsonb(output, dumps=encode),
        at=tx.wall,
        finding=finding,
    )


def find(tx: Tx, call_id: int, finding: str) -> None:
    """What was found out about a call that had ended."""
    tx.write(_FIND, id=call_id, finding=finding)


def calls_of(tx: ReadTx, settlement_id: int) -> list[InsuranceCall]:
    """A settlement's transactions, oldest first."""
    return [InsuranceCall(*row) for row in tx.rows(_CALLS, settlement_id=settlement_id)]


def lose(tx: Tx, settlement_id: int) -> None:
    """The process that had sent the open calls is dead."""
    tx.write(_LOST, settlement_id=settlement_id)


def sign_number(tx: ReadTx, staff_id: int) -> str:
    """Today's sign-in of an operator; empty if there is none."""
    row = tx.first(_SIGNED_IN, staff_id=staff_id, day=tx.today)
    return row[0] if row else ""


def sign_in(tx: Tx, staff_id: int, sign_no: str) -> None:
    """9001 was carried out."""
    tx.write(_SIGN_IN, staff_id=staff_id, day=tx.today, sign_no=sign_no, at=tx.now)


def forget_sign_in(tx: Tx, staff_id: int) -> None:
    """9002 was carried out, or the bureau does not know the sign-in any more."""
    tx.write(_FORGET_SIGN_IN, staff_id=staff_id, day=tx.today, at=tx.now)
