"""The cashier's desk in a busy hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from client.cashier.view.desk import CashierDesk
from common.messages.accounts import GetPatientAccounts
from common.messages.cashier import GetShift, GetUnpaid, ListDebtors, Settle
from common.messages.catalogue import GetLists
from common.messages.patients import GetPatient, PatientHits, SearchPatients
from common.messages.settlement import GetMoneyRules, ListOpenSettlements
from tests.client.cashier.samples import DEBTORS, LINES, LISTS, NO_ACCOUNTS, NOTHING_OPEN, RULES, SHIFT, patient, settled, unpaid

if TYPE_CHECKING:
    from printing.catalog import AnyDocument
    from tests.client.stage import Stage


@pytest.fixture
def papers(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[AnyDocument]:
    """What was sent to the printer."""
    printed: list[AnyDocument] = []
    monkeypatch.setattr(stage.place.paper, "print", lambda document, *_: printed.append(document))
    return printed


@pytest.fixture
def display(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What the customer saw."""
    shown: list[tuple[str, ...]] = []
    stage.place.settings.devices["display"] = "VIRTUAL"
    monkeypatch.setattr(stage.place.devices, "show", lambda *lines: shown.append(lines))
    return shown


@pytest.fixture
def desk(stage: Stage, papers: list[AnyDocument]) -> CashierDesk:
    """A busy hour."""
    stage.answers(GetLists, LISTS)
    stage.answers(ListDebtors, DEBTORS)
    stage.answers(GetShift, SHIFT)
    stage.answers(GetUnpaid, lambda request: unpaid(*LINES, patient_id=request.patient_id))
    stage.answers(GetPatient, lambda request: patient(request.patient_id))
    stage.answers(Settle, settled)
    stage.answers(SearchPatients, PatientHits(hits=(), more=False))
    stage.answers(GetMoneyRules, RULES)
    stage.answers(GetPatientAccounts, lambda request: msgspec.structs.replace(NO_ACCOUNTS, patient_id=request.patient_id))
    stage.answers(ListOpenSettlements, NOTHING_OPEN)
    made = CashierDesk(stage.place)
    stage.show(made)
    made.debtors.search.setFocus()
    return made
