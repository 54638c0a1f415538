"""The token of an e-certificate 医保电子凭证 is as good as the card for a while: it is kept until it was used, in one row, and never logged."""

from __future__ import annotations

import logging

import msgspec
import psycopg
import psycopg.sql
import pytest

from common.messages.settlement import CancelSettlement, InsuranceUse
from tests.server.settling.shop import CASHIER, Shop, by_code, cash


@pytest.fixture
def clinic(shop: Shop) -> Shop:
    shop.insure()
    return shop


def _shown(clinic: Shop, balance_fen: int = 125_000) -> InsuranceUse:
    """Somebody insured who shows his e-certificate."""
    person = clinic.insured(balance_fen=balance_fen)
    return msgspec.structs.replace(person, certificate_type="01", certificate_number=f"EC{person.certificate_number}")


def _kept(clinic: Shop, token: str) -> set[str]:
    """The tables in which it stands, in whatever column."""
    found = set()
    with psycopg.connect(clinic.database.owner_dsn, autocommit=True) as connection:
        for (table,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            looked = psycopg.sql.SQL("SELECT 1 FROM {} r WHERE r::text LIKE %s OR r::text LIKE %s LIMIT 1").format(
                psycopg.sql.Identifier(table)
            )
            if connection.execute(looked, (f"%{token}%", f"%{token.encode().hex()}%")).fetchone():
                found.add(table)
    return found


def test_it_is_wiped_once_it_was_used_and_never_logged(clinic: Shop, caplog: pytest.LogCaptureFixture) -> None:
    use = _shown(clinic)
    with caplog.at_level(logging.DEBUG):
        quoted = clinic.until(clinic.begin(clinic.debtor("林静怡"), insurance=use), "QUOTED", "FAILED")
        assert quoted.quote is not None, quoted.failure
        assert _kept(clinic, use.certificate_number) == {"settlement"}
        clinic.bureau_fault("RESET_BEFORE", "2207")
        done = clinic.until(clinic.confirm(quoted, *((cash(quoted.quote.cash_fen),) if quoted.quote.cash_fen else ())), "DONE", "FAILED")
    assert done.state == "DONE", done.failure
    assert _kept(clinic, use.certificate_number) == set()
    assert "2207" in caplog.text
    assert use.certificate_number not in caplog.text


def test_it_is_gone_even_if_the_patients_share_is_still_owed(clinic: Shop) -> None:
    use = _shown(clinic, balance_fen=0)
    quoted = clinic.until(clinic.begin(clinic.debtor("林静怡"), insurance=use), "QUOTED", "FAILED")
    assert quoted.quote is not None, quoted.failure
    clinic.fault("REJECT", "pay", message="余额不足")
    again = clinic.until(clinic.confirm(quoted, by_code(quoted.quote.cash_fen)), "QUOTED", "DONE", "FAILED")
    assert (again.state, again.failure is not None) == ("QUOTED", True)
    assert _kept(clinic, use.certificate_number) == set()
    assert clinic.until(clinic.confirm(again, cash(quoted.quote.cash_fen)), "DONE", "FAILED").state == "DONE"


def test_it_is_wiped_from_what_was_given_up(clinic: Shop) -> None:
    use = _shown(clinic)
    quoted = clinic.until(clinic.begin(clinic.debtor("林静怡"), insurance=use), "QUOTED", "FAILED")
    clinic.desk(CASHIER).call(CancelSettlement(settlement_id=quoted.id))
    assert clinic.until(quoted, "FAILED", "DONE").state == "FAILED"
    assert _kept(clinic, use.certificate_number) == set()
