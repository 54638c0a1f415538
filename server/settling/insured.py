"""The steps of a settlement with the national insurance: person, visit, diagnosis, fee details, quote, settlement, and back (DOMAIN.md §1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from common.errors import FieldWrong
from common.i18n import N_
from common.messages.cashier import INSURANCE, InsuranceShare, Tender
from common.settling_errors import InsuranceLineDown, NotConnected
from server.insurance import chain, inputs
from server.insurance import requests as ask
from server.insurance.protocol import Operator
from server.money_book.entries import Entered
from server.settling import insured_data as data
from server.settling import insured_rows as rows
from server.settling import outcomes, plan
from server.settling.asks import AskInsurance, Rest, Step
from server.settling.insured_outcomes import by_payer, insutype_name
from server.settling.insured_rows import Insured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import ReadTx, Tx
    from server.insurance.protocol import Bureau
    from server.money_book.outside import Outside
    from server.settling.insured_rows import InsuranceCall
    from server.settling.plan import SalePlan, Settlement

#: So often a step that moves no money is sent anew before the cashier is told that the line is down.
TRIES: Final = 3
ACTS: Final = frozenset(
    {
        chain.SIGN_IN,
        chain.PERSON,
        chain.OPEN_VISIT,
        chain.CANCEL_VISIT,
        chain.DESCRIBE_VISIT,
        chain.UPLOAD_FEES,
        chain.CANCEL_FEES,
        chain.PRESETTLE,
        chain.SETTLE,
        chain.CANCEL_SETTLEMENT,
        chain.REVERSE,
    }
)
TITLES: Final = {
    chain.SIGN_IN: N_("insurance|sign-in"),
    chain.PERSON: N_("insurance|reading the person"),
    chain.OPEN_VISIT: N_("insurance|registering the visit"),
    chain.CANCEL_VISIT: N_("insurance|cancelling the visit"),
    chain.DESCRIBE_VISIT: N_("insurance|diagnosis"),
    chain.UPLOAD_FEES: N_("insurance|fee details"),
    chain.CANCEL_FEES: N_("insurance|cancelling fee details"),
    chain.PRESETTLE: N_("insurance|pre-settlement"),
    chain.SETTLE: N_("insurance|settlement"),
    chain.CANCEL_SETTLEMENT: N_("insurance|cancelling the settlement"),
    chain.REVERSE: N_("insurance|reversal"),
}
lose = rows.lose
book = rows.book


# --- what a settlement asks ---------------------------------------------------------------------------------------------------------


def next_step(tx: Tx, settlement: Settlement) -> Step | None:
    """The next step up to the quote, and after it was confirmed up to the settlement; ``None`` when there is none (or when it failed)."""
    sale, bureau = settlement.at_bureau(), tx.parties.bureau
    if sale.insurance is None:
        return None
    if bureau is None:
        plan.note_failure(tx, settlement.id, NotConnected(party=N_("Insurance")))
        return None
    insured = rows.current(tx, settlement.id)
    if insured is not None and insured.state == "SETTLED":
        return None
    made = _made(tx, settlement)
    lost = next((call for call in reversed(made) if call.open), None)
    if lost is not None and lost.infno in (*chain.REVERSIBLE, chain.REVERSE) and _signed_out(tx, settlement, bureau):
        return _ask(tx, settlement, bureau, chain.SIGN_IN, inputs.sign_in(_sign_in(tx)), insured)
    if lost is not None:
        step = _after_lost(tx, settlement, bureau, insured, lost)
        if step is not None:
            return step
        insured = rows.current(tx, settlement.id)
    if _worn_out(made) and (insured is None or insured.state != "QUOTED"):
        plan.note_failure(tx, settlement.id, InsuranceLineDown())
        return None
    if _signed_out(tx, settlement, bureau):
        return _ask(tx, settlement, bureau, chain.SIGN_IN, inputs.sign_in(_sign_in(tx)), insured)
    return _onward(tx, settlement, bureau, sale, insured)


def _signed_out(tx: ReadTx, settlement: Settlement, bureau: Bureau) -> bool:
    """Whether the operator has to sign in first."""
    return bureau.province.signs_in and not rows.sign_number(tx, settlement.cashier_id)


def _onward(tx: Tx, settlement: Settlement, bureau: Bureau, sale: SalePlan, insured: Insured | None) -> Step | None:
    use = sale.insurance
    assert use is not None
    if insured is None or insured.state == "CANCELLED":
        return _ask(tx, settlement, bureau, chain.PERSON, inputs.person(data.certificate(use)), None)
    if insured.state == "PERSON_READ":
        wire = inputs.open_visit(data.open_visit(tx, insured, use, settlement.visit_id))
        return _ask(tx, settlement, bureau, chain.OPEN_VISIT, wire, insured)
    if insured.state == "REGISTERED":
        wire = inputs.describe_visit(data.describe_visit(tx, insured, use, settlement.visit_id))
        return _ask(tx, settlement, bureau, chain.DESCRIBE_VISIT, wire, insured)
    if insured.state == "DIAGNOSED":
        number = f"{settlement.id}{len(rows.calls_of(tx, settlement.id)):03d}"
        rows.batch(tx, insured, number)
        insured = insured._replace(batch=number)
        wire = inputs.upload_fees(data.upload_fees(tx, insured, settlement))
        return _ask(tx, settlement, bureau, chain.UPLOAD_FEES, wire, insured)
    if insured.state == "UPLOADED":
        return _ask(tx, settlement, bureau, chain.PRESETTLE, inputs.presettle(_settle(sale, insured)), insured)
    if not sale.confirmed:
        plan.step_to(tx, settlement.id, "OPEN", keep_lease=True)
        plan.step_to(tx, settlement.id, "QUOTED")
        return Rest()
    return _ask(tx, settlement, bureau, chain.SETTLE, inputs.settle(_settle(sale, insured, insured.shares())), insured)


def _worn_out(made: Sequence[InsuranceCall]) -> bool:
    """Whether the last calls all went without an answer."""
    last = [call for call in made if call.reverses is None][-TRIES:]
    return len(last) == TRIES and all(call.state == "REVERSED" for call in last)


def _sign_in(tx: Tx) -> ask.SignIn:
    return ask.SignIn(operator_number=str(tx.actor.staff), mac="00-00-00-00-00-00", ip="127.0.0.1")


def _settle(sale: SalePlan, insured: Insured, split: Any = None) -> ask.Settle:
    use = sale.insurance
    assert use is not None
    parts = {}
    if split is not None:
        parts = {
            "full_own_fen": split.full_own_fen,
            "over_limit_fen": split.over_limit_fen,
            "pre_own_fen": split.pre_own_fen,
            "in_scope_fen": split.in_scope_fen,
        }
    return ask.Settle(
        psn_no=insured.psn_no,
        mdtrt_id=insured.mdtrt_id,
        batch=insured.batch,
        insutype=insured.insutype,
        med_type=insured.med_type,
        certificate=data.certificate(use),
        total_fen=insured.medfee_fen,
        use_account=use.use_account,
        **parts,
    )


def _ask(
    tx: Tx,
    settlement: Settlement,
    bureau: Bureau,
    infno: str,
    wire: dict[str, Any],
    insured: Insured | None,
    reverses: int | None = None,
) -> AskInsurance:
    prepared = bureau.prepare(
        infno,
        wire,
        msgid_sequence=rows.next_msgid(tx),
        at=tx.now,
        operator=Operator(number=str(settlement.cashier_id), name=tx.actor.name),
        sign_no=rows.sign_number(tx, settlement.cashier_id),
        insuplc=insured.insuplc if insured else "",
    )
    call_id = rows.enter_call(tx, settlement.id, infno, prepared, insured, reverses)
    return AskInsurance(
        call_id=call_id,
        act=infno,
        infno=prepared.infno,
        msgid=prepared.msgid,
        body=prepared.body,
        payload_hash=prepared.payload_hash,
        asked=prepared.asked,
    )


# --- when an answer was lost --------------------------------------------------------------------------------------------------------


def _made(tx: Tx, settlement: Settlement) -> list[InsuranceCall]:
    """A settlement's transactions. One that is still PENDING when the next step is taken is lost: its outcome could not be written down."""
    made = rows.calls_of(tx, settlement.id)
    if any(call.state == "PENDING" for call in made):
        rows.lose(tx, settlement.id)
        made = rows.calls_of(tx, settlement.id)
    return made


