"""Moves that no patient is behind take nothing that signed prescriptions hold, and expired stock is nothing that they could hold."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from common.messages.catalogue import StockRow
from common.messages.store import ReceiveStock
from common.messages.store_papers import DraftPaper, PaperKind, SendTransfer, Taken
from common.store_errors import HeldForPatients, NotEnoughInBatch
from tests import visits
from tests.server.office import Office

_FIND = "SELECT id FROM stock_batch WHERE drug_id = %s AND lot = %s"


def _shelf(clinic: Office) -> tuple[int, int, Decimal]:
    """A drug of which the pharmacy has two packs that are good and two that expired, and a prescription that holds one: both batches."""
    found = visits.drug(clinic, "布洛芬")
    others = "UPDATE stock_balance SET expires = %s WHERE drug_id = %s"
    clinic.database.run("UPDATE stock_batch SET expires = %s WHERE drug_id = %s", clinic.today - timedelta(days=1), found.id)
    clinic.database.run(others, clinic.today - timedelta(days=1), found.id)
    row = StockRow(
        drug_code=found.code, lot="GOOD", expires=clinic.today + timedelta(days=400), packs=Decimal(2), purchase_price=Decimal(3)
    )
    clinic.desk("kuyan").call(ReceiveStock(rows=(row,)))
    visit = visits.register(clinic, visits.new_patient(clinic).id).visit_id
    visits.consult(clinic, visit)
    visits.prescribe(clinic, visit, "布洛芬")
    held = clinic.database.value("SELECT reserved FROM stock_level WHERE drug_id = %s AND reserved > 0", found.id)
    expired = clinic.database.value("SELECT min(id) FROM stock_batch WHERE drug_id = %s AND lot <> 'GOOD'", found.id)
    return clinic.database.value(_FIND, found.id, "GOOD"), expired, held


def test_expired_stock_holds_no_promise(own_office: Office) -> None:
    good, expired, held = _shelf(own_office)
    there = own_office.database.value("SELECT on_hand FROM stock_balance WHERE batch_id = %s", good)
    keeper = own_office.desk("kuyan")
    pharmacist = own_office.desk(visits.PHARMACIST)
    with pytest.raises(HeldForPatients) as refused:
        pharmacist.call(SendTransfer(out_of="PHARMACY", lines=(Taken(batch_id=good, place="PHARMACY", quantity=there - held + 1),)))
    assert (refused.value.left, refused.value.held) == (there - held, held)
    pharmacist.call(SendTransfer(out_of="PHARMACY", lines=(Taken(batch_id=good, place="PHARMACY", quantity=there - held),)))
    lines = (Taken(batch_id=expired, place="PHARMACY", quantity=Decimal(1)),)
    assert keeper.call(DraftPaper(kind=PaperKind.DAMAGE, lines=lines, reason="过期")).entry.state == "DRAFT"


def test_a_batch_gives_no_more_than_it_has_though_others_have_it(own_office: Office) -> None:
    good, _, held = _shelf(own_office)
    there = own_office.database.value("SELECT on_hand FROM stock_balance WHERE batch_id = %s", good)
    before = own_office.database.value("SELECT sum(on_hand) FROM stock_level")
    with pytest.raises((NotEnoughInBatch, HeldForPatients)):
        own_office.desk(visits.PHARMACIST).call(
            SendTransfer(out_of="PHARMACY", lines=(Taken(batch_id=good, place="PHARMACY", quantity=there + held),))
        )
    assert own_office.database.value("SELECT sum(on_hand) FROM stock_level") == before
