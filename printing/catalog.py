"""What can be printed, on which paper, through which printer language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from common.i18n import N_, language, tr
from printing.documents.account_receipt import AccountReceipt
from printing.documents.base import SheetDocument, StripDocument
from printing.documents.controlled_register import ControlledRegister
from printing.documents.credit_statement import CreditStatement
from printing.documents.daily_close import DailyClose
from printing.documents.drug_label import DrugLabel
from printing.documents.drug_return_slip import DrugReturnSlip
from printing.documents.goods_receipt import GoodsReceipt
from printing.documents.herbal_bag import HerbalBag
from printing.documents.owed_slip import OwedDrugSlip
from printing.documents.pick_list import PickListSlip
from printing.documents.prescription import Prescription
from printing.documents.price_change import PriceChangeSheet
from printing.documents.purchase_order import PurchaseOrder
from printing.documents.queue_ticket import QueueTicket
from printing.documents.recall_list import RecallSheet
from printing.documents.receipt import Receipt
from printing.documents.refund_slip import RefundSlip
from printing.documents.registration_slip import RegistrationSlip
from printing.documents.roll_up import RollUp
from printing.documents.shift_slip import ShiftSlip
from printing.documents.stock_month import StockMonthSheet
from printing.documents.stock_paper import StockPaper
from printing.documents.stock_take import StockTakeSheet
from printing.documents.temperature_sheet import TemperatureSheet
from printing.errors import WrongMedia
from printing.media import Backend, Media

if TYPE_CHECKING:
    from collections.abc import Sequence

AnyDocument = (
    RegistrationSlip
    | QueueTicket
    | Receipt
    | RefundSlip
    | Prescription
    | DrugLabel
    | DrugReturnSlip
    | OwedDrugSlip
    | PickListSlip
    | DailyClose
    | ShiftSlip
    | RollUp
    | AccountReceipt
    | CreditStatement
    | GoodsReceipt
    | StockPaper
    | HerbalBag
    | PurchaseOrder
    | TemperatureSheet
    | RecallSheet
    | StockTakeSheet
    | PriceChangeSheet
    | StockMonthSheet
    | ControlledRegister
)

#: Rolls of so many columns have room for a table.
_TABLE_COLUMNS: Final = 48
_ON_ROLL: Final = ((Backend.ESCPOS, Media.ROLL_80), (Backend.ESCPOS, Media.ROLL_58))
_ON_LABEL: Final = tuple((backend, Media.LABEL_60X40) for backend in (Backend.TSPL, Backend.ZPL, Backend.PDF))
#: For each paper its name, and the ways to print it, the usual one first.
_PAPERS: Final[dict[type, tuple[str, tuple[tuple[Backend, Media], ...]]]] = {
    RegistrationSlip: (N_("paper|Registration slip"), _ON_ROLL),
    QueueTicket: (N_("paper|Queue ticket"), _ON_ROLL),
    Receipt: (N_("paper|Outpatient receipt"), _ON_ROLL),
    RefundSlip: (N_("paper|Refund slip"), _ON_ROLL),
    Prescription: (N_("paper|Prescription sheet"), ((Backend.PDF, Media.A5),)),
    DrugLabel: (N_("paper|Usage label"), (*_ON_LABEL, *_ON_ROLL)),
    HerbalBag: (N_("paper|Herbal bag label"), (*_ON_LABEL, *_ON_ROLL)),
    DrugReturnSlip: (N_("paper|Drug return slip"), (*_ON_ROLL, (Backend.PDF, Media.A5))),
    OwedDrugSlip: (N_("paper|Owing slip"), (*_ON_ROLL, (Backend.PDF, Media.A5))),
    PickListSlip: (N_("paper|Pick list"), (*_ON_ROLL, (Backend.PDF, Media.A5))),
    DailyClose: (N_("paper|Daily close"), (*_ON_ROLL, (Backend.PDF, Media.A4))),
    RollUp: (N_("paper|Daily roll-up"), (*_ON_ROLL, (Backend.PDF, Media.A4))),
    ShiftSlip: (N_("paper|Hand-over slip"), _ON_ROLL),
    AccountReceipt: (N_("paper|Deposit and account receipt"), _ON_ROLL),
    CreditStatement: (N_("paper|Account statement"), ((Backend.PDF, Media.A4),)),
    GoodsReceipt: (N_("paper|Goods receipt"), ((Backend.PDF, Media.A4),)),
    StockPaper: (N_("paper|Paper of the store"), ((Backend.PDF, Media.A4),)),
    PurchaseOrder: (N_("paper|Purchase order"), ((Backend.PDF, Media.A4),)),
    TemperatureSheet: (N_("paper|Record of temperatures"), ((Backend.PDF, Media.A4),)),
    RecallSheet: (N_("paper|Recall list"), ((Backend.PDF, Media.A4),)),
    StockTakeSheet: (N_("paper|Stock-take"), ((Backend.PDF, Media.A4),)),
    PriceChangeSheet: (N_("paper|Price change"), ((Backend.PDF, Media.A4),)),
    StockMonthSheet: (N_("paper|Stock account of a month"), ((Backend.PDF, Media.A4),)),
    ControlledRegister: (N_("paper|Narcotics register"), ((Backend.PDF, Media.A4),)),
}


def ways_to_print(kind: type[AnyDocument]) -> Sequence[tuple[Backend, Media]]:
    """Every (backend, media) that a kind of paper can go to, the usual one first."""
    return _PAPERS[kind][1]


def paper_name(kind: type[AnyDocument]) -> str:
    """The paper's name in the current language."""
    return tr(_PAPERS[kind][0])


def render_document(document: AnyDocument, backend: Backend, media: Media | None = None) -> bytes:
    """The bytes for a printer, in the document's language; the usual paper of that backend if no ``media`` is named.

    Raises ``WrongMedia``, ``GlyphMissing`` or ``NotABarcode``.
    """
    ways = [way for way in ways_to_print(type(document)) if way[0] is backend and media in (None, way[1])]
    if not ways:
        raise WrongMedia(document=_PAPERS[type(document)][0], printer=" ".join(filter(None, (backend.label, media and media.label))))
    with language(document.language):
        if isinstance(document, SheetDocument) and backend is not Backend.ESCPOS:
            return _sheet_bytes(document, backend)
        assert isinstance(document, StripDocument)
        return _strip_bytes(document, ways[0][1])


def _strip_bytes(document: StripDocument, media: Media) -> bytes:
    from printing.backends.escpos import escpos_bytes

    return escpos_bytes(document.strip(table=media.columns >= _TABLE_COLUMNS), media)


def _sheet_bytes(document: SheetDocument, backend: Backend) -> bytes:
    # A desk without a label printer need not load reportlab, nor one without an A5 printer the label languages.
    if backend is Backend.PDF:
        from printing.backends.pdf import pdf_bytes

        return pdf_bytes(document.sheets(), title=tr(_PAPERS[type(document)][0]))
    if backend is Backend.ZPL:
        from printing.backends.zpl import zpl_bytes

        return zpl_bytes(document.sheets())
    from printing.backends.tspl import tspl_bytes

    return tspl_bytes(document.sheets())


def document_json(document: AnyDocument) -> bytes:
    """The document as JSON, with its kind."""
    return msgspec.json.encode(document)


def document_from_json(data: bytes) -> AnyDocument:
    """The document that :func:`document_json` wrote. Raises ``msgspec.ValidationError`` for anything else."""
    document: AnyDocument = msgspec.json.decode(data, type=AnyDocument)
    return document
