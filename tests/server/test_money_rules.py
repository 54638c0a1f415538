"""The clinic's rules about money."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from common.errors import FieldWrong, NotPermitted
from common.messages.cashier import TenderKind
from common.messages.settlement import GetMoneyRules, MoneyRules, SetMoneyRules
from server.parties import Parties
from tests.server.office import Office, changed

if TYPE_CHECKING:
    from server.channels.protocol import Channel
    from server.insurance.protocol import Bureau

RULES = MoneyRules(
    cash_rounding="half_up",
    refund_alone_fen=5000,
    waiver_limits={"cashier": 100, "manager": 90000},
    green_days=14,
    invoice_segments=True,
    close_needs_acceptance=True,
    einvoice_kind="tax",
)


def test_a_new_clinic_has_rules(office: Office) -> None:
    rules = office.desk("qianduo").call(GetMoneyRules())
    assert (rules.cash_rounding, rules.refund_alone_fen, rules.green_days) == ("none", 20000, 30)
    assert rules.waiver_limits == {"cashier": 0, "manager": 50000}


def test_rules_are_set_and_the_trail_holds_both(own_office: Office) -> None:
    own_office.desk("yuanzhang").call(SetMoneyRules(rules=RULES))
    assert own_office.desk("qianduo").call(GetMoneyRules()) == RULES
    ((detail,),) = own_office.rows("SELECT detail FROM audit_entry WHERE act = 'set_money_rules'")
    assert (detail["old"]["green_days"], detail["new"]["green_days"]) == (30, 14)


def test_what_is_connected_is_told_and_not_set(own_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    connected = Parties({TenderKind.WECHAT: cast("Channel", object())}, cast("Bureau", object()))
    monkeypatch.setattr(own_office.dispatch, "parties", connected)
    own_office.desk("yuanzhang").call(SetMoneyRules(rules=changed(RULES, channels=(TenderKind.ALIPAY,))))
    rules = own_office.desk("qianduo").call(GetMoneyRules())
    assert (rules.channels, rules.insurance) == ((TenderKind.WECHAT,), True)


@pytest.mark.parametrize(
    "wrong",
    [{"cash_rounding": "nearest"}, {"einvoice_kind": "paper"}, {"waiver_limits": {"janitor": 1}}, {"waiver_limits": {"cashier": -1}}],
)
def test_rules_that_make_no_sense_are_refused(office: Office, wrong: dict[str, object]) -> None:
    with pytest.raises(FieldWrong):
        office.desk("yuanzhang").call(SetMoneyRules(rules=changed(RULES, **wrong)))


def test_a_cashier_makes_no_rules(office: Office) -> None:
    with pytest.raises(NotPermitted):
        office.desk("qianduo").call(SetMoneyRules(rules=RULES))
