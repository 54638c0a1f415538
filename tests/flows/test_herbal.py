"""The herbal room at the pharmacy's real window: a scale at the end of its wire, labels out of the printer, decoctions by key and by scan."""

from __future__ import annotations

import os
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

from client import theme
from client.counter.devices import LABEL
from client.pharmacy import handing
from client.pharmacy.herbal import Page, Weighing
from client.pharmacy.herbal_papers import dose_bags
from client.pharmacy.papers import prescription_code
from client.pharmacy.words import NO_CODE_REASONS
from common.domain.herbal import Handling
from common.domain.surcharge import Per
from common.i18n import CHINESE, set_language
from common.messages.consult import GetPrescription, HerbalOrder, PrescriptionFacts, PrescriptionKind, SignPrescription
from common.messages.herbal import GetWeighing, ListDecoctions
from common.messages.prices import ListPriceItems, PutRouteSurcharge
from installer.sample import PASSWORD
from printing.render import render_png
from tests import visits
from tests.flows.test_pharmacy import Window, state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from tests.harness import Clinic

D = Decimal


@pytest.fixture
def window(qapp: QApplication, clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)
    made = Window(clinic, tmp_path)
    yield made
    made.close()


def paid(clinic: Clinic, name: str, herbs: dict[str, Handling | None], *, route: str = "decoct") -> PrescriptionFacts:
    """Two doses of ten grams of each slice, paid."""
    signed = written(clinic, name, herbs, route=route)
    visits.approve(clinic, signed.id)
    visits.settle_all(clinic, signed.patient_id)
    return signed


def written(clinic: Clinic, name: str, herbs: dict[str, Handling | None], *, route: str = "decoct") -> PrescriptionFacts:
    """The same, signed only."""
    registered = visits.register(clinic, visits.new_patient(clinic, name).id)
    visits.consult(clinic, registered.visit_id)
    lines = tuple(visits.line(visits.drug(clinic, herb), 2, dose=D(10), route=route, handling=handling) for herb, handling in herbs.items())
    order = HerbalOrder(portions=2, usage="饭后温服")
    request = SignPrescription(visit_id=registered.visit_id, kind=PrescriptionKind.HERBAL, lines=lines, herbal=order)
    return clinic.desk(visits.DOCTOR).call(request)


def work(window: Window) -> Weighing | None:
    return window.desk.model.herbal.work


def opened(window: Window, prescription: PrescriptionFacts) -> Weighing:
    """F4, and the prescription's barcode."""
    if not window.desk.model.herbal.shown:
        window.press("F4")
    window.wait(lambda: any(each.prescription_id == prescription.id for each in window.desk.model.herbal.entries))
    window.scan(prescription_code(prescription.number))
    window.wait(lambda: work(window) is not None)
    window.rest()
    found = work(window)
    assert found is not None
    return found


def _left(weighing: Weighing, count: int) -> bool:
    return weighing.left == count


def _bags_left(weighing: Weighing, count: int) -> bool:
    return weighing.left == 0 and weighing.bags_left == count


def type_in(window: Window, grams: str) -> None:
    """A weight by hand."""
    window.type(grams)
    window.press("Return")


def second_agrees(window: Window) -> None:
    """The other pharmacist types name and password where they are asked for."""
    pane = window.desk.herbal_room.approval
    assert pane.isVisible()
    window.type("jianglan")
    window.press("Return")
    window.type(PASSWORD)
    window.press("Return")
    window.wait(lambda: pane.approval_id is not None)
    window.rest()


def lay_on(window: Window, grams: str) -> None:
    """Lay it on and wait until the desk has heard that it came to rest."""
    window.devices.scale.lay_on(D(grams))
    reading = window.desk.place.devices
    window.wait(lambda: reading.reading is not None and reading.reading.stable and reading.reading.grams == D(grams))


def test_slices_are_weighed_by_one_key_each_and_handed_over_by_one(clinic: Clinic, window: Window) -> None:
    prescription = paid(clinic, "张小三", {"黄芪": None, "当归": None, "龙骨": Handling.FIRST})
    weighing = opened(window, prescription)
    names = [each.name for each in weighing.slices]
    lay_on(window, "23.00")
    window.press("Return")
    assert "多了 3 g" in window.said
    lay_on(window, "20.40")
    window.press("Return")
    window.wait(lambda: weighing.left == 2)
    window.press("Return")  # the first one still lies there
    assert "取下" in window.said
    for name, grams in zip(names[1:], ("19.80", "20.00"), strict=True):
        lay_on(window, "0.00")
        lay_on(window, grams)
        left = weighing.left
        assert weighing.current.name == name
        window.press("Return")
        window.wait(partial(_left, weighing, left - 1))
    weights = [each.weight for each in clinic.desk("suye").call(GetWeighing(prescription_id=prescription.id)).slices]
    assert [(each.grams, each.by_scale) for each in weights if each] == [(D("20.4"), True), (D("19.8"), True), (D(20), True)]
    assert "分成 2 袋" in window.said
    assert [row.key for row in weighing.rows()][-2:] == [-1, -2]
    for grams, left in (("30.30", 1), ("29.90", 0)):
        lay_on(window, "0.00")
        lay_on(window, grams)
        window.press("Return")
        window.wait(partial(_bags_left, weighing, left))
    window.press("F12")
    window.wait(lambda: state(clinic, prescription) == "DISPENSED")
    window.wait(lambda: len(window.devices.jobs(LABEL)) == 4)  # two doses, each with a small bag of what is boiled first
    assert all(render_png(job, window.devices.media(LABEL)) for job in window.devices.jobs(LABEL))
    last = window.desk.model.herbal.last
    assert last is not None
    bags = dose_bags(last, printed_at=window.desk.place.now(), by="", checked=window.desk.model.herbal.last_bags)
    assert [bag.which for bag in bags if not bag.contents] == ["第 1 剂，共 2 剂　30.3克", "第 2 剂，共 2 剂　29.9克"]


