"""配药单 at the desk: what stands on it is what the screen shows, by one key, and of all that wait by another."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from PySide6.QtWidgets import QLabel

from client.pharmacy import papers
from client.pharmacy.listing import LISTED_KEY, Printed
from client.pharmacy.model import Handed
from client.pharmacy.picking import Picking
from client.pharmacy.view.desk import PharmacyDesk
from client.printing import slip_role, way_at
from common.domain.herbal import Handling
from common.errors import NotEnoughStock
from common.messages.consult import HerbalFacts, PrescriptionKind
from common.messages.pharmacy import (
    BatchChoice,
    BatchChoices,
    GetLabels,
    ListShelfBatches,
    ListToDispense,
    ListToReview,
    OpenedPack,
    PharmacyList,
    Pick,
    PickPrescription,
    ShelfDrug,
)
from common.wire import encode
from printing.documents.pick_list import PickListSlip
from printing.media import Backend, Media
from tests.client.pharmacy import samples
from tests.client.pharmacy.test_desk import desk, lists, opened
from tests.client.stage import Stage

if TYPE_CHECKING:
    from common.messages.pharmacy import PickList

__all__ = ["desk"]

NOW = samples.NOW
BOX = ShelfDrug(pack_unit="盒", pack_size=Decimal(24))


@pytest.fixture
def printed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, str]]:
    """What went to which printer."""
    found: list[tuple[Any, str]] = []
    monkeypatch.setattr(stage.place.paper, "print", lambda document, role, _request_id: found.append((document, role)))
    return found


def pick(line_id: int, quantity: int, **fields: Any) -> Pick:
    facts: dict[str, Any] = {"batch_id": line_id, "lot": f"L{line_id}", "expires": date(2028, 1, 31), "shelf": f"A-{line_id}"}
    return Pick(line_id=line_id, quantity=Decimal(quantity), **{**facts, **fields})


def many() -> PickList:
    """Two batches and an opened pack of one drug, one on a shelf of two figures, one without a shelf, one that is not there at all."""
    lines = (
        samples.line(1, quantity=Decimal(54), name_marks="0-2"),
        samples.line(2, "布洛芬", specification="0.3g×20粒/盒", specification_marks="0-4"),
        samples.line(3, "阿司匹林"),
        samples.line(4, "门冬胰岛素注射液"),
    )
    picks = (
        pick(3, 30, shelf=""),
        pick(1, 48, lot="L9", shelf="B-10", reason="damaged", pick_id=1),
        pick(1, 6, lot="L1", shelf="B-10", opened=OpenedPack(pack_id=1, code="8357", left=Decimal(8)), pick_id=2),
        pick(2, 20, shelf="B-2"),
    )
    drugs = {1: BOX, 2: BOX, 3: BOX, 4: msgspec.structs.replace(BOX, high_alert=True, storage="fridge", controlled="narcotic")}
    sizes = dict.fromkeys((1, 2, 3, 4), Decimal(24))
    return msgspec.structs.replace(
        samples.pick_list(*lines), picks=picks, short={4: Decimal(24)}, drugs=drugs, pack_sizes=sizes, window="2 号窗口", controlled=True
    )


def waiting(stage: Stage, **states: tuple[int, ...]) -> None:
    """What the list of paid prescriptions holds from now on, by state."""
    entries = tuple(samples.entry(each, state=state) for state, ids in states.items() for each in ids)
    stage.answers(ListToReview, PharmacyList(entries=()))
    stage.answers(ListToDispense, PharmacyList(entries=entries))


def paper(picked: PickList) -> PickListSlip:
    return papers.pick_list(picked, printed_at=NOW, by="王芳")


def test_it_goes_along_the_shelves_and_the_opened_pack_first() -> None:
    slip = paper(many())
    assert [(drug.shelf, drug.name, drug.quantity, drug.short) for drug in slip.drugs] == [
        ("B-2", "布洛芬", "20粒", ""),
        ("B-10", "阿莫西林胶囊", "2盒+6粒", ""),
        ("", "阿司匹林", "1盒+6粒", ""),
        ("", "门冬胰岛素注射液", "", "1盒"),
    ]
    assert [(batch.lot, batch.quantity, batch.code, batch.left, batch.reason) for batch in slip.drugs[1].batches] == [
        ("L1", "6粒", "8357", "8粒", ""),
        ("L9", "2盒", "", "", "包装破损"),
    ]
    assert (slip.drugs[1].name_marks, slip.drugs[0].specification_marks) == ("0-2", "0-4")
    assert slip.drugs[3].cares == ("麻醉药品", "高警示", "冷藏")
    assert (slip.window, slip.patient_number, slip.second) == ("2 号窗口", "00000005", True)


def test_the_screen_goes_the_same_way() -> None:
    assert [row.line.id for row in Picking(many()).rows()] == [2, 1, 1, 3]


def test_a_slice_says_what_goes_into_each_dose() -> None:
    line = samples.line(
        1, "制附子", dose=Decimal(10), dose_unit="g", unit="g", quantity=Decimal(70), handling=Handling.FIRST, advice="30分钟"
    )
    herbal = HerbalFacts(doses=7, decoct=False)
    slip = paper(samples.pick_list(line, kind=PrescriptionKind.HERBAL, herbal=herbal))
    assert (slip.drugs[0].quantity, slip.drugs[0].detail) == ("70g", "每剂 10g，共 7 剂 先煎 30分钟")


def test_one_key_prints_it_and_again_is_a_copy_also_after_a_new_start(
    stage: Stage, desk: PharmacyDesk, printed: list[tuple[Any, str]]
) -> None:
    lists(stage, paid=(7,))
    stage.show(desk)
    assert opened(desk) == 7
    stage.press("Ctrl+P", "Ctrl+P")
    assert "已补打配药单" in stage.said()
    stage.show(PharmacyDesk(stage.place))
    stage.press("Ctrl+P")
    assert [(type(document), document.copy.number, role) for document, role in printed] == [
        (PickListSlip, 1, "receipt"),
        (PickListSlip, 2, "receipt"),
        (PickListSlip, 3, "receipt"),
    ]
    assert printed[0][0].barcode == papers.prescription_code("26112100007")


def test_without_an_open_prescription_there_is_no_list(stage: Stage, desk: PharmacyDesk, printed: list[tuple[Any, str]]) -> None:
    lists(stage)
    stage.show(desk)
    stage.press("Ctrl+P")
    assert printed == []
    stage.press("Ctrl+Shift+P")
    assert "没有待配药" in stage.said()


def test_all_that_wait_are_printed_in_their_order(stage: Stage, desk: PharmacyDesk, printed: list[tuple[Any, str]]) -> None:
    waiting(stage, PICKED=(7,), PAID=(8, 9, 10))
    answers = {9: NotEnoughStock(drug="布洛芬", wanted=Decimal(2), left=Decimal(0), unit="盒")}
    others = {10: "苏叶"}
    stage.answers(
        PickPrescription,
        lambda request: (
            answers.get(request.prescription_id)
            or samples.pick_list(
                id=request.prescription_id,
                number=f"261121{request.prescription_id:05d}",
                picker=others.get(request.prescription_id, "王芳"),
            )
        ),
    )
    desk.model.put_away = True  # none opens by itself
    stage.show(desk)
    stage.press("Ctrl+Shift+P")
    assert printed == []
    lists(stage)
    stage.press("Return")
    assert [request.prescription_id for request in stage.asked(PickPrescription)] == [8, 9, 10]
    assert [document.prescription_number for document, _ in printed] == ["26112100008"]
    assert "已打印 1 张配药单" in stage.said()
    assert "布洛芬" in stage.said()
    assert "苏叶 正在配药" in stage.said()


def test_f9_still_means_the_labels(stage: Stage, desk: PharmacyDesk, printed: list[tuple[Any, str]]) -> None:
    lists(stage, paid=(7,))
    stage.answers(GetLabels, samples.dispensed(samples.line(1)))
    stage.show(desk)
    desk.model.remember(Handed(7, "26112100007", "欧阳若溪"))
    desk.labels_of = (7, "labels")
    desk.place.paper._last, desk.place.paper._gathering = [(1, "receipt")], "list"  # the list came out last
    stage.press("F9")
    assert len(stage.asked(GetLabels)) == 1
    assert [role for _, role in printed] == ["label"]


def test_how_often_is_remembered_of_the_last_ones_only(stage: Stage) -> None:
    counts = Printed()
    assert [counts.next_copy(prescription_id) for prescription_id in (*range(400), 399, 0)] == [*[1] * 400, 2, 1]
    assert len(counts.counts) == 300
    stage.place.journal.keep(LISTED_KEY, counts)
    kept = stage.place.journal.draft(LISTED_KEY, Printed)
    assert kept is not None
    assert encode(kept) == encode(counts)


def test_slips_go_to_pages_where_there_is_no_roll_and_labels_to_a_receipt_printer(stage: Stage) -> None:
    devices = stage.place.devices
    assert slip_role(devices) == "receipt"
    devices.settings.devices["a5"] = "spooler://pages"
    assert slip_role(devices) == "a5"
    devices.settings.devices["receipt"] = "socket://127.0.0.1:9100"
    assert slip_role(devices) == "receipt"
    ways = {
        "socket://127.0.0.1:9100": (Backend.TSPL, Media.LABEL_60X40),
        "socket://127.0.0.1:9100?language=zpl": (Backend.ZPL, Media.LABEL_60X40),
        "socket://127.0.0.1:9100?language=escpos": (Backend.ESCPOS, Media.ROLL_58),
        "socket://127.0.0.1:9100?language=escpos&roll=80": (Backend.ESCPOS, Media.ROLL_80),
    }
    for address, way in ways.items():
        devices.settings.devices["label"] = address
        assert way_at(devices, "label") == way


def test_marks_and_what_to_mind_stand_on_the_screen_too(stage: Stage, desk: PharmacyDesk) -> None:
    line = samples.line(1, "布洛芬片", name_marks="0-2", specification_marks="0-5")
    picked = samples.pick_list(line)
    picked = msgspec.structs.replace(
        picked,
        drugs={1: msgspec.structs.replace(BOX, high_alert=True, storage="fridge")},
        picks=(msgspec.structs.replace(picked.picks[0], pick_id=5),),
    )
    choice = BatchChoice(batch_id=9, lot="<9>", expires=date(2028, 1, 31), free=Decimal(9), opened=Decimal(0))
    stage.answers(PickPrescription, picked)
    stage.answers(ListShelfBatches, BatchChoices(choices=(choice,)))
    lists(stage, paid=(7,))
    stage.show(desk)
    page = desk.dispense_page
    assert "布洛芬片：高警示、冷藏" in page.lots.text()
    marked = [label.text() for label in page.checks.findChildren(QLabel) if "underline" in label.text()]
    assert len(marked) == 1
    assert ">布洛</span>芬片" in marked[0]
    assert ">0.25g</span>×24粒/盒" in marked[0]
    stage.press("Alt+B")
    assert page.batch.isVisible()
    assert ">布洛</span>芬片" in page.batch.title.text()
    assert page.batch.title.text().endswith("260001")
