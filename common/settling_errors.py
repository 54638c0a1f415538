"""Refusals of settling, refunding and waiving; see :mod:`common.errors` for what an error is."""

from __future__ import annotations

from dataclasses import dataclass

from common.errors import Refusal, Trouble
from common.i18n import N_, tr


@dataclass(eq=False)
class LinesHeld(Refusal):
    """Another settlement is under way over one of the lines."""

    cashier: str
    settlement_id: int
    text = N_("{cashier} is settling these lines at this moment.")
    remedy = N_("Wait until that has ended, or ask {cashier}.")
    status = 409


@dataclass(eq=False)
class LineNotRefundable(Refusal):
    """A line cannot be taken back, or not so much of it. ``reason`` is an English source string."""

    name: str
    reason: str
    text = N_("{name} cannot be taken back: {reason}")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"name": self.name, "reason": tr(self.reason)}


@dataclass(eq=False)
class WaiverTooHigh(Refusal):
    """More is waived than the person's roles may waive alone."""

    waived_fen: int
    limit_fen: int
    text = N_("You may waive up to {limit_fen} alone, not {waived_fen}.")
    remedy = N_("Ask a second person to agree at this desk.")
    status = 403


class WaiverNeedsReason(Refusal):
    """A waiver without a reason."""

    text = N_("A waiver needs a reason.")
    remedy = N_("Type why, beside the amount.")
    status = 422


@dataclass(eq=False)
class TenderNotAllowed(Refusal):
    """A means of payment that cannot be used here. ``tender`` and ``reason`` are English source strings."""

    tender: str
    reason: str
    text = N_("{tender}: {reason}")

    def shown(self) -> dict[str, object]:
        return {"tender": tr(self.tender), "reason": tr(self.reason)}


@dataclass(eq=False)
class ChannelCodeWrong(Refusal):
    """What was scanned is no payment code, or one of another channel."""

    channel: str
    text = N_("This is no payment code of {channel}.")
    remedy = N_("Ask the patient to show the payment code and scan it again.")
    status = 422

    def shown(self) -> dict[str, object]:
        return {"channel": tr(self.channel)}


@dataclass(eq=False)
class NotConnected(Refusal):
    """The clinic has no line to this party."""

    party: str
    text = N_("{party} is not connected to this clinic's service.")
    remedy = N_("Take another means of payment; the administrator can connect it.")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"party": tr(self.party)}


@dataclass(eq=False)
class PaymentRefused(Refusal):
    """A channel did not collect. ``message`` is its own words."""

    channel: str
    message: str
    text = N_("{channel} did not collect: {message}")
    remedy = N_("Nothing was taken. Ask for another code or another means of payment.")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"channel": tr(self.channel), "message": self.message}


class CodeLost(Refusal):
    """The service restarted before the payment code was sent; codes are never stored."""

    text = N_("The payment was not sent, because the service was restarted.")
    remedy = N_("Nothing was taken. Scan a new code.")
    status = 409


class GivenUp(Refusal):
    """The cashier gave the settlement up."""

    text = N_("The settlement was given up.")
    remedy = N_("What had been collected went back.")
    status = 409


@dataclass(eq=False)
class InsuranceRefused(Refusal):
    """The bureau said no. ``message`` is its own words, shown word for word."""

    step: str
    message: str
    text = N_("Insurance ({step}): {message}")
    remedy = N_("Settle as self-pay now; it can be changed to insurance later.")
    status = 409


class InsuranceLineDown(Refusal):
    """No answer from the bureau after several tries; nothing was settled there."""

    text = N_("The insurance does not answer.")
    remedy = N_("Settle as self-pay now; it can be changed to insurance later.")
    status = 409


@dataclass(eq=False)
class InsuranceChoiceNeeded(Refusal):
    """The person is insured in several ways. ``choices``: insutype and its name."""

    choices: dict[str, str]
    text = N_("The patient is insured in several ways: {choices}")
    remedy = N_("Choose one.")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"choices": tr("list separator|, ").join(self.choices.values())}


@dataclass(eq=False)
class NotInsured(Refusal):
    """No valid insurance of this person. ``status_text`` is what the bureau says."""

    status_text: str
    text = N_("The insurance is not valid: {status_text}")
    remedy = N_("Settle as self-pay.")
    status = 409


@dataclass(eq=False)
class NotMapped(Refusal):
    """Lines without a valid national code cannot be sent to the insurance."""

    names: list[str]
    text = N_("No insurance code is mapped for: {names}")
    remedy = N_("Untick these lines and settle them as self-pay, or have them mapped (insurance desk).")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"names": tr("list separator|, ").join(self.names)}


@dataclass(eq=False)
class InsuranceDataMissing(Refusal):
    """Something that the bureau demands is not in the clinic's data. ``what`` are English source strings."""

    what: list[str]
    text = N_("The insurance demands what is missing here: {what}")
    remedy = N_("Enter it at the insurance desk, or settle as self-pay.")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"what": tr("list separator|, ").join(tr(part) for part in self.what)}


@dataclass(eq=False)
class OtherPerson(Refusal):
    """The certificate is another person's (基金条例 Art. 15: identity must be checked)."""

    insured: str
    patient: str
    text = N_("The certificate is {insured}'s, the file is {patient}'s.")
    remedy = N_("Check who stands at the counter; use that person's own certificate.")
    status = 409


@dataclass(eq=False)
class NotConvertible(Refusal):
    """A bill that cannot be settled with the insurance after all. ``reason`` is an English source string."""

    number: str
    reason: str
    text = N_("Bill {number} cannot be changed to insurance: {reason}")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"number": self.number, "reason": tr(self.reason)}


@dataclass(eq=False)
class TooLateToConvert(Refusal):
    """The clinic's rule allows so many days."""

    sold_on: str
    days: int
    text = N_("It was paid on {sold_on}; a bill can be changed to insurance for {days} days only.")
    remedy = N_("The patient can hand the receipt in at the insurance bureau.")
    status = 409


class OutsideUnclear(Trouble):
    """A step outside has no known outcome; it is being asked again."""

    text = N_("It is not known yet whether this was carried out outside.")
    remedy = N_("The service goes on asking. Do not take the money a second time.")
