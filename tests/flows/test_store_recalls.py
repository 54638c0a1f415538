"""The way of a batch, quarantine and a recall at the store's desk against the real service, by keys and scans alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from common.messages.catalogue import StockRow
from common.messages.consult import PrescriptionKind, SignPrescription
from common.messages.store import ReceiveStock
from installer.sample import PASSWORD
from tests import visits
from tests.client.registration.real_desk import RealDesk
from tests.harness import ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.harness import Clinic

KEEPER = "kuyan"
LOT = "ZH2611"
D = Decimal


@pytest.fixture
def pharmacist(clinic: Clinic, screen: Path) -> Iterator[RealDesk]:
    made = RealDesk(clinic, "store", visits.PHARMACIST, screen)
    made.front()
    yield made
    made.close()


def handed_out(clinic: Clinic, name: str, packs: int) -> int:
    """A patient who got some of the lot."""
    patient = visits.new_patient(clinic, name)
    visit = visits.register(clinic, patient.id)
    visits.consult(clinic, visit.visit_id)
    drug = visits.drug(clinic, "蒙脱石")
    lines = (visits.line(drug, quantity=drug.pack_size * packs),)
    facts = clinic.desk(visits.DOCTOR).call(SignPrescription(visit_id=visit.visit_id, kind=PrescriptionKind.ORDINARY, lines=lines))
    visits.approve(clinic, facts.id)
    visits.settle_all(clinic, patient.id)
    visits.hand_over(clinic, facts.id)
    return patient.id


def receive(clinic: Clinic, lot: str = LOT) -> None:
    """The lot, so near its expiry that it goes out first."""
    drug = visits.drug(clinic, "蒙脱石")
    visits.supplier(clinic, "国药控股")
    expires = datetime.now(ZONE).date() + timedelta(days=40)
    row = StockRow(drug_code=drug.code, lot=lot, expires=expires, packs=D(20), purchase_price=D(9), made=expires - timedelta(days=400))
    clinic.desk(KEEPER).call(ReceiveStock(rows=(row,), supplier="国药控股", invoice="FP2611", inspector="顾砚"))


def test_a_batch_is_followed_kept_out_of_use_and_released(pharmacist: RealDesk, clinic: Clinic) -> None:
    receive(clinic)
    handed_out(clinic, "何一", 2)
    desk = pharmacist.desk
    page = desk.go_to("way")
    pharmacist.press("F2")
    pharmacist.type(LOT)
    pharmacist.wait(lambda: [row.lot for row in page.lots.rows()] == [LOT] and len(page.steps.rows()) == 2)
    assert "何一" not in page.steps.as_text()
    pharmacist.press("F11")
    pharmacist.wait(lambda: "何一" in page.steps.as_text())
    text = page.steps.as_text()
    for words in ("入库", "国药控股", "发药", "药房"):
        assert words in text, words
    before = pharmacist.keys
    pharmacist.press("F12", "Return")
    assert pharmacist.keys - before == 2
    pharmacist.wait(lambda: page.way is not None and page.way.lot.paper)
    pharmacist.wait(lambda: page.approval.isVisible())
    assert "不合格区" in page.facts.text()
    pharmacist.press("Alt+3")
    pharmacist.type("复检合格")
    pharmacist.press("Return")
    page.approval.login.setFocus()
    pharmacist.type(KEEPER)
    pharmacist.press("Return")
    pharmacist.type(PASSWORD)
    pharmacist.press("Return")
    pharmacist.wait(lambda: page.approval.approval_id is not None)
    pharmacist.press("F12")
    pharmacist.wait(lambda: page.way is not None and not page.way.lot.paper)
    assert "不合格区" not in page.facts.text()


def test_a_recall_from_the_notice_to_the_report(pharmacist: RealDesk, clinic: Clinic) -> None:
    receive(clinic)
    for name, packs in (("何一", 2), ("何二", 1), ("何三", 3)):
        handed_out(clinic, name, packs)
    desk = pharmacist.desk
    desk.go_to("way")
    pharmacist.press("F2")
    pharmacist.type(LOT)
    pharmacist.wait(lambda: desk.way.way is not None and desk.way.way.lot.lot == LOT)
    pharmacist.press("F3")
    page = desk.recalls
    pharmacist.wait(lambda: page.form.document.hasFocus())
    pharmacist.type("药监召字7号")
    pharmacist.press("F12", "Return")
    pharmacist.wait(lambda: len(page.recalls.rows()) == 1)
    assert "3" in page.people.text()
    pharmacist.press("F11")
    pharmacist.wait(lambda: [row.patient_name for row in page.patients.rows()] == ["何三", "何二", "何一"])
    pharmacist.press("Alt+2", "Return", "2", "F12")
    pharmacist.wait(lambda: page.recalls.current().to_call == 2 and page.patients.rows()[-1].outcome == "brings_back")
    assert page.patients.hasFocus()
    pharmacist.press("F6")
    pharmacist.wait(lambda: clinic.database.value("SELECT count(*) FROM recall_print") == 1)
    pharmacist.press("Alt+3", "3", "Tab", "Tab")
    pharmacist.type("电话通知")
    pharmacist.press("F12")
    pharmacist.wait(lambda: "2" in pharmacist.said)  # two were never called
    assert clinic.database.value("SELECT state FROM recall") == "OPEN"
    assert clinic.database.value("SELECT count(*) FROM audit_entry WHERE act = 'get_recall_patients'") >= 1
