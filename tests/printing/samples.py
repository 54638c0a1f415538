"""One of each paper, with invented people."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from common.messages.cashier import Tender, TenderKind
from common.messages.consult import PrescriptionKind
from common.messages.patients import AllergyState
from printing.documents.base import Copy
from printing.documents.drug_label import DrugLabel
from printing.documents.drug_return_slip import DrugReturnSlip, ReturnedDrug
from printing.documents.fees import FeeCategory
from printing.documents.herbal_bag import HerbalBag
from printing.documents.money_paper import MoneyLine
from printing.documents.owed_slip import OwedDrug, OwedDrugSlip
from printing.documents.pick_list import PickedBatch, PickedDrug, PickListSlip
from printing.documents.prescription import Agent, Allergies, DrugGroup, PrescribedDrug, Prescription
from printing.documents.queue_ticket import QueueTicket
from printing.documents.receipt import Receipt
from printing.documents.refund_slip import RefundSlip
from printing.documents.registration_slip import RegistrationSlip
from tests.printing.closing_samples import daily_close, roll_up, shift_slip

if TYPE_CHECKING:
    from printing.catalog import AnyDocument

CLINIC: Final = "杏林中医西医结合门诊部"
AT: Final = datetime(2026, 11, 21, 14, 5)  # noqa: DTZ001 — paper shows the clinic's wall clock
#: As long as a name may be; such names stand in identity cards.
LONGEST_NAME: Final = "买买提·阿卜杜热合曼·吐尔逊江·艾力艾合买提·库尔班·阿卜力克木·麦麦提依明·阿布都热西提·托合"
LONGEST_DRUG: Final = "复方对乙酰氨基酚盐酸伪麻黄碱氢溴酸右美沙芬马来酸氯苯那敏缓释干混悬颗粒剂（儿童）"
FIRST: Final = Copy(at=AT, by="李敏")
SECOND: Final = Copy(number=2, at=AT.replace(hour=16, minute=40), by="王建国")


def registration_slip(**changes: object) -> RegistrationSlip:
    """A number with a specialist."""
    facts: dict[str, object] = {
        "clinic": CLINIC,
        "copy": FIRST,
        "queue_number": "A023",
        "department": "呼吸内科",
        "doctor": "陈志远 副主任医师",
        "room": "二楼 206 诊室",
        "level": "专家号",
        "time_window": "2026-11-21 周六 14:30-15:00",
        "patient": "张*三",
        "sex": "男",
        "age": "45岁",
        "visit_number": "2026112100231",
        "barcode": "2000012348",
        "ahead": 4,
        "fee_fen": 2500,
        "note": "请在 206 诊室门口候诊，过号请到分诊台。当日有效。",
    }
    return RegistrationSlip(**{**facts, **changes})  # type: ignore[arg-type]


def queue_ticket(**changes: object) -> QueueTicket:
    """A number at the pharmacy window."""
    facts: dict[str, object] = {
        "clinic": CLINIC,
        "copy": FIRST,
        "queue": "西药房 2 号窗口",
        "queue_number": "P108",
        "ahead": 3,
        "note": "请留意屏幕叫号",
    }
    return QueueTicket(**{**facts, **changes})  # type: ignore[arg-type]


LINES: Final = (
    MoneyLine(category=FeeCategory.WESTERN_DRUG, name="阿莫西林胶囊", specification="0.25g×24粒", quantity="2盒", amount_fen=2500),
    MoneyLine(category=FeeCategory.CONSULTATION, name="副主任医师诊察费", quantity="1次", amount_fen=2500),
    MoneyLine(category=FeeCategory.WESTERN_DRUG, name="布洛芬缓释胶囊", specification="0.3g×20粒", quantity="1盒", amount_fen=1860),
    MoneyLine(category=FeeCategory.LAB, name="血细胞分析（五分类）", quantity="1次", amount_fen=2000),
    MoneyLine(
        category=FeeCategory.PATENT,
        name="复方甘草口服溶液",
        specification="100ml/瓶",
        quantity="1瓶",
        amount_fen=980,
    ),
)


def receipt(**changes: object) -> Receipt:
    """Five lines, paid in cash and by WeChat."""
    facts: dict[str, object] = {
        "clinic": CLINIC,
        "copy": FIRST,
        "number": "0000123",
        "barcode": "4000001235",
        "patient": "张晓三",
        "sex": "男",
        "payer": "自费",
        "visit_number": "2026112100231",
        "lines": LINES,
        "tenders": (
            Tender(kind=TenderKind.WECHAT, amount_fen=5000),
            Tender(kind=TenderKind.CASH, amount_fen=4840, given_fen=5000),
        ),
        "change_fen": 160,
        "cashier": "李敏",
        "settled_at": AT,
    }
    return Receipt(**{**facts, **changes})  # type: ignore[arg-type]


def refund_slip(**changes: object) -> RefundSlip:
    """One drug given back."""
    facts: dict[str, object] = {
        "clinic": CLINIC,
        "copy": FIRST,
        "number": "0000131",
        "refund_of": "0000123",
        "barcode": "4000001318",
        "patient": "张晓三",
        "sex": "男",
        "visit_number": "2026112100231",
        "lines": (
            MoneyLine(
                category=FeeCategory.WESTERN_DRUG, name="布洛芬缓释胶囊", specification="0.3g×20粒", quantity="-1盒", amount_fen=-1860
            ),
        ),
        "tenders": (Tender(kind=TenderKind.WECHAT, amount_fen=1860),),
        "reason": "医师更改用药，药品未拆封",
        "cashier": "李敏",
        "approver": "周丽华",
        "refunded_at": AT,
    }
    return RefundSlip(**{**facts, **changes})  # type: ignore[arg-type]


AMOXICILLIN: Final = PrescribedDrug(
    name="阿莫西林胶囊", form="胶囊剂", specification="0.25g×24粒/盒", quantity="2盒", usage="口服 一次2粒 一日3次 饭后 共7天"
)
INFUSION: Final = DrugGroup(
    drugs=(
        PrescribedDrug(name="注射用头孢曲松钠", form="粉针剂", specification="1g/支", quantity="2支", skin_test="皮试（－）"),
        PrescribedDrug(name="0.9%氯化钠注射液", form="注射液", specification="100ml/袋", quantity="1袋"),
    ),
    usage="静脉滴注 一次2g 一日1次 40滴/分 共1天",
)


def alone(drug: PrescribedDrug) -> DrugGroup:
    """A drug for itself."""
    return DrugGroup(drugs=(drug,))


def prescription(**changes: object) -> Prescription:
    """Two drugs and an infusion, reviewed and picked."""
    facts: dict[str, object] = {
        "clinic": CLINIC,
        "copy": FIRST,
        "number": "20261121000087",
        "barcode": "3000000879",
        "kind": PrescriptionKind.ORDINARY,
        "payer": "自费",
        "patient": "张晓三",
        "sex": "男",
        "age": "45岁",
        "weight": "68 kg",
        "phone": "138 1234 5678",
        "visit_number": "2026112100231",
        "department": "呼吸内科",
        "diagnoses": ("急性支气管炎", "过敏性鼻炎"),
        "allergies": Allergies(state=AllergyState.KNOWN, substances=("磺胺类（严重）",), note="海鲜后皮疹"),
        "groups": (
            alone(AMOXICILLIN),
            alone(
                PrescribedDrug(
                    name="复方甘草口服溶液",
                    form="口服溶液剂",
                    specification="100ml/瓶",
                    quantity="1瓶",
                    usage="口服 一次10ml 一日3次 摇匀后服",
                )
            ),
            INFUSION,
        ),
        "amount_fen": 9840,
        "doctor": "陈志远",
        "signed_at": AT,
        "validity": "本处方当日有效",
        "reviewer": "孙药师",
        "preparer": "",
        "checker": "",
        "dispenser": "",
    }
    return Prescription(**{**facts, **changes})  # type: ignore[arg-type]


def narcotic() -> Prescription:
    """A red sheet that an agent fetches."""
    drug = PrescribedDrug(
        name="盐酸羟考酮缓释片", form="缓释片", specification="10mg×10片/盒", quantity="1盒", usage="口服 一次1片 每12小时1次 共5天"
    )
    return prescription(
        kind=PrescriptionKind.NARCOTIC,
        groups=(alone(drug),),
        patient_document="110105194912310023",
        agent=Agent(name="张小明", document_number="110105197803040017"),
        amount_fen=12_350,
    )


def drug_label(**changes: object) -> DrugLabel:
    """Tablets to take after meals."""
    facts: dict[str, object] = {
        "clinic": CLINIC,
        "copy": FIRST,
        "patient": "张晓三",
        "sex": "男",
        "age": "45岁",
        "drug": "阿莫西林胶囊",
        "specification": "0.25g×24粒",
        "quantity": "2盒",
        "usage": "口服 一次2粒 一日3次 饭后服",
        "caution": "服药期间勿饮酒",
        "lot": "20260731A",
        "expires": date(2028, 6, 30),
        "dispensed_on": AT.date(),
        "dispenser": "孙药师",
        "barcode": "3000000879",
        "place": 1,
        "count": 3,
    }
    return DrugLabel(**{**facts, **changes})  # type: ignore[arg-type]


#: What makes the label of a pack that was split.
SPLIT: Final = {"quantity": "6粒", "split": True, "lot": "20260318", "expires": date(2027, 6, 30), "place": 2}


def drug_return_slip(**changes: object) -> DrugReturnSlip:
    """A sealed pack back on the shelf, and an opened one that goes into quarantine."""
    lines = (
        ReturnedDrug(
            name="阿莫西林胶囊",
            specification="0.25g×24粒/盒",
            lot="20260318",
            expires=date(2027, 6, 30),
            quantity="2盒",
            sold_again=True,
            codes=("83570620000000123456", "83570620000000123457"),
            amount_fen=2500,
        ),
        ReturnedDrug(
            name=LONGEST_DRUG,
            specification="复方×12袋/盒",
            lot="C2602117",
            expires=date(2026, 12, 31),
            quantity="7袋",
            sold_again=False,
            codes=("81234560000000998877",),
            amount_fen=1312,
        ),
    )
    facts: dict[str, object] = {
        "clinic": CLINIC,
        "copy": FIRST,
        "number": "T2611210007",
        "prescription_number": "26112100042",
        "barcode": "326112100042008",
        "patient": "张晓三",
        "sex": "男",
        "age": "45岁",
        "visit_number": "26112100231",
        "lines": lines,
        "reason": "不良反应",
        "note": "服药后出现皮疹，医师已停药",
        "pharmacist": "苏叶",
        "approver": "江岚",
        "returned_at": AT,
    }
    return DrugReturnSlip(**{**facts, **changes})  # type: ignore[arg-type]


def owed_slip(**changes: object) -> OwedDrugSlip:
    """Two drugs that were short, one with the longest name."""
    facts: dict[str, object] = {
        "clinic": CLINIC,
        "copy": FIRST,
        "number": "Q2611210003",
        "prescription_number": "26112100042",
        "barcode": "326112100042008",
        "patient": "张晓三",
        "sex": "男",
        "age": "45岁",
        "phone": "13812345678",
        "lines": (
            OwedDrug(name="阿莫西林胶囊", specification="0.25g×24粒/盒", owed="1盒+6粒"),
            OwedDrug(name=LONGEST_DRUG, specification="复方×12袋/盒", owed="2盒"),
        ),
        "promised": date(2026, 11, 24),
        "note": "厂家周二送货",
        "pharmacist": "苏叶",
        "owed_since": AT,
    }
    return OwedDrugSlip(**{**facts, **changes})  # type: ignore[arg-type]


OPENED: Final = PickedBatch(lot="20260318", expires=date(2027, 6, 30), quantity="6粒", opened=True, code="83570620000000123456", left="8粒")
PICKED: Final = (
    PickedDrug(
        shelf="A-01-03",
        name="阿莫西林胶囊",
        specification="0.25g×24粒/盒",
        quantity="1盒+6粒",
        batches=(OPENED, PickedBatch(lot="20260731A", expires=date(2028, 6, 30), quantity="1盒")),
    ),
    PickedDrug(
        shelf="A-02-11",
        name="氯雷他定片",
        name_marks="1-3",
        specification="10mg×6片/盒",
        specification_marks="0-4",
        quantity="2盒",
        batches=(PickedBatch(lot="2606012", expires=date(2026, 12, 31), quantity="2盒", reason="包装破损"),),
        short="1盒",
    ),
    PickedDrug(
        shelf="冷藏柜 2",
        name="门冬胰岛素注射液",
        name_marks="0-2",
        specification="3ml:300单位/支",
        quantity="1支",
        cares=("高警示", "冷藏"),
        batches=(PickedBatch(lot="NP52117", expires=date(2027, 9, 30), quantity="1支"),),
    ),
    PickedDrug(
        shelf="",
        name=LONGEST_DRUG,
        name_marks="10-15,38-40",
        specification="复方×12袋/盒",
        quantity="1盒",
        batches=(PickedBatch(lot="C2602117", expires=date(2028, 1, 31), quantity="1盒"),),
    ),
)


def pick_list(**changes: object) -> PickListSlip:
    """An opened pack, a look-alike of another batch that is short, what is kept cold, and the longest name."""
    facts: dict[str, object] = {
        "clinic": CLINIC,
        "copy": FIRST,
        "prescription_number": "26112100042",
        "barcode": "326112100042008",
        "patient": "张晓三",
        "sex": "男",
        "age": "45岁",
        "patient_number": "00000231",
        "window": "2 号窗口",
        "department": "呼吸内科",
        "doctor": "陈志远",
        "drugs": PICKED,
        "picker": "苏叶",
    }
    return PickListSlip(**{**facts, **changes})  # type: ignore[arg-type]


def herbal_bag(**changes: object) -> HerbalBag:
    """The first of seven doses that are boiled at home."""
    facts: dict[str, object] = {
        "clinic": CLINIC,
        "copy": FIRST,
        "patient": "张晓三",
        "sex": "男",
        "age": "45岁",
        "which": "第 1 剂，共 7 剂",
        "usage": "每日1剂 水煎服 分2次服 饭后温服",
        "prepared_on": AT.date(),
        "pharmacist": "孙药师",
        "number": "26112100042",
        "barcode": "326112100042008",
    }
    return HerbalBag(**{**facts, **changes})  # type: ignore[arg-type]


FIRST_BAG: Final = {"special": "先煎 30分钟", "contents": ("制附子 10g、龙骨 20g、牡蛎 20g",), "usage": "先煎后再与其他药同煎"}


def one_of_each() -> list[AnyDocument]:
    """Every kind of paper."""
    return [
        registration_slip(),
        queue_ticket(),
        receipt(),
        refund_slip(),
        drug_return_slip(),
        owed_slip(),
        pick_list(),
        prescription(),
        drug_label(),
        herbal_bag(),
        daily_close(),
        roll_up(),
        shift_slip(),
    ]
