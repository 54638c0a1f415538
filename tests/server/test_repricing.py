"""Price changes: proposed by one, agreed to by another, valid once, with what lies there revalued and what is unpaid priced anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from common.counting_errors import PriceChangeWaits
from common.domain.money import pack_amount
from common.errors import AmountChanged, FieldWrong, NotPermitted, WrongState
from common.messages.cashier import GetUnpaid, Settle
from common.messages.catalogue import DrugFacts
from common.messages.catalogue_attributes import GetDrugPage
from common.messages.consult import PrescriptionFacts
from common.messages.repricing import (
    ApplyPriceChanges,
    ApprovePriceChange,
    ChangedPrice,
    FindPricedDrugs,
    GetPriceChange,
    ListPriceChanges,
    PriceChange,
    PrintPriceChange,
    ProposePriceChange,
    WithdrawPriceChange,
)
from common.messages.settlement import Approve
from common.money_errors import ApprovalNeeded, ApprovalNotValid, SamePerson
from installer.sample import PASSWORD
from server.people import system_actor
from tests import visits
from tests.harness import Clinic
from tests.server.office import Office, at_once, successes

KEEPER, MANAGER = "kuyan", "yuanzhang"
D = Decimal


def proposed(office: Office, *drugs: tuple[DrugFacts, Decimal], days: int = 0) -> PriceChange:
    lines = tuple(ChangedPrice(drug_id=drug.id, price=price) for drug, price in drugs)
    at = office.clock.now() + timedelta(days=days) if days else None
    return office.desk(KEEPER).call(ProposePriceChange(lines=lines, reason="进价上调", authority="〔2026〕12 号", effective_at=at))


def agreed(office: Office, change: PriceChange, who: str = MANAGER) -> PriceChange:
    ask = Approve(act="price_change", subject_id=change.entry.id, login=who, password=PASSWORD)
    return office.desk(KEEPER).call(ApprovePriceChange(change_id=change.entry.id, approval_id=office.desk(KEEPER).call(ask).approval_id))


def rounds(office: Office) -> int:
    """What the service's round does, until nothing is due; how often it did something."""
    done = 0
    while office.dispatch.perform(ApplyPriceChanges(), system_actor(office.connections)).body != b'{"number":""}':
        done += 1
    return done


def price(office: Office, drug: DrugFacts) -> Decimal:
    return D(office.rows("SELECT price FROM drug WHERE id = %s", drug.id)[0][0])


def signed(office: Office, name: str = "布洛芬") -> tuple[int, PrescriptionFacts]:
    patient = visits.new_patient(office)
    visit = visits.register(office, patient.id)
    visits.consult(office, visit.visit_id)
    return patient.id, visits.prescribe(office, visit.visit_id, name)


def due(office: Office, patient_id: int) -> int:
    return sum(line.amount_fen for line in office.desk(visits.CASHIER).call(GetUnpaid(patient_id=patient_id)).lines)


def money(office: Office, prescription: PrescriptionFacts) -> tuple[int, int]:
    """What the prescription and its lines come to."""
    return office.rows(
        "SELECT p.amount_fen, sum(l.amount_fen)::bigint FROM prescription p JOIN prescription_line l ON l.prescription_id = p.id"
        " WHERE p.id = %s GROUP BY p.id",
        prescription.id,
    )[0]


