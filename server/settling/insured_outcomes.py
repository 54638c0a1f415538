"""What a transaction with the insurance came to, written down (DOMAIN.md §1.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from common.domain.insurance_split import Split, line_warnings, split_warnings
from common.i18n import tr
from common.messages.cashier import INSURANCE, TenderKind
from common.messages.settlement import SettlementKind
from common.settling_errors import InsuranceChoiceNeeded, InsuranceLineDown, InsuranceRefused, NotInsured, OtherPerson
from server.db import Read
from server.insurance import chain, outputs
from server.insurance.protocol import NOT_SENT
from server.insurance_desk import late
from server.money_book import outside
from server.outcome import Rejected, Success, Unknown
from server.settling import channel_steps, outcomes, plan
from server.settling import insured_data as data
from server.settling import insured_rows as rows
from server.settling.insured_rows import Insured

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.db import ReadTx, Tx
    from server.insurance.answers import Settlement as Answered
    from server.insurance.protocol import Reply
    from server.settling.insured_rows import InsuranceCall
    from server.settling.plan import RefundPlan, SalePlan, Settlement

_SHARES: Final = (TenderKind.FUND, TenderKind.ACCOUNT, TenderKind.MUTUAL_AID, TenderKind.HOSPITAL)
_DICTIONARY: Final = Read("SELECT label FROM insurance_dictionary WHERE type = 'insutype' AND value = %(value)s")


def record(tx: Tx, settlement: Settlement, call_id: int, infno: str, outcome: Any) -> None:
    """Write down what became of a transaction."""
    call = next(call for call in rows.calls_of(tx, settlement.id) if call.id == call_id)
    if not call.open:
        return
    if isinstance(outcome, Unknown):
        rows.step_call(tx, call_id, "UNKNOWN", message=outcome.reason)
        going_back = infno == chain.SIGN_IN and _goes_back(tx, settlement)
        outcomes.put_off(tx, settlement) if infno in _MONEY or going_back else plan.try_at(tx, settlement.id, None, settlement.tries + 1)
    elif isinstance(outcome, Rejected):
        _rejected(tx, settlement, call, infno, outcome)
    elif isinstance(outcome, Success):
        reply: Reply = outcome.value
        output = msgspec.to_builtins(reply.output, builtin_types=()) if infno in _KEPT else None
        rows.step_call(tx, call_id, "SUCCESS", message=reply.message, refmsgid=reply.refmsgid, output=output)
        outcomes.known_again(tx, settlement)
        _SUCCESS[infno](tx, settlement, call, reply.output)


_MONEY: Final = frozenset({chain.SETTLE, chain.CANCEL_SETTLEMENT, chain.REVERSE})
_KEPT: Final = frozenset({chain.PRESETTLE, chain.SETTLE, chain.CANCEL_SETTLEMENT})


def _rejected(tx: Tx, settlement: Settlement, call: InsuranceCall, infno: str, outcome: Rejected) -> None:
    bureau = tx.parties.bureau
    nothing = bureau is not None and any(word in outcome.message for word in bureau.province.nothing_when)
    before = _signed_out_before(tx, settlement)
    rows.step_call(tx, call.id, "REJECTED", code=outcome.code, message=outcome.message)
    if infno != chain.SIGN_IN and not before and _signed_out(tx, outcome.message):
        rows.forget_sign_in(tx, settlement.cashier_id)  # the next step signs in anew, and then makes this one again
    elif infno == chain.SIGN_IN and _goes_back(tx, settlement):
        outcomes.put_off(tx, settlement)
    elif infno == chain.REVERSE and nothing and outcome.code != NOT_SENT:
        _reversed(tx, settlement, call, {})
        _look_again(tx, settlement, call)
    elif infno in (chain.REVERSE, chain.CANCEL_SETTLEMENT):  # what stands there cannot be left standing: asked again, and a person sees it
        outcomes.put_off(tx, settlement)
    elif infno in (chain.CANCEL_FEES, chain.CANCEL_VISIT):
        if outcome.code != NOT_SENT:
            _withdrawn(tx, settlement, infno)
    elif outcome.code == NOT_SENT:
        plan.note_failure(tx, settlement.id, InsuranceLineDown())
    else:
        plan.note_failure(tx, settlement.id, InsuranceRefused(step=infno, message=outcome.message))


def _signed_out(tx: ReadTx, message: str) -> bool:
    """Whether the bureau says that it does not know the operator's sign-in."""
    bureau = tx.parties.bureau
    return bureau is not None and any(word in message for word in bureau.province.signed_out_when)


def _signed_out_before(tx: ReadTx, settlement: Settlement) -> bool:
    """Whether it has said so of this settlement already; then a new sign-in does not help."""
    return any(call.state == "REJECTED" and _signed_out(tx, call.message) for call in rows.calls_of(tx, settlement.id))


