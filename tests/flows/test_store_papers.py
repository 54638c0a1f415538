"""The store's papers against the real service: what the pharmacy asks for arrives there, and damage is signed at another desk, by keys alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from common.messages.catalogue import StockRow
from common.messages.stock import SetMinStock
from common.messages.store import ReceiveStock
from common.messages.store_papers import AskedFor, AskStore, DraftPaper, PaperKind, SendTransfer, Taken
from tests import visits
from tests.client.registration.real_desk import RealDesk
from tests.harness import ZONE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Clinic

KEEPER = "kuyan"


def at_papers(clinic: Clinic, login: str, folder: Path) -> RealDesk:
    made = RealDesk(clinic, "store", login, folder)
    made.front()
    made.desk.go_to("papers")
    made.rest()
    made.desk.papers.table.setFocus()
    return made


def stored(clinic: Clinic, name: str) -> tuple[int, Decimal]:
    """Ten packs of a new batch in the store, and a minimum that the pharmacy is three packs short of; the drug, and its pack's size."""
    found = visits.drug(clinic, name)
    visits.supplier(clinic, "国药控股")
    expires = datetime.now(ZONE).date() + timedelta(days=400)
    row = StockRow(drug_code=found.code, lot="FLOW1", expires=expires, packs=Decimal(10), purchase_price=Decimal(8))
    keeper = clinic.desk(KEEPER)
    keeper.call(ReceiveStock(rows=(row,), supplier="国药控股", place="STORE"))
    pharmacy = (
        "SELECT on_hand FROM stock_level l JOIN stock_location o ON o.id = l.location_id WHERE o.code = 'PHARMACY' AND l.drug_id = %s"
    )
    there = clinic.database.value(pharmacy, found.id)
    keeper.call(SetMinStock(drug_id=found.id, min_stock=there + found.pack_size * 3))
    return found.id, found.pack_size


def lies(clinic: Clinic, code: str) -> Decimal:
    sql = (
        "SELECT coalesce(sum(b.on_hand), 0) FROM stock_balance b JOIN stock_location o ON o.id = b.location_id"
        " JOIN stock_batch s ON s.id = b.batch_id WHERE o.code = %s AND s.lot = 'FLOW1'"
    )
    return clinic.database.value(sql, code)  # type: ignore[no-any-return]


def test_the_keeper_serves_a_request_and_writes_damage_down(clinic: Clinic, screen: Path) -> None:
    drug_id, size = stored(clinic, "布洛芬")
    clinic.desk(visits.PHARMACIST).call(AskStore(lines=(AskedFor(drug_id=drug_id, quantity=size * 3),)))
    keeper = at_papers(clinic, KEEPER, screen)
    try:
        page, before = keeper.desk.papers, keeper.keys
        keeper.wait(lambda: page.side.paper is not None)
        keeper.press("F12")
        keeper.wait(lambda: len(page.editor.draft.lines) == 1)
        keeper.press("F12")
        keeper.wait(lambda: lies(clinic, "TRANSIT") == size * 3)
        assert keeper.keys - before == 2
        keeper.wait(lambda: clinic.database.value("SELECT count(*) FROM stock_paper_print") == 1)
        keeper.press("F3", "2", "Return")
        keeper.type("受潮")
        keeper.press("Return", "Return")
        keeper.type("flow1")
        keeper.press("Return")
        keeper.wait(lambda: page.editor.goods.entry() is not None and page.editor.quantity.hasFocus())
        keeper.type("1+5")
        keeper.press("Return", "F12")
        keeper.wait(lambda: "DRAFT" in {row.state for row in page.table.rows()})
    finally:
        keeper.close()
    draft = clinic.database.value(
        "SELECT l.quantity FROM stock_paper_line l JOIN stock_paper p ON p.id = l.paper_id WHERE p.state = 'DRAFT'"
    )
    assert (draft, lies(clinic, "QUARANTINE")) == (size + 5, Decimal(0))


def test_the_pharmacist_asks_receives_and_signs(clinic: Clinic, screen: Path) -> None:
    _, size = stored(clinic, "布洛芬")
    keeper = clinic.desk(KEEPER)
    pharmacist = at_papers(clinic, visits.PHARMACIST, screen)
    try:
        page, before = pharmacist.desk.papers, pharmacist.keys
        pharmacist.press("F3", "Return", "F7")
        pharmacist.wait(lambda: len(page.editor.draft.lines) == 1)
        pharmacist.press("F12")
        pharmacist.wait(lambda: [row.state for row in page.table.rows()] == ["OPEN"])
        assert pharmacist.keys - before == 4  # from the suggestion, without a word typed
        batch_id = clinic.database.value("SELECT id FROM stock_batch WHERE lot = 'FLOW1'")
        asked = page.table.current().number
        lines = (Taken(batch_id=batch_id, place="STORE", quantity=size * 3),)
        sent = keeper.call(SendTransfer(out_of="STORE", lines=lines, serves=asked)).entry.number
        pharmacist.wait(lambda: len(page.table.rows()) == 2)  # told by the change feed
        page.table.select(sent)
        pharmacist.wait(lambda: page.side.paper is not None and page.side.paper.entry.number == sent)
        pharmacist.press("F12")
        pharmacist.wait(lambda: lies(clinic, "PHARMACY") == size * 3)
        assert clinic.database.value("SELECT state FROM stock_paper WHERE kind = 'REQUEST'") == "SERVED"
        lines = (Taken(batch_id=batch_id, place="STORE", quantity=size),)
        damage = keeper.call(DraftPaper(kind=PaperKind.DAMAGE, lines=lines, reason="受潮")).entry.number
        pharmacist.wait(lambda: page.table.select(damage))
        pharmacist.wait(lambda: page.side.paper is not None and page.side.paper.entry.number == damage)
        pharmacist.press("F12")
        pharmacist.wait(lambda: lies(clinic, "QUARANTINE") == size)
    finally:
        pharmacist.close()


def test_what_expires_soon_is_given_back_from_its_alert(clinic: Clinic, screen: Path) -> None:
    """From the list of alerts: F12 writes the paper with all of the batch on it, F12 sends it."""
    found = visits.drug(clinic, "布洛芬")
    visits.supplier(clinic, "国药控股")
    expires = datetime.now(ZONE).date() + timedelta(days=20)
    row = StockRow(drug_code=found.code, lot="FLOW1", expires=expires, packs=Decimal(3), purchase_price=Decimal(8))
    clinic.desk(KEEPER).call(ReceiveStock(rows=(row,), supplier="国药控股", place="STORE"))
    keeper = RealDesk(clinic, "store", KEEPER, screen)
    try:
        keeper.front()
        page, papers = keeper.desk.go_to("alerts"), keeper.desk.papers
        keeper.wait(lambda: any(one.lot == "FLOW1" for one in page.table.rows()))
        page.table.setFocus()
        page.table.select(next(one.key for one in page.table.rows() if one.lot == "FLOW1"))
        keeper.press("F12")
        keeper.wait(lambda: len(papers.editor.draft.lines) == 1)
        assert papers.editor.draft.lines[0].quantity == found.pack_size * 3
        keeper.press("F12")
        keeper.wait(
            lambda: clinic.database.value("SELECT count(*) FROM stock_paper WHERE kind = 'SUPPLIER_RETURN' AND supplier = '国药控股'") == 1
        )
    finally:
        keeper.close()