def _after_lost(tx: Tx, settlement: Settlement, bureau: Bureau, insured: Insured | None, lost: InsuranceCall) -> Step | None:
    """The way out of a call whose outcome is unknown; ``None``: it bore no money and is simply made anew."""
    if lost.infno == chain.REVERSE:  # a reversal that got no answer is asked for again; the first one is superseded by it
        rows.step_call(tx, lost.id, "REVERSED", message=lost.message, finding="asked again")
        made = rows.calls_of(tx, settlement.id)
        lost = next(call for call in made if call.id == lost.reverses)
    way = chain.after_unknown(lost.infno)
    if way is chain.AfterUnknown.REVERSE:
        assert insured is not None
        wire = inputs.reverse(ask.Reverse(psn_no=insured.psn_no, msgid=lost.msgid, infno=bureau.province.number(lost.infno)))
        return _ask(tx, settlement, bureau, chain.REVERSE, wire, insured, reverses=lost.id)
    rows.step_call(tx, lost.id, "REVERSED", message=lost.message, finding="made anew")
    if way is chain.AfterUnknown.RENUMBER:
        assert insured is not None
        rows.renumber(tx, insured, rows.new_number(settlement))
    if way is chain.AfterUnknown.WITHDRAW:
        assert insured is not None
        wire = inputs.cancel_fees(ask.CancelFees(psn_no=insured.psn_no, mdtrt_id=insured.mdtrt_id, batch=insured.batch))
        return _ask(tx, settlement, bureau, chain.CANCEL_FEES, wire, insured)
    return None


