"""A settlement that the bureau books after it was given up, and after 2601 was told that there is nothing: it is taken back by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from common.messages.settlement import SettlementFacts
from tests.server.insurance_desk.conftest import Bureau
from tests.server.settling.conftest import examine
from tests.server.settling.shop import cash


@pytest.fixture
def clinic(bureau: Bureau) -> Bureau:
    bureau.insure()
    return bureau


def _settled(clinic: Bureau, fault: str) -> tuple[SettlementFacts, str]:
    """How a settlement ends whose first 2207 goes wrong; the person."""
    quoted = clinic.until(clinic.begin(clinic.debtor("林静怡"), insurance=clinic.insured()), "QUOTED", "FAILED")
    assert quoted.quote is not None, quoted.failure
    clinic.bureau_fault(fault, "2207")
    pay = (cash(quoted.quote.cash_fen),) if quoted.quote.cash_fen else ()
    return clinic.until(clinic.confirm(quoted, *pay), "DONE", "FAILED"), quoted.quote.psn_no


def _look(clinic: Bureau) -> tuple[str, int]:
    """Let the errand ask once more; its state, and how often it was taken up."""
    clinic.due_again()
    clinic.work()
    ((state, tries),) = clinic.rows("SELECT state, tries FROM insurance_errand WHERE kind = 'REVERSAL'")
    return state, tries


def _lost(clinic: Bureau) -> tuple[int, str]:
    """The 2207 that was given up."""
    return clinic.rows("SELECT id, msgid FROM insurance_call WHERE infno = '2207' ORDER BY id")[0]


def test_what_came_late_is_reversed_and_its_difference_cleared(clinic: Bureau) -> None:
    ended, psn_no = _settled(clinic, "LATE")
    assert ended.state == "FAILED"  # the second 2207 finds the details settled
    (late,) = clinic.standing_at_bureau(psn_no)
    lost, msgid = _lost(clinic)
    assert late["msgid"] == msgid
    clinic.database.run(
        "INSERT INTO money_difference (party, day, number, order_number, act, finding, theirs_fen, found_at)"
        " VALUES ('insurance', current_date, %s, %s, 'SETTLE', 'THEIRS_ONLY', 1, now())",
        late["setl_id"],
        msgid,
    )
    clinic.work()
    assert clinic.standing_at_bureau(psn_no) == [late]  # it is not asked before its time
    assert _look(clinic) == ("DONE", 1)
    assert clinic.standing_at_bureau(psn_no) == []
    assert clinic.rows("SELECT finding FROM insurance_call WHERE id = %s", lost) == [("booked late, and reversed by 2601",)]
    assert clinic.rows("SELECT way, resolved_at IS NULL, resolution <> '' FROM money_difference") == [("TAKEN_BACK", False, True)]
    clinic.errands.close()
    examine(clinic)


def test_the_settlement_that_took_its_place_stays(clinic: Bureau) -> None:
    ended, psn_no = _settled(clinic, "RESET_BEFORE")
    assert ended.state == "DONE"
    standing = clinic.standing_at_bureau(psn_no)
    assert len(standing) == 1
    assert _look(clinic) == ("WAITING", 1)
    clinic.bureau_fault("ERROR_BEFORE", "2601")
    assert _look(clinic) == ("WAITING", 2)
    assert clinic.standing_at_bureau(psn_no) == standing


def test_it_is_asked_for_an_hour_and_once_at_least(clinic: Bureau) -> None:
    _settled(clinic, "RESET_BEFORE")
    assert _look(clinic) == ("WAITING", 1)
    ((pause,),) = clinic.rows("SELECT next_try_at - now() FROM insurance_errand WHERE kind = 'REVERSAL'")
    assert timedelta(0) < pause <= timedelta(minutes=10)
    clinic.database.run("UPDATE insurance_call SET sent_at = sent_at - interval '2 hours' WHERE infno = '2207'")
    assert _look(clinic) == ("DONE", 2)
    assert clinic.rows("SELECT count(*) FROM insurance_call WHERE state IN ('PENDING', 'UNKNOWN')") == [(0,)]


def test_a_reversal_that_found_it_needs_no_second(clinic: Bureau) -> None:
    ended, _ = _settled(clinic, "RESET_AFTER")
    assert ended.state == "DONE"
    assert clinic.rows("SELECT count(*) FROM insurance_errand WHERE kind = 'REVERSAL'") == [(0,)]
