"""What the catalogue says of drugs: shown, changed now or from a moment on, exactly once, and never forgotten; what an import does to it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from common.catalogue_errors import DrugChangedMeanwhile, DrugValueRefused
from common.errors import FieldWrong, NotFound, NotPermitted, WrongState
from common.messages.catalogue import ImportCatalogue, SearchDrugs
from common.messages.catalogue_attributes import (
    DecideAlike,
    DrugChangeFacts,
    DrugPage,
    GetDrugPage,
    ListAlike,
    ListCatalogueDrugs,
    ProposeDrugChange,
    WithdrawDrugChange,
)
from common.messages.receipts import FindGoods
from installer.sample import sample_drugs
from server.formulary import change_catalogue
from tests import visits
from tests.server.office import Office, at_once, changed, refusals

KEEPER = "kuyan"


def id_of(office: Office, name: str) -> int:
    return int(office.rows("SELECT id FROM drug WHERE name = %s ORDER BY id LIMIT 1", name)[0][0])


def page(office: Office, name: str) -> DrugPage:
    return office.desk(KEEPER).call(GetDrugPage(drug_id=id_of(office, name)))


def propose(office: Office, name: str, *, later: timedelta | None = None, **after: str) -> DrugChangeFacts:
    now = page(office, name)
    return office.desk(KEEPER).call(
        ProposeDrugChange(
            drug_id=now.drug.drug_id,
            seen={field: now.values[field] for field in after},
            after=after,
            effective_at=None if later is None else office.clock.now() + later,
        )
    )


def round_of_the_service(office: Office) -> None:
    change_catalogue(office.connections, office.dispatch, office.clock.now())


def test_a_change_holds_at_once_and_is_remembered(office: Office) -> None:
    done = propose(office, "布洛芬片", trade_name="芬必得", high_alert="1", middle_unit="板", middle_size="12")
    assert done.state == "APPLIED"
    now = page(office, "布洛芬片")
    assert (now.values["trade_name"], now.values["high_alert"], now.values["middle_size"]) == ("芬必得", "1", "12")
    assert {(entry.field, entry.before, entry.after, entry.by) for entry in now.history} == {
        ("trade_name", "", "芬必得", "顾砚"),
        ("high_alert", "0", "1", "顾砚"),
        ("middle_unit", "", "板", "顾砚"),
        ("middle_size", "", "12", "顾砚"),
    }
    assert now.changes[0].id == done.id
    assert [drug.name for drug in office.desk(KEEPER).call(ListCatalogueDrugs(only="high_alert")).drugs] == ["布洛芬片"]


def test_a_change_waits_for_its_moment_and_takes_effect_once(own_office: Office) -> None:
    office = own_office
    waiting = propose(office, "布洛芬片", later=timedelta(hours=2), controlled="precursor", active="0")
    assert waiting.state == "PROPOSED"
    round_of_the_service(office)
    assert page(office, "布洛芬片").values["active"] == "1"
    assert [drug.waiting for drug in office.desk(KEEPER).call(ListCatalogueDrugs(only="waiting")).drugs] == [1]
    office.clock.by = timedelta(hours=3)
    at_once(*[lambda: round_of_the_service(office)] * 4)
    now = page(office, "布洛芬片")
    assert (now.values["active"], now.drug.controlled, now.changes[0].state) == ("0", "precursor", "APPLIED")
    assert len(now.history) == 2
    assert now.changes[0].ended_by
    assert "布洛芬片" not in [drug.name for drug in office.desk(visits.DOCTOR).call(SearchDrugs(text="布洛芬片")).drugs]
    assert [drug.name for drug in office.desk(KEEPER).call(ListCatalogueDrugs(only="stopped")).drugs] == ["布洛芬片"]


def test_controls_with_prescriptions_of_their_own(office: Office) -> None:
    for controlled, rx_class in (("narcotic", "narcotic"), ("radioactive", "ordinary"), ("toxic", "toxic"), ("", "ordinary")):
        propose(office, "维生素C片", controlled=controlled)
        assert office.rows("SELECT rx_class, controlled FROM drug WHERE name = '维生素C片'") == [(rx_class, controlled)]


def test_two_people_do_not_write_over_each_other(office: Office) -> None:
    seen = page(office, "复方甘草片")
    ask = ProposeDrugChange(drug_id=seen.drug.drug_id, seen={"shelf": seen.values["shelf"]}, after={"shelf": "Z9"})
    outcomes = at_once(
        lambda: office.desk(KEEPER).call(ask), lambda: office.desk(KEEPER).call(msgspec.structs.replace(ask, after={"shelf": "Z8"}))
    )
    assert [type(refused) for refused in refusals(outcomes)] == [DrugChangedMeanwhile]
    waiting = propose(office, "复方甘草片", later=timedelta(days=1), vbp="1")
    with pytest.raises(DrugChangedMeanwhile):
        propose(office, "复方甘草片", vbp="1")
    office.desk(KEEPER).call(WithdrawDrugChange(change_id=waiting.id, reason="改错了"))
    assert propose(office, "复方甘草片", vbp="1").state == "APPLIED"
    with pytest.raises(WrongState):
        office.desk(KEEPER).call(WithdrawDrugChange(change_id=waiting.id))


def test_what_cannot_be_is_refused(office: Office) -> None:
    for after, error in (
        ({"approval_number": "xyz"}, DrugValueRefused),
        ({"middle_size": "7"}, DrugValueRefused),
        ({"price_ceiling": "0.01"}, DrugValueRefused),
        ({"price": "1"}, KeyError),
        ({"trade_name": ""}, FieldWrong),
    ):
        with pytest.raises(error):
            propose(office, "甲硝唑片", later=None, **after)
    with pytest.raises(FieldWrong):
        office.desk(KEEPER).call(ProposeDrugChange(drug_id=id_of(office, "甲硝唑片"), seen={}, after={"price": "1"}))
    with pytest.raises(NotFound):
        office.desk(KEEPER).call(GetDrugPage(drug_id=10**9))
    with pytest.raises(NotPermitted):
        office.desk(visits.PHARMACIST).call(ProposeDrugChange(drug_id=1, seen={}, after={"vbp": "1"}))


def test_what_could_hold_when_proposed_and_cannot_any_more(own_office: Office) -> None:
    office = own_office
    price = page(office, "布洛芬片").price
    propose(office, "布洛芬片", later=timedelta(hours=1), price_ceiling=str(price))
    office.database.run("UPDATE drug SET price = price + 1 WHERE name = '布洛芬片'")
    office.clock.by = timedelta(hours=2)
    round_of_the_service(office)
    now = page(office, "布洛芬片")
    assert (now.changes[0].state, now.values["price_ceiling"], now.history) == ("REFUSED", "", ())
    assert "最高限价" in now.changes[0].ended_why
    assert "{" not in now.changes[0].ended_why


def test_wubi_finds_a_drug(office: Office) -> None:
    propose(office, "蒙脱石散", wubi="AEDA")
    assert office.desk(visits.DOCTOR).call(SearchDrugs(text="aeda")).drugs[0].name == "蒙脱石散"


def test_a_list_keeps_what_it_says_nothing_of(own_office: Office) -> None:
    office = own_office
    row = sample_drugs()[0]
    propose(office, row.name, trade_name="阿莫仙", essential="1", essential_edition="2018", high_alert="1")
    desk = office.desk("admin")
    desk.call(ImportCatalogue(source="x", drugs=(changed(row, manufacturer="某厂"),)))
    now = page(office, row.name)
    assert (now.values["trade_name"], now.values["essential_edition"], now.values["high_alert"]) == ("阿莫仙", "2018", "1")
    assert (now.history[0].field, now.history[0].before, now.history[0].after, now.history[0].change_id) == (
        "manufacturer",
        "",
        "某厂",
        None,
    )
    desk.call(ImportCatalogue(source="x", drugs=(changed(row, essential=False, trade_name="再林"),)))
    now = page(office, row.name)
    assert (now.values["trade_name"], now.values["essential"], now.values["essential_edition"]) == ("再林", "0", "")


def test_pairs_are_proposed_kept_and_marked(own_office: Office) -> None:
    office = own_office
    rows = [
        changed(sample_drugs()[0], code=f"X{number}", name=name, barcode="", trace_prefix="", strength=strength)
        for number, (name, strength) in enumerate((("阿糖腺苷片", "1mg"), ("阿糖胞苷片", "1mg"), ("阿糖胞苷片", "5mg")))
    ]
    office.desk("admin").call(ImportCatalogue(source="x", drugs=tuple(rows)))
    found = office.desk(KEEPER).call(ListAlike(text="阿糖"))
    assert [(pair.name, pair.other_name, pair.kind, pair.kept) for pair in found.pairs] == [
        ("阿糖腺苷片", "阿糖胞苷片", "LOOK", None),
        ("阿糖腺苷片", "阿糖胞苷片", "LOOK", None),
        ("阿糖胞苷片", "阿糖胞苷片", "STRENGTH", None),
    ]
    assert found.pairs[0].marks == found.pairs[0].other_marks == "2-3"
    for pair, kept in zip(found.pairs, (True, False, True), strict=True):
        office.desk(KEEPER).call(DecideAlike(drug_id=pair.other_id, other_id=pair.drug_id, kind=pair.kind, kept=kept))
    again = office.desk(KEEPER).call(ListAlike(text="阿糖"))
    assert [(pair.kind, pair.kept) for pair in again.pairs] == [("STRENGTH", True), ("LOOK", True)]
    assert again.proposals == 0
    drugs = office.desk(visits.DOCTOR).call(SearchDrugs(text="阿糖")).drugs
    assert {(drug.code, drug.name_marks, drug.specification_marks) for drug in drugs} == {
        ("X0", "2-3", ""),
        ("X1", "2-3", "0-1"),
        ("X2", "", "0-1"),
    }
    goods = office.desk(KEEPER).call(FindGoods(text="阿糖")).goods  # so also where goods come in
    assert {(each.code, each.name_marks, each.specification_marks) for each in goods} == {
        (drug.code, drug.name_marks, drug.specification_marks) for drug in drugs
    }
    assert {drug.name for drug in office.desk(KEEPER).call(ListCatalogueDrugs(only="alike")).drugs} == {"阿糖腺苷片", "阿糖胞苷片"}
    office.desk("admin").call(ImportCatalogue(source="x", drugs=(changed(rows[0], name="阿糖先苷片"), rows[1])))
    assert office.rows("SELECT name_marks FROM drug WHERE code = 'X0'") == [("2-3",)]
    with pytest.raises(FieldWrong):
        office.desk(KEEPER).call(DecideAlike(drug_id=1, other_id=1, kind="LOOK", kept=True))
    with pytest.raises(NotFound):
        office.desk(KEEPER).call(DecideAlike(drug_id=1, other_id=10**9, kind="LOOK", kept=True))


def test_the_starter_list_has_pairs_worth_a_look(office: Office) -> None:
    found = office.desk(KEEPER).call(ListAlike())
    assert 10 < found.proposals < 400
    assert Decimal(len(found.pairs)) >= 10