# --- taking it back -----------------------------------------------------------------------------------------------------------------


def undo(tx: Tx, settlement: Settlement) -> Step | None:
    """The next step towards nothing of this settlement standing at the bureau; ``None`` when nothing does."""
    insured = rows.current(tx, settlement.id)
    return None if insured is None else cancel(tx, settlement, insured)


def cancel(tx: Tx, settlement: Settlement, insured: Insured) -> Step | None:
    """The next step towards nothing of a visit standing at the bureau. Details and visits that bear no money are given up after a few tries."""
    if insured.state == "CANCELLED":
        return None
    made, bureau = _made(tx, settlement), tx.parties.bureau
    if bureau is None:
        return _nobody_to_ask(tx, settlement, insured, made)
    lost = next((call for call in reversed(made) if call.open and call.infno in (*chain.REVERSIBLE, chain.REVERSE)), None)
    if (lost is not None or insured.state == "SETTLED") and _signed_out(tx, settlement, bureau):
        return _sign_in_to_undo(tx, settlement, insured, made)
    if lost is not None:
        return _after_lost(tx, settlement, bureau, insured, lost)
    if insured.state == "SETTLED":
        wire = inputs.settlement_at(ask.SettlementAt(psn_no=insured.psn_no, mdtrt_id=insured.mdtrt_id, setl_id=insured.setl_id))
        return _ask(tx, settlement, bureau, chain.CANCEL_SETTLEMENT, wire, insured)
    for call in made:
        if call.open:
            rows.step_call(tx, call.id, "REVERSED", message=call.message, finding="given up")
    if insured.state in ("UPLOADED", "QUOTED") and _may_ask(made, chain.CANCEL_FEES):
        wire = inputs.cancel_fees(ask.CancelFees(psn_no=insured.psn_no, mdtrt_id=insured.mdtrt_id, batch=insured.batch))
        return _ask(tx, settlement, bureau, chain.CANCEL_FEES, wire, insured)
    if insured.state in ("REGISTERED", "DIAGNOSED") and _may_ask(made, chain.CANCEL_VISIT):
        wire = inputs.cancel_visit(ask.CancelVisit(psn_no=insured.psn_no, mdtrt_id=insured.mdtrt_id, ipt_otp_no=insured.ipt_otp_no))
        return _ask(tx, settlement, bureau, chain.CANCEL_VISIT, wire, insured)
    rows.cancelled(tx, insured, "")
    return None


