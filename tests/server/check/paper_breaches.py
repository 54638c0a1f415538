"""Breaches about the papers of the store, and the life that they are planted into."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common.messages.catalogue import StockRow
from common.messages.settlement import Approve
from common.messages.store import ReceiveStock
from common.messages.store_papers import (
    ApprovePaper,
    Arrived,
    AskedFor,
    AskStore,
    CallBackTransfer,
    DraftPaper,
    PaperFacts,
    PaperKind,
    ReceiveTransfer,
    SendTransfer,
    Taken,
    VoidPaper,
)
from installer.sample import PASSWORD
from tests import visits
from tests.server.check.planted import plant

if TYPE_CHECKING:
    from tests.harness import Clinic

_KEEPER, _MANAGER, _SUPPLIER = "kuyan", "yuanzhang", "九州通"


def _one(where: str) -> str:
    return f"(SELECT min(id) FROM stock_paper WHERE {where})"


_RECEIVED: Final = _one("state = 'RECEIVED'")
_SENT, _SERVED, _CALLED_BACK = _one("state = 'SENT'"), _one("state = 'SERVED'"), _one("state = 'CALLED_BACK'")
_DESTROYED: Final = _one("kind = 'DESTROY'")
_LAST: Final = "(SELECT max(id) FROM stock_paper)"

PAPERS: Final = (
    plant(
        "paper_moves",
        "UPDATE stock_move SET document = 'XH0' WHERE kind = 'DESTROY'",
    ),
    plant("transit_sent", f"UPDATE stock_paper_line SET quantity = quantity + 1 WHERE paper_id = {_SENT}", "paper_moves"),
    plant(
        "paper_arrival",
        f"UPDATE stock_paper_arrival SET received = received + 1 WHERE line_id = (SELECT min(id) FROM stock_paper_line WHERE paper_id = {_RECEIVED})",
        "paper_moves",
    ),
    plant("paper_signed", f"DELETE FROM stock_paper_step WHERE paper_id = {_DESTROYED}"),
    plant("paper_reversed", "UPDATE stock_paper SET reverses = NULL WHERE reverses IS NOT NULL", "paper_moves"),
    plant(
        "request_served",
        f"UPDATE stock_paper SET serves = NULL WHERE serves = {_SERVED}",
    ),
)
PAPER_STATES: Final = (
    plant(
        "stock_paper_state",
        "ALTER TABLE stock_paper DROP CONSTRAINT ck_stock_paper_state; ALTER TABLE stock_paper DROP CONSTRAINT ck_stock_paper_decided;"
        f"UPDATE stock_paper SET state = 'LOST' WHERE id = {_CALLED_BACK}",
        "paper_moves",
        "paper_signed",
    ),
)
PAPER_NUMBERS: Final = (
    plant("stock_paper_number_form", f"UPDATE stock_paper SET number = 'abc' WHERE id = {_LAST}", "stock_paper_number_last"),
    plant(
        "stock_paper_number_once",
        "ALTER TABLE stock_paper DROP CONSTRAINT uq_stock_paper_number;"
        f"UPDATE stock_paper SET number = 'SL' || substr((SELECT min(number) FROM stock_paper), 3) WHERE id = {_LAST}",
        "stock_paper_number_last",
    ),
    plant("stock_paper_number_within", "DELETE FROM number_series WHERE kind = 'stock_paper'"),
    plant("stock_paper_number_last", "UPDATE number_series SET last = last + 1 WHERE kind = 'stock_paper'"),
    plant(
        "stock_paper_number_gaps",
        f"UPDATE stock_paper SET number = left(number, -2) || '99' WHERE id = {_LAST};"
        "UPDATE number_series SET last = 99 WHERE kind = 'stock_paper'",
    ),
    plant(
        "stock_paper_gap_unused",
        "INSERT INTO number_gap (kind, scope, number, reason, at) SELECT kind, scope, 1, 'torn', now() FROM number_series"
        " WHERE kind = 'stock_paper'",
    ),
)


def live_with_papers(clinic: Clinic) -> None:
    """Every kind of paper in every state. The last one is a request, of which nothing has moved."""
    batch_id, drug_id, size = _received(clinic)
    keeper, pharmacist = clinic.desk(_KEEPER), clinic.desk(visits.PHARMACIST)

    def some(packs: int, place: str = "STORE") -> tuple[Taken, ...]:
        return (Taken(batch_id=batch_id, place=place, quantity=size * packs),)

    asked = pharmacist.call(AskStore(lines=(AskedFor(drug_id=drug_id, quantity=size * 2),))).entry.number
    sent = keeper.call(SendTransfer(out_of="STORE", lines=some(4), serves=asked)).entry.number
    pharmacist.call(ReceiveTransfer(number=sent, lines=(Arrived(line_no=1, received=size * 2, damaged=size),), reason="运输破损"))
    back = keeper.call(SendTransfer(out_of="STORE", lines=some(1))).entry.number
    keeper.call(CallBackTransfer(number=back, reason="发错"))
    keeper.call(SendTransfer(out_of="STORE", lines=some(1)))
    damage = _signed(clinic, DraftPaper(kind=PaperKind.DAMAGE, lines=some(1, "PHARMACY"), reason="破损"))
    _void(clinic, damage)
    _signed(
        clinic,
        DraftPaper(kind=PaperKind.DESTROY, lines=some(1, "QUARANTINE"), reason="破损", site="处置中心", way="焚烧", witness="许医生"),
    )
    _signed(clinic, DraftPaper(kind=PaperKind.SUPPLIER_RETURN, lines=some(1), reason="近效期", supplier=_SUPPLIER))
    keeper.call(DraftPaper(kind=PaperKind.DAMAGE, lines=some(1), reason="破损"))
    pharmacist.call(AskStore(lines=(AskedFor(drug_id=drug_id, quantity=size),)))


def _received(clinic: Clinic) -> tuple[int, int, Decimal]:
    found = visits.drug(clinic, "蒙脱石")
    visits.supplier(clinic, _SUPPLIER)
    row = StockRow(drug_code=found.code, lot="CHK1", expires=date(2099, 1, 31), packs=Decimal(20), purchase_price=Decimal("8.00"))
    clinic.desk(_KEEPER).call(ReceiveStock(rows=(row,), supplier=_SUPPLIER, place="STORE"))
    return clinic.database.value("SELECT id FROM stock_batch WHERE lot = 'CHK1'"), found.id, found.pack_size


def _signed(clinic: Clinic, draft: DraftPaper) -> PaperFacts:
    paper = clinic.desk(_KEEPER).call(draft)
    return clinic.desk(_MANAGER).call(ApprovePaper(number=paper.entry.number, version=1))


def _void(clinic: Clinic, paper: PaperFacts) -> None:
    detail = f"{paper.entry.number} v1"
    keeper = clinic.desk(_KEEPER)
    yes = keeper.call(Approve(act="stock_paper", subject_id=paper.entry.id, detail=detail, login=_MANAGER, password=PASSWORD))
    keeper.call(VoidPaper(number=paper.entry.number, reason="点错", approval_id=yes.approval_id))
