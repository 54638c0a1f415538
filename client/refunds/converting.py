"""Changing a self-paid bill to insurance 自费转医保: ask the insurance, see what goes back, agree to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from client.insured import E_CERTIFICATE, ID_NUMBER, Insured, is_token
from client.refunds import taking
from client.refunds.model import SENDING, Told
from client.settlements import ENDED, failure
from common.i18n import N_, tr
from common.messages.cashier import INSURANCE
from common.messages.conversion import ConfirmConversion, ConvertToInsurance
from common.messages.settlement import CancelSettlement, SettlementKind
from common.settling_errors import GivenUp, InsuranceChoiceNeeded
from common.wire import new_request_id

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from client.refunds.model import RefundModel
    from client.refunds.view.desk import RefundDesk
    from common.errors import XinglinError
    from common.messages.settlement import SettlementFacts
    from devices.idcard.protocol import IdCard

#: Why it was not settled with the insurance at once, as cashiers say it; the first is the usual one.
REASONS: Final = (
    N_("convert reason|No card at hand then"),
    N_("convert reason|The insurance could not be reached"),
    N_("convert reason|Settled as self-pay by mistake"),
)


@dataclass
class Conversion:
    """What is going to be said to the insurance about the bill in hand, and what came of it. No Qt."""

    insured: Insured = field(default_factory=Insured)
    reason: str = REASONS[0]
    asking: bool = False  # the form is shown
    sending: bool = False
    trouble: XinglinError | str = ""
    approval_id: int | None = None
    _sent: tuple[object, str] | None = None

    def request_id(self, request: object) -> str:
        """The id for ``request``: the same while it says the same, so that a second try is the same act."""
        if self._sent is None or self._sent[0] != request:
            self._sent = (request, new_request_id())
        return self._sent[1]


def quoted(model: RefundModel) -> SettlementFacts | None:
    """The conversion in hand whose quote waits for the patient's word."""
    facts = model.watched
    return facts if facts is not None and facts.kind is SettlementKind.CONVERT and facts.state == "QUOTED" else None


def may_start(model: RefundModel) -> bool | str:
    """Whether the bill in hand can be changed to insurance; else the reason why not."""
    if model.bill is None:
        return N_("refund|Find the bill first: scan the receipt, or F2.")
    if model.bill.bill.state != "STANDS":
        return N_("refund|This bill does not stand any more; go to the one that does.")
    if any(payment.tender in INSURANCE for payment in model.bill.payments):
        return N_("convert|This bill was settled with the insurance already.")
    if model.held or quoted(model) is not None:
        return N_("refund|The refund is under way.")
    return True


# --- what the desk shows, and what its keys do --------------------------------------------------------------------------------------


def shown(desk: RefundDesk) -> QWidget | None:
    """What stands in the zone on the right because of this, if anything does."""
    if quoted(desk.model) is not None:
        return desk.convert_quote
    return desk.convert_form if desk.conversion.asking and desk.model.waiting is None else None


def verb(desk: RefundDesk) -> str:
    """What F12 does, as a source string."""
    widget = shown(desk)
    if widget is None:
        return N_("verb|Take back")
    return N_("verb|Ask the insurance") if widget is desk.convert_form else N_("verb|Change to insurance")


def may_finish(desk: RefundDesk) -> bool | str:
    """Whether F12 can be pressed now; else the reason why not."""
    if desk.conversion.sending:
        return SENDING
    return True if shown(desk) is not None else desk.model.hindrance() or True


def finish(desk: RefundDesk) -> None:
    """F12."""
    widget = shown(desk)
    if widget is desk.convert_form:
        ask(desk)
    elif widget is desk.convert_quote:
        confirm(desk)
    else:
        taking.take_back(desk)


def back(desk: RefundDesk) -> bool:
    """Esc: away from the form, or the quote is given up."""
    facts = quoted(desk.model)
    if facts is not None:
        desk.send(CancelSettlement(settlement_id=facts.id), done=lambda facts: taking.begun(desk, facts))
    elif shown(desk) is not None:
        desk.conversion.asking = False
        desk.show_all()
        desk.bill.lines.setFocus()
    else:
        return False
    return True


# --- asking the insurance -----------------------------------------------------------------------------------------------------------


def start(desk: RefundDesk) -> None:
    """F8: how is the patient insured?"""
    desk.conversion = Conversion(insured=Insured.of(desk.patient), asking=True)
    desk.convert_form.show_conversion()
    desk.show_all()
    desk.convert_form.start()


def carded(desk: RefundDesk, card: IdCard) -> bool:
    """An ID card while the form is shown is the patient's certificate, if it is his. ``False``: it is for somebody else's bills."""
    patient = desk.patient
    if shown(desk) is not desk.convert_form or patient is None or patient.file.document_number != card.number:
        return False
    desk.conversion.insured.read(ID_NUMBER, card.number)
    ask(desk)
    return True