def _goes_back(tx: ReadTx, settlement: Settlement) -> bool:
    """Whether something that stands, or may stand, at the bureau is being taken back: that is asked for until it succeeds."""
    standing = settlement.refunds is not None and rows.of_bill(tx, settlement.refunds) is not None
    lost = any(call.open and call.infno in _MONEY for call in rows.calls_of(tx, settlement.id))
    return standing or lost or settlement.cancel_wanted or settlement.failure is not None


def _withdrawn(tx: Tx, settlement: Settlement, infno: str) -> None:
    """2205 or 2202 was carried out, or there was nothing to take back."""
    insured = rows.current(tx, settlement.id)
    assert insured is not None
    if infno == chain.CANCEL_VISIT:
        rows.cancelled(tx, insured, "")
    elif insured.state in ("UPLOADED", "QUOTED"):
        rows.step(tx, insured, "DIAGNOSED")


def _signed_in(tx: Tx, settlement: Settlement, _call: InsuranceCall, output: dict[str, Any]) -> None:
    rows.sign_in(tx, settlement.cashier_id, outputs.signed_in(output).sign_no)


def _person(tx: Tx, settlement: Settlement, _call: InsuranceCall, output: dict[str, Any]) -> None:
    """The person, checked against the file, and the one insurance that is settled with."""
    use = settlement.at_bureau().insurance
    assert use is not None
    person = outputs.person(output)
    name = data.patient_name(tx, settlement.patient_id)
    if person.name and person.name != name:
        plan.note_failure(tx, settlement.id, OtherPerson(insured=person.name, patient=name))
        return
    valid = [entry for entry in person.valid if use.insutype in ("", entry.insutype)]
    if not valid:
        status = ", ".join(sorted({entry.status for entry in person.insurances})) or "-"
        plan.note_failure(tx, settlement.id, NotInsured(status_text=status))
        return
    if len({entry.insutype for entry in valid}) > 1:
        choices = {entry.insutype: insutype_name(tx, entry.insutype) for entry in valid}
        plan.note_failure(tx, settlement.id, InsuranceChoiceNeeded(choices=choices))
        return
    rows.enter(
        tx,
        settlement.id,
        psn_no=person.psn_no,
        insutype=valid[0].insutype,
        insuplc=valid[0].insuplc,
        certificate_type=use.certificate_type,
        med_type=use.med_type,
        ipt_otp_no=rows.new_number(settlement),
        medfee_fen=settlement.bureau_fen,
        person=person,
    )


def insutype_name(tx: ReadTx, insutype: str) -> str:
    """The insurance's kind as the dictionary names it."""
    row = tx.first(_DICTIONARY, value=insutype)
    return row[0] if row else insutype


def _opened(tx: Tx, settlement: Settlement, _call: InsuranceCall, output: dict[str, Any]) -> None:
    rows.opened(tx, _of(tx, settlement), outputs.visit_opened(output).mdtrt_id)


def _described(tx: Tx, settlement: Settlement, _call: InsuranceCall, _output: dict[str, Any]) -> None:
    rows.step(tx, _of(tx, settlement), "DIAGNOSED")


def _uploaded(tx: Tx, settlement: Settlement, _call: InsuranceCall, output: dict[str, Any]) -> None:
    insured, split = _of(tx, settlement), outputs.fees_split(output)
    known = data.national_codes(tx, settlement)
    told = [
        {
            "charge_line_id": known[line.feedetl_sn][0],
            "feedetl_sn": line.feedetl_sn,
            "med_list_codg": known[line.feedetl_sn][1],
            "amount_fen": known[line.feedetl_sn][2],
            "split": msgspec.to_builtins(line),
        }
        for line in split.lines
        if line.feedetl_sn in known
    ]
    rows.lines(tx, insured, told)
    warnings = line_warnings(split.lines, {number: amount for number, (_, _, amount) in known.items()})
    tx.detail = {**tx.detail, "line_warnings": len(warnings)}
    rows.step(tx, insured, "UPLOADED")


def _quoted(tx: Tx, settlement: Settlement, _call: InsuranceCall, output: dict[str, Any]) -> None:
    insured = _of(tx, settlement)
    _take_shares(tx, settlement, insured, outputs.presettlement(output))
    rows.step(tx, insured, "QUOTED")


def _settled(tx: Tx, settlement: Settlement, call: InsuranceCall, output: dict[str, Any]) -> None:
    """The bureau's shares become payments; what the patient pays is ``psn_cash_pay`` as returned."""
    insured = _of(tx, settlement)
    before = insured.shares().cash_fen
    answer = outputs.settlement(output)
    _take_shares(tx, settlement, insured, answer)
    rows.settled(tx, insured, answer.setl_id, answer.medins_setl_id or call.msgid)
    settlement = _without_token(tx, settlement)
    payers = by_payer(settlement.bureau_fen, answer.split)
    if payers[0] < 0:
        plan.note_failure(
            tx, settlement.id, InsuranceRefused(step=chain.SETTLE, message=tr("The bureau's amounts are more than the bill."))
        )
        plan.want_cancel(tx, settlement.id)  # it cannot be booked as it is, so it may not stand
        return
    for kind, fen in zip(_SHARES, payers, strict=True):
        if fen:
            outside.enter_share(tx, settlement.id, kind, fen, answer.setl_id)
    if (
        settlement.kind is not SettlementKind.REFUND and answer.split.cash_fen != before
    ):  # what is paid, or goes back, was agreed on as another amount: the cashier is asked again
        channel_steps.void_pending(tx, settlement.id)
        plan.store(tx, settlement.id, unconfirmed(settlement))
        plan.step_to(tx, settlement.id, "QUOTED")


