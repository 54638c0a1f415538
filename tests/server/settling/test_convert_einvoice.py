"""A converted bill whose e-invoice was issued: it is taken back on the platform, and the new one says what the insurance paid."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.einvoice.courier import Courier
from server.einvoice.simulator.process import Simulator, start_simulator
from tests.server.einvoice.conftest import connect
from tests.server.settling.shop import Shop
from tests.server.settling.test_convert import converted, paid, quoted


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Simulator]:
    """One that has issued nothing: each test's clinic counts its bills from one."""
    running = start_simulator(tmp_path / "book.sqlite")
    yield running
    running.stop()


@pytest.mark.parametrize("sent_before", [True, False])
def test_the_old_e_invoice_is_reversed_and_the_new_one_names_the_fund(
    shop: Shop, platform: Simulator, tmp_path: Path, *, sent_before: bool
) -> None:
    shop.insure()
    shop.database.run("UPDATE money_rules SET einvoice_kind = 'medical'")
    courier = Courier(shop.connections, shop.dispatch, shop.clock, connect(tmp_path, platform))
    bill_id, _ = paid(shop)
    if sent_before:
        courier.send_due()
    done = converted(shop, quoted(shop, bill_id)).refunded
    assert done is not None and done.rest is not None and done.rest.insurance is not None
    for _ in range(3):
        courier.send_due()
    rows = shop.rows(
        "SELECT e.kind, e.state, i.bill_id, r.bill_id FROM einvoice e JOIN invoice i ON i.id = e.invoice_id"
        " LEFT JOIN einvoice o ON o.id = e.reverses LEFT JOIN invoice r ON r.id = o.invoice_id"
        " JOIN bill b ON b.id = i.bill_id WHERE i.bill_id = ANY(%s) ORDER BY e.id",
        [bill_id, done.refund.bill_id, done.rest.bill_id],
    )
    assert rows == [
        ("BLUE", "ISSUED", bill_id, None),
        ("RED", "ISSUED", done.refund.bill_id, bill_id),
        ("BLUE", "ISSUED", done.rest.bill_id, None),
    ]
    insurance = shop.rows(
        "SELECT e.payload->'insurance' FROM einvoice e JOIN invoice i ON i.id = e.invoice_id WHERE i.bill_id = %s", done.rest.bill_id
    )[0][0]
    assert insurance["fund_fen"] == done.rest.insurance.fund_fen > 0