def scanned(desk: RefundDesk, code: str) -> bool:
    """An e-certificate while the form is shown, or a badge while the quote waits for a second person."""
    widget = shown(desk)
    if widget is desk.convert_quote:
        return desk.convert_quote.approval.isVisible() and desk.convert_quote.approval.scanned(code)
    if widget is not desk.convert_form or not is_token(code):
        return False
    desk.conversion.insured.read(E_CERTIFICATE, code)
    ask(desk)
    return True


def ask(desk: RefundDesk) -> None:
    """Ask the insurance what it pays of the bill in hand."""
    state, bill = desk.conversion, desk.model.bill
    why = state.insured.why_not()
    if why or bill is None or state.sending:
        desk.convert_form.say(why)
        return
    reason = tr(state.reason)
    request = ConvertToInsurance(bill_id=bill.bill.id, insured=state.insured.use(), reason=reason)
    state.sending, state.trouble = True, ""

    def done(facts: SettlementFacts) -> None:
        state.sending = state.asking = False
        taking.begun(desk, facts, Told(reason=reason))

    desk.send(request, done=done, failed=lambda error: _refused(desk, state, error), request_id=state.request_id(request))
    desk.show_all()


def _refused(desk: RefundDesk, state: Conversion, error: XinglinError) -> None:
    state.sending, state.trouble = False, error
    if state is not desk.conversion:
        desk.fail(error)
    elif shown(desk) is desk.convert_form:
        desk.convert_form.say(str(error))
    desk.show_all()


# --- following it -------------------------------------------------------------------------------------------------------------------


def follow(desk: RefundDesk, facts: SettlementFacts) -> None:
    """A conversion took a step."""
    watched = desk.model.watched
    in_hand = watched is not None and watched.id == facts.id
    before = next((each.state for each in desk.model.open if each.id == facts.id), "")
    desk.model.take_settlement(facts)
    if facts.state in ENDED and desk.waiting.drop(facts.id):
        told = taking.told_of(desk, facts)
        if facts.refunded is not None:
            taking.taken_back(desk, facts, facts.refunded, told, in_hand=in_hand)
        else:
            _given_up(desk, facts, in_hand=in_hand)
    elif facts.state == "QUOTED" and in_hand:
        _show_quote(desk, facts)
    elif in_hand:
        desk.convert_quote.forget()
    elif facts.state == "QUOTED" and before != "QUOTED" and facts.id in desk.waiting.ids:
        desk.tell(tr("convert|The insurance has quoted for {patient} (F4).", patient=facts.patient_name), "info")
    desk.show_all()


def _show_quote(desk: RefundDesk, facts: SettlementFacts) -> None:
    """The quote is here, or another one: the hand is where something is to be done."""
    fresh = desk.convert_quote.facts is None or desk.convert_quote.facts.id != facts.id or desk.convert_quote.facts.state != "QUOTED"
    refusal = failure(facts)
    if fresh:
        desk.conversion.approval_id = None
        desk.conversion.trouble = refusal or ""
    desk.convert_quote.show_settlement(facts)
    desk.show_all()
    if fresh:
        desk.convert_quote.start()


def confirm(desk: RefundDesk) -> None:
    """F12 on the quote: the patient agrees."""
    facts, state = quoted(desk.model), desk.conversion
    if facts is None or facts.conversion is None or facts.conversion.back_fen is None or state.sending:
        return
    if facts.conversion.needs_approval and state.approval_id is None:
        desk.convert_quote.approval.login.setFocus()
        desk.tell(tr(facts.conversion.needs_approval), "warning")
        return
    request = ConfirmConversion(settlement_id=facts.id, expected_back_fen=facts.conversion.back_fen, approval_id=state.approval_id)
    told = Told(reason=taking.told_of(desk, facts).reason, approver=desk.convert_quote.approval.approver)
    state.sending, state.trouble = True, ""

    def done(facts: SettlementFacts) -> None:
        state.sending, state.approval_id = False, None
        taking.begun(desk, facts, told)

    desk.send(request, done=done, failed=lambda error: _not_confirmed(desk, state, error), request_id=state.request_id(request))
    desk.show_all()


def _not_confirmed(desk: RefundDesk, state: Conversion, error: XinglinError) -> None:
    state.sending, state.trouble, state.approval_id = False, error, None
    desk.convert_quote.approval.clear()
    facts = quoted(desk.model)
    if facts is not None:
        taking.read(desk, facts.id)
    desk.show_all()


def _given_up(desk: RefundDesk, facts: SettlementFacts, *, in_hand: bool) -> None:
    """It ended, and the bill is as it was. With another choice about the insurance it is asked anew."""
    error = failure(facts) or GivenUp()
    if not in_hand:
        desk.tell(tr("convert|{patient}'s bill was not changed to insurance: {why}", patient=facts.patient_name, why=str(error)), "danger")
        return
    desk.ask_again()
    if isinstance(error, GivenUp):
        desk.tell(tr("convert|Given up; the bill is as it was."), "info")
        desk.bill.lines.setFocus()
        return
    state = desk.conversion
    if isinstance(error, InsuranceChoiceNeeded):
        state.insured.choices = error.choices
    state.asking = True
    desk.show_all()
    desk.convert_form.start()
    desk.convert_form.say("" if isinstance(error, InsuranceChoiceNeeded) else str(error))