def test_an_uneven_bag_is_red_and_goes_out_with_its_reason(clinic: Clinic, window: Window) -> None:
    prescription = paid(clinic, "钱小七", {"黄芪": None})
    weighing = opened(window, prescription)
    type_in(window, "20")
    window.wait(lambda: weighing.bag == 1)
    window.rest()
    type_in(window, "11")
    assert "多了 1 克" in window.said
    assert weighing.bags_left == 2
    assert window.desk.herbal_room.weigh.reason.isVisible()
    window.press("F6")
    window.type("末剂补足")
    window.press("Return")
    window.wait(lambda: weighing.bag == 2)
    window.rest()
    window.press("F6")
    assert "超差" in window.said
    type_in(window, "9.8")
    window.wait(lambda: weighing.done)
    kept = "SELECT string_agg(bag || ' ' || trim_scale(grams) || ' ' || reason, ';' ORDER BY id) FROM herbal_bag WHERE prescription_id = %s"
    assert clinic.database.value(kept, prescription.id) == "1 11 末剂补足;2 9.8 "
    window.press("F12")
    window.wait(lambda: state(clinic, prescription) == "DISPENSED")


def test_ready_packs_are_counted_with_one_key(clinic: Clinic, window: Window) -> None:
    clinic.database.value("UPDATE drug SET pack_unit = '袋', pack_size = 5 WHERE name = '白术' RETURNING id")
    prescription = paid(clinic, "孙小八", {"白术": None})
    weighing = opened(window, prescription)
    type_in(window, "5")
    assert "应有 4 袋" in window.said
    window.press("Esc")
    window.press("Return")
    window.wait(lambda: weighing.done)
    window.press("F12")
    window.wait(lambda: state(clinic, prescription) == "DISPENSED")
    assert clinic.database.value("SELECT counted FROM herbal_weight ORDER BY id DESC LIMIT 1") == 4


def test_a_toxic_slice_is_weighed_dose_by_dose_and_seen_by_a_second_person(clinic: Clinic, window: Window) -> None:
    clinic.database.value("UPDATE drug SET rx_class = 'toxic' WHERE name = '枳实' RETURNING id")
    prescription = paid(clinic, "李小九", {"枳实": None})
    weighing = opened(window, prescription)
    type_in(window, "10.1")
    window.wait(lambda: weighing.dose == 2)
    window.rest()
    type_in(window, "9.9")
    assert "第二人" in window.said
    second_agrees(window)
    window.press("Return")
    window.wait(lambda: weighing.bag == 1)
    window.rest()
    type_in(window, "11")
    window.press("F6")
    window.type("受潮")
    window.press("Return")
    assert "毒性" in window.said
    second_agrees(window)
    window.press("Return")
    window.wait(lambda: weighing.bag == 2)
    window.rest()
    type_in(window, "10")
    window.wait(lambda: weighing.done)
    doses = "SELECT string_agg(dose || ' ' || (agreed_by IS NOT NULL), ';' ORDER BY id) FROM herbal_weight WHERE prescription_line_id = %s"
    assert clinic.database.value(doses, weighing.line_id) == "1 false;2 true"
    bags = "SELECT string_agg(bag || ' ' || (agreed_by IS NOT NULL), ';' ORDER BY id) FROM herbal_bag WHERE prescription_id = %s"
    assert clinic.database.value(bags, prescription.id) == "1 true;2 false"
    window.press("F12")
    window.wait(lambda: state(clinic, prescription) == "DISPENSED")


def test_without_a_scale_weights_are_typed(clinic: Clinic, window: Window) -> None:
    prescription = paid(clinic, "李小四", {"黄芪": None})
    weighing = opened(window, prescription)
    window.press("Return")
    assert "秤上没有东西" in window.said
    window.type("18")
    window.press("Return")
    assert "少了 2 g" in window.said
    window.press("Esc")
    type_in(window, "19.5")
    for left in (2, 1):
        window.wait(partial(_bags_left, weighing, left))
        window.rest()
        type_in(window, "9.8")
    window.wait(lambda: weighing.done)
    window.press("F12")
    window.wait(lambda: state(clinic, prescription) == "DISPENSED")
    assert clinic.database.value("SELECT by_scale FROM herbal_weight ORDER BY id DESC LIMIT 1") is False