def _without_token(tx: Tx, settlement: Settlement) -> Settlement:
    """An e-certificate's token was for this 2207: it is forgotten now, whatever still has to be paid."""
    use = settlement.at_bureau().insurance
    if use is None or use.certificate_type != plan.TOKEN:
        return settlement
    plan.forget_token(tx, settlement)
    return plan.lock(tx, settlement.id)


def by_payer(total_fen: int, split: Split) -> tuple[int, int, int, int]:
    """Fund, account, family account, clinic. The fund bears what the others and the patient do not, so that a bill balances even where the
    bureau's parts do not add up (that was warned of, and is cleared by the reconciliation)."""
    rest = split.account_fen + split.mutual_fen + split.hospital_fen
    return total_fen - rest - split.cash_fen, split.account_fen, split.mutual_fen, split.hospital_fen


def _take_shares(tx: Tx, settlement: Settlement, insured: Insured, answer: Answered) -> None:
    bureau = tx.parties.bureau
    includes = bureau is not None and bureau.province.fund_includes_account
    warnings = split_warnings(answer.split, fund_includes_account=includes, lines_fen=settlement.bureau_fen)
    rows.shares(
        tx,
        insured,
        answer.split,
        max(by_payer(settlement.bureau_fen, answer.split)[0], 0),
        [warning.text() for warning in warnings],
        answer.clr_type,
        answer.clr_optins,
    )


def _cancelled(tx: Tx, settlement: Settlement, _call: InsuranceCall, output: dict[str, Any]) -> None:
    insured = _of(tx, settlement)
    rows.cancelled(tx, insured, outputs.settlement(output).setl_id)
    for payment in outside.payments_of(tx, settlement.id):
        if payment.kind in INSURANCE and payment.state == "PAID":
            outside.step(tx, payment.id, "REFUNDED")


def _reversed(tx: Tx, settlement: Settlement, call: InsuranceCall, _output: dict[str, Any]) -> None:
    """Nothing of the lost transaction stands."""
    if call.reverses is not None:
        rows.step_call(tx, call.reverses, "REVERSED", finding="reversed by 2601")
    outcomes.known_again(tx, settlement)


def _look_again(tx: Tx, settlement: Settlement, reversal: InsuranceCall) -> None:
    """Nothing was there to reverse. A slow bureau may book the settlement yet."""
    lost = next((call for call in rows.calls_of(tx, settlement.id) if call.id == reversal.reverses), None)
    if lost is not None and lost.infno == chain.SETTLE:
        late.look_again(tx, lost.id)


def _withdrawn_at(infno: str) -> Callable[[Tx, Settlement, InsuranceCall, dict[str, Any]], None]:
    return lambda tx, settlement, _call, _output: _withdrawn(tx, settlement, infno)


def _of(tx: Tx, settlement: Settlement) -> Insured:
    """The visit that is being worked at: one's own, or that of the bill that goes back."""
    insured = rows.current(tx, settlement.id)
    if insured is None and settlement.refunds is not None:
        insured = rows.of_bill(tx, settlement.refunds)
    assert insured is not None
    return insured


_SUCCESS: Final[dict[str, Callable[[Any, Any, Any, Any], None]]] = {
    chain.SIGN_IN: _signed_in,
    chain.PERSON: _person,
    chain.OPEN_VISIT: _opened,
    chain.CANCEL_VISIT: _withdrawn_at(chain.CANCEL_VISIT),
    chain.DESCRIBE_VISIT: _described,
    chain.UPLOAD_FEES: _uploaded,
    chain.CANCEL_FEES: _withdrawn_at(chain.CANCEL_FEES),
    chain.PRESETTLE: _quoted,
    chain.SETTLE: _settled,
    chain.CANCEL_SETTLEMENT: _cancelled,
    chain.REVERSE: _reversed,
}


def unconfirmed(settlement: Settlement) -> SalePlan | RefundPlan:
    """The plan without the tenders that failed: the cashier chooses others for the patient's share, or agrees anew to what goes back."""
    if settlement.kind is SettlementKind.CONVERT:
        return msgspec.structs.replace(settlement.refund(), confirmed=False)
    return msgspec.structs.replace(settlement.sale(), confirmed=False, tenders=(), change_fen=0, rounding_fen=0)