def _sign_in_to_undo(tx: Tx, settlement: Settlement, insured: Insured, made: Sequence[InsuranceCall]) -> Step:
    """9001 before something is taken back by who is not signed in; one without an answer is made anew."""
    bureau = tx.parties.bureau
    assert bureau is not None
    for call in made:
        if call.open and call.infno == chain.SIGN_IN:
            rows.step_call(tx, call.id, "REVERSED", message=call.message, finding="made anew")
    return _ask(tx, settlement, bureau, chain.SIGN_IN, inputs.sign_in(_sign_in(tx)), insured)


def _nobody_to_ask(tx: Tx, settlement: Settlement, insured: Insured, made: Sequence[InsuranceCall]) -> Step | None:
    """The line is not set up (any more). What may stand at the bureau waits until it is; what bears no money is given up."""
    if insured.state == "SETTLED" or any(call.open and call.infno in (*chain.REVERSIBLE, chain.REVERSE) for call in made):
        outcomes.put_off(tx, settlement)
        return Rest()
    rows.cancelled(tx, insured, "")
    return None


def _may_ask(made: Sequence[InsuranceCall], infno: str) -> bool:
    return sum(1 for call in made if call.infno == infno) < TRIES


def is_settled(tx: ReadTx, settlement_id: int) -> bool:
    """Whether the insurance has settled already."""
    insured = rows.current(tx, settlement_id)
    return insured is not None and insured.state == "SETTLED"


def found(tx: Tx, settlement: Settlement, call: InsuranceCall, *, carried_out: bool, where: str) -> None:
    """People looked a transaction up at the bureau. What stands there has to be reversed there; then it was not carried out."""
    if carried_out:
        raise FieldWrong(field=N_("Carried out"), reason=N_("have the bureau reverse it; then record that it was not carried out"))
    rows.step_call(tx, call.id, "REVERSED", message=call.message, finding=where)
    if call.reverses is not None:
        rows.step_call(tx, call.reverses, "REVERSED", finding=where)
    for reversal in rows.calls_of(tx, settlement.id):  # what was to be taken back does not stand: nobody asks for it any more
        if reversal.reverses == call.id and reversal.state == "UNKNOWN":
            rows.step_call(tx, reversal.id, "REVERSED", message=reversal.message, finding=where)
    outcomes.known_again(tx, settlement)


# --- what paper and bill want -------------------------------------------------------------------------------------------------------


def entered(made: Sequence[Outside]) -> list[Entered]:
    """The bureau's shares as payments of the bill."""
    return [
        Entered(Tender(kind=payment.kind, amount_fen=payment.amount_fen, reference=payment.reference), payment.id)
        for payment in made
        if payment.kind in INSURANCE and payment.state == "PAID"
    ]


def share_of(tx: ReadTx, settlement_id: int) -> InsuranceShare | None:
    """What the insurance's settlement, or its quote, came to."""
    insured = rows.current(tx, settlement_id)
    if insured is None or insured.split is None or insured.state not in ("QUOTED", "SETTLED"):
        return None
    split = insured.shares()
    return InsuranceShare(
        psn_no=insured.psn_no,
        insutype=insured.insutype,
        insutype_name=insutype_name(tx, insured.insutype),
        total_fen=split.total_fen,
        fund_fen=by_payer(insured.medfee_fen, split)[0],
        account_fen=split.account_fen,
        mutual_aid_fen=split.mutual_fen,
        hospital_fen=split.hospital_fen,
        cash_fen=split.cash_fen,
        own_scope_fen=split.own_scope_fen,
        own_out_fen=split.own_out_fen,
        balance_fen=split.balance_fen,
        setl_id=insured.setl_id,
        mdtrt_id=insured.mdtrt_id,
    )
