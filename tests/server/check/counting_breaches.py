"""Breaches about stock-takes, price changes and closed months, and the life that they are planted into."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common.messages.catalogue import StockRow
from common.messages.repricing import ApprovePriceChange, ChangedPrice, FindPricedDrugs, ProposePriceChange
from common.messages.settlement import Approve
from common.messages.stock_months import CloseStockMonth
from common.messages.stock_take import (
    Choice,
    ConfirmStockTake,
    CountLine,
    FinishCounting,
    GetCountSheet,
    GetDifferences,
    OpenStockTake,
)
from common.messages.store import ReceiveStock
from installer.sample import PASSWORD
from tests import visits
from tests.server.check.planted import plant
from tests.server.office import Office

if TYPE_CHECKING:
    from tests.harness import Clinic, TestDatabase
    from tests.server.check.planted import Planted

KEEPER: Final = "kuyan"
COUNTERS: Final = ("suye", "jianglan")
_COUNT: Final = "(SELECT min(id) FROM stock_take_count WHERE round = 2)"
_CLOSE: Final = "(SELECT min(id) FROM stock_close)"


def numbered(kind: str, *also: str) -> tuple[Planted, ...]:
    """The six breaches of a series whose numbers are those of the table ``kind``; ``also``: what names its moves by the number."""
    last = f"(SELECT max(id) FROM {kind})"
    return (
        plant(f"{kind}_number_form", f"UPDATE {kind} SET number = 'abc' WHERE id = {last}", f"{kind}_number_last", *also),
        plant(
            f"{kind}_number_once",
            f"ALTER TABLE {kind} DROP CONSTRAINT uq_{kind}_number; UPDATE {kind} SET number = (SELECT min(number) FROM {kind})",
            f"{kind}_number_last",
            *also,
        ),
        plant(f"{kind}_number_within", f"DELETE FROM number_series WHERE kind = '{kind}'"),
        plant(f"{kind}_number_last", f"UPDATE number_series SET last = last + 1 WHERE kind = '{kind}'"),
        plant(
            f"{kind}_number_gaps",
            f"UPDATE {kind} SET number = left(number, -1) || '9' WHERE id = {last}; UPDATE number_series SET last = 9 WHERE kind = '{kind}'",
            *also,
        ),
        plant(
            f"{kind}_gap_unused",
            "INSERT INTO number_gap (kind, scope, number, reason, at) SELECT kind, scope, 1, 'torn', now() FROM number_series"
            f" WHERE kind = '{kind}'",
        ),
    )


COUNTING: Final = (
    plant(
        "take_moves",
        "UPDATE stock_take_count SET aside = aside + 1, book = book + 2 WHERE id = (SELECT max(id) FROM stock_take_count)",
        "take_book",
    ),
    plant("take_book", "UPDATE stock_take_line SET book = book + 1 WHERE id = (SELECT min(id) FROM stock_take_line)"),
    plant(
        "take_counters",
        f"UPDATE stock_take_count SET staff_id = (SELECT staff_id FROM stock_take_count ORDER BY id LIMIT 1) WHERE id = {_COUNT}",
    ),
    plant(
        "take_recounts",
        "INSERT INTO stock_take_count (line_id, round, quantity, aside, book, through_move, staff_id, at) SELECT line_id, 4, quantity, aside, book,"
        " through_move, staff_id, at + interval '1 hour' FROM stock_take_count ORDER BY round DESC, id LIMIT 1",
    ),
    plant("take_steps", "UPDATE stock_take SET approved_by = NULL WHERE state = 'CONFIRMED'"),
    plant("drug_price_now", "UPDATE drug SET price = price + 1 WHERE id = (SELECT min(drug_id) FROM price_change_line)"),
    plant(
        "price_change_worth", "UPDATE price_change_value SET value_fen = value_fen + 1 WHERE id = (SELECT min(id) FROM price_change_value)"
    ),
    plant("price_change_steps", "UPDATE price_change SET approved_by = NULL WHERE id = (SELECT min(id) FROM price_change)"),
    *numbered("price_change"),
    plant(
        "price_change_state",
        "UPDATE price_change SET state = 'LOST' WHERE id = (SELECT min(id) FROM price_change)",
        "price_change_worth",
        "price_change_steps",
    ),
    plant("stock_close_sums", f"UPDATE stock_close_drug SET opening_fen = opening_fen + 1 WHERE close_id = {_CLOSE}"),
    plant("stock_close_moves", f"UPDATE stock_close_move SET came = came + 1, went = went + 1 WHERE close_id = {_CLOSE}"),
    plant("stock_close_chain", "UPDATE stock_close SET begins = begins + interval '1 day' WHERE id = (SELECT max(id) FROM stock_close)"),
    *numbered("stock_close"),
    *numbered("stock_take", "take_moves"),
    plant("stock_take_state", "UPDATE stock_take SET state = 'LOST' WHERE state = 'CONFIRMED'", "take_moves", "take_steps"),
)


def months_closed(database: TestDatabase) -> None:
    """Goods that came two months ago, and that month and the next one closed, before anything else happens."""
    office = Office(database)
    keeper, this = office.desk(KEEPER), office.today.replace(day=1)
    last = (this - timedelta(days=1)).replace(day=1)
    before = (last - timedelta(days=1)).replace(day=1)
    office.clock.by = datetime(before.year, before.month, 15, tzinfo=office.clock.zone) - office.clock.now()
    row = StockRow(
        drug_code=visits.drug(office, "维生素E软胶囊").code,
        lot="EARLY",
        expires=date(this.year + 3, 1, 31),
        packs=Decimal(7),
        purchase_price=Decimal("9.99"),
    )
    keeper.call(ReceiveStock(rows=(row,), supplier="国药控股"))
    office.clock.by = timedelta()
    for month in (before, last):
        keeper.call(CloseStockMonth(month=month))
    office.close()


def live_with_counting(clinic: Clinic) -> None:
    """Two stock-takes of a drug each, with a loss that two people counted; and two price changes."""
    for name in ("蒙脱石散", "维生素C片"):
        _counted(clinic, name)
    for name in ("维生素B1片", "维生素B2片"):
        _repriced(clinic, name)


def _repriced(clinic: Clinic, name: str) -> None:
    keeper, drug = clinic.desk(KEEPER), visits.drug(clinic, name)
    (now,) = keeper.call(FindPricedDrugs(text=drug.code)).drugs
    change = keeper.call(ProposePriceChange(lines=(ChangedPrice(drug_id=drug.id, price=now.price + 1),), reason="进价上调"))
    ask = Approve(act="price_change", subject_id=change.entry.id, login="yuanzhang", password=PASSWORD)
    keeper.call(ApprovePriceChange(change_id=change.entry.id, approval_id=keeper.call(ask).approval_id))


def _counted(clinic: Clinic, name: str) -> None:
    keeper, drug = clinic.desk(KEEPER), visits.drug(clinic, name)
    take = keeper.call(OpenStockTake(choice=Choice.DRUGS, drugs=(drug.id,)))
    for line in keeper.call(GetCountSheet(take_id=take.id)).lines:
        for nth, login in enumerate(COUNTERS, 1):
            clinic.desk(login).call(CountLine(line_id=line.line_id, round=nth, quantity=drug.pack_size))
    keeper.call(FinishCounting(take_id=take.id))
    told = keeper.call(GetDifferences(take_id=take.id))
    ask = Approve(act="stock_take", subject_id=take.id, amount_fen=told.gain_fen + told.loss_fen, login=COUNTERS[0], password=PASSWORD)
    keeper.call(ConfirmStockTake(take_id=take.id, approval_id=keeper.call(ask).approval_id))
