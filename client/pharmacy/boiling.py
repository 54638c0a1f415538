"""代煎 before it is paid: whether the clinic boils the slices under review, what that costs, and the pharmacist who settles it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.action import Action
from client.pharmacy.model import BEING_SENT, NOTHING_TO_REVIEW, Mode
from common.domain.dosage import plain
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.herbal import ChooseDecoction, GetDecoctionFee
from common.permissions import Permission

if TYPE_CHECKING:
    from client.pharmacy.review import Review
    from client.pharmacy.view.desk import PharmacyDesk
    from common.errors import XinglinError
    from common.messages.consult import PrescriptionFacts
    from common.messages.herbal import DecoctionFees

NO_SLICES: Final = N_("boil|It is no prescription of slices.")


def row(desk: PharmacyDesk) -> Action:
    """Alt+J, as data."""
    title = N_("boil|Boil here or at home")
    return Action(
        id="boil",
        title=title,
        key="Alt+J",
        run=lambda: turn(desk),
        needs=Permission.PHARMACY_REVIEW,
        enabled=lambda _model: may(desk),
        bar=False,
    )


def may(desk: PharmacyDesk) -> bool | str:
    """For Alt+J: slices under review."""
    model = desk.model
    if model.returns.shown or model.mode is not Mode.REVIEW or model.review is None:
        return NOTHING_TO_REVIEW
    if model.review.facts.herbal is None:
        return NO_SLICES
    return BEING_SENT if model.review.deciding else True


def read(desk: PharmacyDesk, review: Review) -> None:
    """What boiling them costs."""
    if review.facts.herbal is not None:
        desk.send(GetDecoctionFee(prescription_id=review.facts.id), lambda found: _fees_came(desk, review, found))


def _fees_came(desk: PharmacyDesk, review: Review, found: DecoctionFees) -> None:
    review.boiling = found.fees
    desk.show_work()


def turn(desk: PharmacyDesk) -> None:
    """Alt+J: the clinic boils it, or the patient does; the fee goes with that."""
    review = desk.model.review
    if review is None or review.facts.herbal is None or review.deciding:
        return
    review.deciding = True
    request = ChooseDecoction(prescription_id=review.facts.id, decoct=not review.facts.herbal.decoct)
    desk.send(request, lambda facts: _settled(desk, review, facts), lambda error: _not_settled(desk, review, error))


def _settled(desk: PharmacyDesk, review: Review, facts: PrescriptionFacts) -> None:
    review.deciding, review.facts = False, facts
    desk.tell(words(review))
    desk.show_work()


def _not_settled(desk: PharmacyDesk, review: Review, error: XinglinError) -> None:
    review.deciding = False
    desk.fail(error)


def words(review: Review) -> str:
    """Who boils it and what that costs."""
    if review.facts.herbal is None:
        return ""
    if not review.facts.herbal.decoct:
        return tr("boil|The patient boils it at home (Alt+J: boil it here).")
    if review.boiling is None:
        return tr("boil|Boiled here.")
    if not review.boiling:
        return tr("boil|Boiled here. The clinic set no fee for that, so it costs nothing.")
    fees = tr("list separator|, ").join(
        tr(
            "boil|{name} ¥{price} × {n} = {amount}",
            name=fee.name,
            price=plain(fee.price),
            n=plain(fee.quantity),
            amount=format_yuan(fee.amount_fen),
        )
        for fee in review.boiling
    )
    return tr("boil|Boiled here. Charged with it: {fees}.", fees=fees)