def test_nothing_changes_before_a_second_person_agreed(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    old = price(office, found)
    change = proposed(office, (found, old + 1))
    assert (change.entry.state, change.entry.number[0], price(office, found)) == ("PROPOSED", "J", old)
    assert rounds(office) == 0
    with pytest.raises(ApprovalNeeded):
        office.desk(KEEPER).call(ApprovePriceChange(change_id=change.entry.id))
    with pytest.raises(SamePerson):
        agreed(office, change, KEEPER)
    done = agreed(office, change)
    assert (done.entry.state, done.entry.approved_by, price(office, found)) == ("APPLIED", done.entry.approved_by, old + 1)
    assert done.entry.applied_at is not None
    with pytest.raises(WrongState):
        agreed(office, change)


def test_each_place_has_its_profit_or_loss(own_office: Office) -> None:
    office = own_office
    up, down = visits.drug(office, "布洛芬"), visits.drug(office, "氯雷他定")
    before = {drug.id: price(office, drug) for drug in (up, down)}
    on_hand = dict(office.rows("SELECT drug_id, sum(on_hand) FROM stock_level GROUP BY drug_id"))
    done = agreed(office, proposed(office, (up, before[up.id] + 2), (down, before[down.id] - 1)))
    values = {line.drug_id: (line.value_fen, [place.place for place in line.places]) for line in done.lines}
    assert values == {
        up.id: (int(on_hand[up.id] / up.pack_size * 200), ["PHARMACY"]),
        down.id: (-int(on_hand[down.id] / down.pack_size * 100), ["PHARMACY"]),
    }
    assert done.entry.value_fen == sum(value for value, _ in values.values())
    kept = office.rows("SELECT sum(value_fen) FROM price_change_value")[0][0]
    assert kept == done.entry.value_fen
    history = office.desk(KEEPER).call(GetDrugPage(drug_id=up.id)).prices
    assert [(entry.price, entry.document) for entry in history] == [(before[up.id] + 2, done.entry.number), (before[up.id], "")]


def test_it_becomes_valid_at_its_moment_and_once(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    old = price(office, found)
    later = agreed(office, proposed(office, (found, old * 2), days=2))
    assert (later.entry.state, price(office, found)) == ("APPROVED", old)
    assert rounds(office) == 0
    office.clock.by = timedelta(days=2, seconds=1)
    system = system_actor(office.connections)
    answers = at_once(*(lambda: office.dispatch.perform(ApplyPriceChanges(), system).body for _ in range(3)))
    assert sorted(later.entry.number.encode() in body for body in answers) == [False, False, True]
    assert price(office, found) == old * 2
    assert rounds(office) == 0
    assert office.rows("SELECT count(*) FROM price_change_value")[0][0] == 1
    assert office.rows("SELECT count(*) FROM drug_price WHERE document = %s", later.entry.number)[0][0] == 1


def test_what_became_due_while_the_service_was_down_holds_from_its_first_answer(clinic: Clinic, tmp_path: Path) -> None:
    keeper = clinic.desk(KEEPER)
    drug = keeper.call(FindPricedDrugs(text="布洛芬")).drugs[0]
    lines = (ChangedPrice(drug_id=drug.drug_id, price=drug.price + 1),)
    later = datetime.now(UTC) + timedelta(hours=1)
    change = keeper.call(ProposePriceChange(lines=lines, reason="进价上调", effective_at=later)).entry
    yes = keeper.call(Approve(act="price_change", subject_id=change.id, login=MANAGER, password=PASSWORD)).approval_id
    assert keeper.call(ApprovePriceChange(change_id=change.id, approval_id=yes)).entry.state == "APPROVED"
    clinic.stop()
    clinic.database.run("UPDATE price_change SET effective_at = approved_at WHERE id = %s", change.id)
    again = Clinic(clinic.database, tmp_path)
    again.start()
    state = again.desk(KEEPER).call(GetPriceChange(change_id=change.id)).entry.state
    again.stop()
    assert state == "APPLIED"


def test_what_is_unpaid_costs_the_new_price_and_what_is_paid_the_old(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    old = price(office, found)
    _, to_review = signed(office)
    patient, to_pay = signed(office)
    paid_patient, paid = signed(office)
    for prescription in (to_pay, paid):
        visits.approve(office, prescription.id)
    visits.settle_all(office, paid_patient)
    shown = due(office, patient)
    quantity = to_pay.lines[0].quantity
    costs = pack_amount(old * 3, found.pack_size, quantity)
    done = agreed(office, proposed(office, (found, old * 3)))
    assert money(office, to_review) == money(office, to_pay) == (costs, costs)
    assert money(office, paid) == (shown, shown)
    assert {entry.number: (entry.was_fen, entry.now_fen, entry.kept) for entry in done.unpaid} == {
        to_review.number: (shown, costs, False),
        to_pay.number: (shown, costs, False),
    }
    lines = office.desk(visits.CASHIER).call(GetUnpaid(patient_id=patient)).lines
    stale = Settle(patient_id=patient, line_ids=tuple(line.id for line in lines), expected_fen=shown, tenders=visits.cash(shown))
    with pytest.raises(AmountChanged) as refused:
        office.desk(visits.CASHIER).call(stale)
    assert (refused.value.shown_fen, refused.value.due_fen) == (shown, costs)
    visits.settle_all(office, patient)
    visits.approve(office, to_review.id)
    charged = office.rows("SELECT amount_fen, unit_price FROM charge_line WHERE prescription_id = %s", to_review.id)
    assert [row[0] for row in charged] == [costs]


def test_who_is_paying_at_this_moment_pays_what_they_were_asked_for(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    patient, prescription = signed(office)
    visits.approve(office, prescription.id)
    shown = due(office, patient)
    office.database.run(
        "WITH s AS (INSERT INTO settlement (kind, state, patient_id, plan, expected_fen, cashier_id, opened_at)"
        " SELECT 'SALE', 'OPEN', patient_id, '{}', 100, doctor_id, now() FROM prescription WHERE id = %s RETURNING id)"
        " UPDATE charge_line SET settlement_id = (SELECT id FROM s) WHERE prescription_id = %s",
        prescription.id,
        prescription.id,
    )
    done = agreed(office, proposed(office, (found, price(office, found) * 3)))
    assert [(entry.number, entry.was_fen, entry.now_fen, entry.kept) for entry in done.unpaid] == [
        (prescription.number, shown, shown, True)
    ]
    assert money(office, prescription) == (shown, shown)


def test_what_nobody_agreed_to_yet_is_corrected_by_another_paper(own_office: Office) -> None:
    office = own_office
    drug, other = visits.drug(office, "布洛芬"), visits.drug(office, "氯雷他定")
    was = price(office, drug), price(office, other)
    first = proposed(office, (drug, price(office, drug) + 1))
    keeper = office.desk(KEEPER)
    ask = Approve(act="price_change", subject_id=first.entry.id, login=MANAGER, password=PASSWORD)
    yes = keeper.call(ask).approval_id
    lines = (ChangedPrice(drug_id=drug.id, price=price(office, drug) + 2), ChangedPrice(drug_id=other.id, price=price(office, other) + 1))
    request = ProposePriceChange(lines=lines, reason="少写一种", replaces=first.entry.id)
    anew = keeper.call(request)
    old = keeper.call(GetPriceChange(change_id=first.entry.id)).entry
    assert (old.state, old.void_reason) == ("VOIDED", f"→ {anew.entry.number}")
    with pytest.raises(ApprovalNotValid):  # what was agreed to was the paper before
        keeper.call(ApprovePriceChange(change_id=anew.entry.id, approval_id=yes))
    with pytest.raises(WrongState):
        keeper.call(ApprovePriceChange(change_id=first.entry.id, approval_id=yes))
    agreed(office, anew)
    assert (price(office, drug), price(office, other)) == (was[0] + 2, was[1] + 1)
    with pytest.raises(WrongState):  # it is valid, and is not rewritten
        keeper.call(ProposePriceChange(lines=(ChangedPrice(drug_id=drug.id, price=was[0]),), reason="改回", replaces=anew.entry.id))


def test_a_correction_that_is_refused_leaves_the_first_paper(own_office: Office) -> None:
    office = own_office
    drug = visits.drug(office, "布洛芬")
    first = proposed(office, (drug, price(office, drug) + 1))
    with pytest.raises(FieldWrong):
        lines = (ChangedPrice(drug_id=drug.id, price=price(office, drug)),)
        office.desk(KEEPER).call(ProposePriceChange(lines=lines, reason="写错了", replaces=first.entry.id))
    assert office.desk(KEEPER).call(GetPriceChange(change_id=first.entry.id)).entry.state == "PROPOSED"
    outcomes = at_once(
        lambda: agreed(office, first),
        lambda: office.desk(KEEPER).call(
            ProposePriceChange(lines=(ChangedPrice(drug_id=drug.id, price=price(office, drug) + 3),), reason="改", replaces=first.entry.id)
        ),
    )
    assert len(successes(outcomes)) == 1


def test_what_cannot_be_proposed(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    old = price(office, found)
    for lines, days in (
        (((found, old),), 0),
        (((found, D(-1)),), 0),
        (((found, old + 1), (found, old + 2)), 0),
        (((found, old + 1),), -1),
    ):
        with pytest.raises(FieldWrong):
            proposed(office, *lines, days=days)
    office.database.run("UPDATE drug SET price_ceiling = %s WHERE id = %s", old + 5, found.id)
    with pytest.raises(FieldWrong):
        proposed(office, (found, old + 6))
    waits = proposed(office, (found, old + 5))
    with pytest.raises(PriceChangeWaits) as refused:
        proposed(office, (found, old + 4))
    assert refused.value.number == waits.entry.number
    gone = office.desk(KEEPER).call(WithdrawPriceChange(change_id=waits.entry.id, reason="价格有误"))
    assert (gone.entry.state, gone.entry.void_reason) == ("VOIDED", "价格有误")
    with pytest.raises(WrongState):
        agreed(office, waits)
    assert proposed(office, (found, old + 4)).entry.state == "PROPOSED"
    assert price(office, found) == old
    with pytest.raises(NotPermitted):
        office.desk(visits.PHARMACIST).call(WithdrawPriceChange(change_id=waits.entry.id, reason="价格有误"))


def test_found_listed_and_printed(own_office: Office) -> None:
    office = own_office
    (only,) = office.desk(KEEPER).call(FindPricedDrugs(text=visits.drug(office, "布洛芬").code)).drugs
    assert only.price == price(office, visits.drug(office, "布洛芬"))
    assert only.last_purchase is not None
    change = proposed(office, (visits.drug(office, "布洛芬"), only.price + 1))
    worth = int(only.on_hand / only.pack_size * 100)
    assert office.desk(KEEPER).call(ListPriceChanges()).changes[0].value_fen == worth
    assert office.desk(KEEPER).call(GetPriceChange(change_id=change.entry.id)) == change
    assert [office.desk(KEEPER).call(PrintPriceChange(change_id=change.entry.id)).copy for _ in range(2)] == [1, 2]