def test_a_decoction_goes_from_step_to_step_by_key_and_by_scan(clinic: Clinic, window: Window) -> None:
    prescription = paid(clinic, "王小五", {"黄芪": None, "薄荷": Handling.LATER}, route="decoct_in")
    weighing = opened(window, prescription)
    for left in (1, 0):
        window.type("20")
        window.press("Return")
        window.wait(partial(_left, weighing, left))
        window.rest()

    def order() -> Any:
        return next(each for each in clinic.desk("suye").call(ListDecoctions()).orders if each.prescription_id == prescription.id)

    def reached(to: str) -> bool:
        return bool(order().state == to)

    window.press("F12")
    window.wait(lambda: len(window.devices.jobs(LABEL)) == 1)  # the pot's label
    assert order().state == "TAKEN_IN"
    window.rest()
    window.press("F4")
    assert window.desk.model.herbal.page is Page.DECOCT
    window.wait(lambda: any(each.prescription_id == prescription.id for each in window.desk.model.herbal.orders))
    for to in ("SOAKED", "DECOCTED"):
        window.rest()
        window.scan(prescription_code(prescription.number))
        window.wait(partial(reached, to))
    window.rest()
    window.press("F6")
    window.type("幸福路8号")
    window.press("Return")
    window.wait(lambda: order().deliver)
    for to in ("PACKED", "DELIVERED"):
        window.rest()
        window.press("F12")
        window.wait(partial(reached, to))
    window.wait(lambda: len(window.devices.jobs(LABEL)) == 5)  # four bags
    assert [step.state for step in order().steps] == ["TAKEN_IN", "SOAKED", "DECOCTED", "PACKED", "DELIVERED"]
    window.press("F4")
    assert not window.desk.model.herbal.shown


def test_an_order_is_cancelled_with_a_reason_and_escape_leads_back(clinic: Clinic, window: Window) -> None:
    prescription = paid(clinic, "赵小六", {"黄芪": None}, route="decoct_in")
    weighing = opened(window, prescription)
    window.type("20")
    window.press("Return")
    window.wait(lambda: weighing.left == 0)
    window.press("F12")
    window.wait(lambda: any(each.prescription_id == prescription.id and each.id for each in window.desk.model.herbal.orders))
    window.rest()
    window.press("F4")
    window.desk.herbal_room.select(next(each for each in window.desk.model.herbal.orders if each.prescription_id == prescription.id))
    window.press("F10")
    window.type("患者改自煎")
    window.press("Return")
    window.wait(lambda: clinic.database.value("SELECT state FROM decoction ORDER BY id DESC LIMIT 1") == "CANCELLED")
    window.rest()
    window.press("Esc")
    assert not window.desk.model.herbal.shown


def test_what_was_not_weighed_goes_from_the_counter_to_the_scale(clinic: Clinic, window: Window) -> None:
    prescription = paid(clinic, "周小十", {"黄芪": None})
    desk = window.desk
    window.wait(lambda: any(each.prescription_id == prescription.id for each in desk.model.to_dispense))
    handing.open_prescription(desk, prescription.id)
    window.wait(lambda: desk.model.picking is not None and desk.model.picking.facts.id == prescription.id)
    window.rest()
    assert "F4" in window.said
    window.press("F6")
    herbal = next(place for place, (code, _words) in enumerate(NO_CODE_REASONS, 1) if code == "herbal")
    window.type(str(herbal))
    window.press("F12")
    window.wait(lambda: work(window) is not None)
    assert desk.model.herbal.shown
    assert "还没有称量" in window.said


def test_a_pharmacist_has_slices_boiled_here_before_they_are_paid(clinic: Clinic, window: Window) -> None:
    manager = clinic.desk("yuanzhang")
    item = next(each for each in manager.call(ListPriceItems()).items if each.code == "T051")
    manager.call(PutRouteSurcharge(route_code="decoct_in", item_id=item.id, per=Per.GIVING))
    signed = written(clinic, "吴小一", {"黄芪": None})
    desk = window.desk
    window.wait(lambda: desk.model.review is not None and desk.model.review.facts.id == signed.id and desk.model.review.boiling is not None)
    window.rest()
    window.press("Alt+J")
    window.wait(lambda: "6.00" in window.said)
    assert clinic.desk("suye").call(GetPrescription(prescription_id=signed.id)).herbal.decoct  # type: ignore[union-attr]
    window.press("F12")
    window.wait(lambda: state(clinic, signed) == "APPROVED")
    charged = "SELECT quantity FROM charge_line WHERE prescription_id = %s AND source = 'surcharge'"
    assert clinic.database.value(charged, signed.id) == 2
