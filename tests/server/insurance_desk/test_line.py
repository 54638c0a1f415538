"""Set-up, the try of the line, sign-ins, dictionaries and lists."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from common.errors import FieldWrong, NotPermitted
from common.messages.insurance import (
    DownloadCatalogue,
    ErrandKind,
    ForgetSignIn,
    GetInsuranceSetup,
    ListCatalogues,
    ListDictionaries,
    ListSignIns,
    RefreshDictionaries,
    SetInsuranceSetup,
    SignOutOfInsurance,
    TestInsurance,
)
from common.settling_errors import NotConnected
from server.insurance.client import Insurance
from server.insurance_desk import runner
from tests.server.insurance_desk.conftest import MANAGER, Bureau
from tests.server.settling.shop import CASHIER


def test_the_set_up_is_taken_up_by_every_process(bureau: Bureau) -> None:
    manager, before = bureau.desk(MANAGER), bureau.line()
    bureau.reconnect()
    assert bureau.line() is before  # nothing changed: the line is kept
    facts = manager.call(GetInsuranceSetup())
    assert {one.name for one in facts.provinces} >= {"guangdong", "hubei", "hunan"}
    changed = manager.call(SetInsuranceSetup(setup=replace(facts.setup, timeout_seconds=45)))
    assert changed.setup.timeout_seconds == 45
    bureau.reconnect()
    line = bureau.line()
    assert isinstance(line, Insurance)
    assert line.setup.timeout_seconds == 45
    manager.call(SetInsuranceSetup(setup=replace(facts.setup, connected=False)))
    bureau.reconnect()
    assert bureau.line() is None
    with pytest.raises(NotConnected):
        manager.call(TestInsurance(certificate_number="1"))
    with pytest.raises(NotPermitted):
        bureau.desk(CASHIER).call(SetInsuranceSetup(setup=facts.setup))


@pytest.mark.parametrize("wrong", [{"province": "atlantis"}, {"url": "ftp://x"}, {"fixmedins_code": "H44"}, {"mdtrtarea_admvs": "4403"}])
def test_a_set_up_that_cannot_be(bureau: Bureau, wrong: dict[str, str]) -> None:
    setup = bureau.desk(MANAGER).call(GetInsuranceSetup()).setup
    with pytest.raises(FieldWrong):
        bureau.desk(MANAGER).call(SetInsuranceSetup(setup=replace(setup, **wrong)))
    bureau.desk(MANAGER).call(SetInsuranceSetup(setup=replace(setup, connected=False, **wrong)))


def test_the_line_is_tried(bureau: Bureau) -> None:
    use = bureau.insured("林静怡")
    bureau.desk(MANAGER).call(TestInsurance(certificate_number=use.certificate_number))
    bureau.work()
    tried = bureau.errand(ErrandKind.TEST)
    assert (tried.state, tried.subject) == ("DONE", "")
    assert "林静怡" in tried.told
    bureau.bureau_fault("REJECT", "1101", message="系统维护")
    bureau.desk(MANAGER).call(TestInsurance(certificate_number="2"))
    bureau.work()
    assert (bureau.errand(ErrandKind.TEST).state, bureau.errand(ErrandKind.TEST).told) == ("FAILED", "系统维护")
    bureau.bureau_fault("ERROR_BEFORE", "1101")
    bureau.desk(MANAGER).call(TestInsurance(certificate_number="3"))
    bureau.work()
    assert bureau.errand(ErrandKind.TEST).state == "FAILED"  # who waits for it is answered at once


def test_signing_out_and_forgetting(bureau: Bureau) -> None:
    manager = bureau.desk(MANAGER)
    manager.call(TestInsurance(certificate_number=bureau.insured().certificate_number))
    bureau.work()
    (standing,) = manager.call(ListSignIns()).sign_ins
    with pytest.raises(NotPermitted):  # somebody else's
        bureau.desk(CASHIER).call(ForgetSignIn(sign_in_id=standing.id))
    manager.call(ForgetSignIn(sign_in_id=standing.id))
    manager.call(TestInsurance(certificate_number=bureau.insured().certificate_number))
    bureau.work()
    newest = manager.call(ListSignIns()).sign_ins[0]
    assert newest.sign_no != standing.sign_no
    manager.call(SignOutOfInsurance(sign_in_id=newest.id))
    bureau.work()
    assert all(one.signed_out_at for one in manager.call(ListSignIns()).sign_ins)


def test_a_sign_in_that_the_bureau_forgot_is_renewed(bureau: Bureau) -> None:
    manager = bureau.desk(MANAGER)
    manager.call(DownloadCatalogue(infno="1302"))
    bureau.work()
    bureau.bureau_fault("REJECT", "1305", message="操作员未签到")
    manager.call(DownloadCatalogue(infno="1305"))
    bureau.work()
    assert bureau.errand(ErrandKind.CATALOGUE).state == "DONE"
    assert len(manager.call(ListSignIns()).sign_ins) == 2


def test_dictionaries_are_there_and_refreshed(bureau: Bureau) -> None:
    manager = bureau.desk(MANAGER)
    setup = manager.call(GetInsuranceSetup()).setup
    manager.call(SetInsuranceSetup(setup=setup))
    values = {one.value: one for one in manager.call(ListDictionaries(type="insutype")).entries}
    assert values["310"].label != values["310"].label_en != ""
    bureau.database.run("UPDATE insurance_dictionary SET label = 'x' WHERE type = 'insutype'")
    manager.call(RefreshDictionaries())
    bureau.work()
    assert manager.call(ListDictionaries(type="insutype")).entries[0].label != "x"
    assert {row[0] for row in bureau.rows("SELECT DISTINCT state FROM insurance_errand")} == {"DONE"}


def test_a_list_is_downloaded_and_gone_on_with(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = bureau.desk(MANAGER)
    monkeypatch.setattr(runner, "_BATCH", 4)
    manager.call(DownloadCatalogue(infno="1301"))
    bureau.work()
    drugs = {one.infno: one for one in manager.call(ListCatalogues()).lists}["1301"]
    assert drugs.rows >= 11
    assert drugs.version == "F001_20260401000000_B"
    manager.call(DownloadCatalogue(infno="1301"))
    bureau.work()
    assert bureau.errand(ErrandKind.CATALOGUE).progress == 0  # nothing newer
    # a download that broke off: what is in is passed over
    bureau.database.run("UPDATE insurance_errand SET result = '{}'")
    manager.call(DownloadCatalogue(infno="1301"))
    bureau.database.run("UPDATE insurance_errand SET progress = 8, total = %s WHERE state = 'WAITING'", drugs.rows)
    bureau.database.run("DELETE FROM insurance_catalogue WHERE list_type = '101'")
    bureau.work()
    assert bureau.rows("SELECT count(*) FROM insurance_catalogue WHERE list_type = '101'") == [(drugs.rows - 8,)]
    with pytest.raises(FieldWrong):
        manager.call(DownloadCatalogue(infno="1399"))


def test_an_errand_waits_while_the_line_is_down(bureau: Bureau) -> None:
    bureau.bureau_fault("ERROR_BEFORE", "1306")
    bureau.desk(MANAGER).call(DownloadCatalogue(infno="1306"))
    bureau.work()
    waiting = bureau.errand(ErrandKind.CATALOGUE)
    assert (waiting.state, waiting.tries) == ("WAITING", 1)
    assert waiting.told
    bureau.work()
    assert bureau.errand(ErrandKind.CATALOGUE).tries == 1  # not before its pause is over
    bureau.due_again()
    bureau.work()
    assert bureau.errand(ErrandKind.CATALOGUE).state == "DONE"
