"""Papers as the service would send them, for the page's tests and its pictures."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from common.messages.alerts import Alerts, ListAlerts
from common.messages.receipts import ListSuppliers, Suppliers
from common.messages.stock import ListStock, StockReport
from common.messages.store_papers import (
    FindPaperGoods,
    GetPaper,
    ListPapers,
    PaperEntry,
    PaperFacts,
    PaperGoods,
    PaperGoodsList,
    PaperKind,
    PaperLine,
    PaperList,
    PaperStep,
    SuggestPaper,
)
from tests.client.stage import TODAY
from tests.harness import ZONE

if TYPE_CHECKING:
    from tests.client.stage import Stage

D = Decimal
AT = datetime(2026, 11, 21, 9, 35, tzinfo=ZONE)
ME, OTHER = 1, 9


def goods(number: int, **fields: object) -> PaperGoods:
    base = {
        "drug_id": number,
        "code": f"D{number:04d}",
        "drug": ("阿莫西林胶囊", "布洛芬缓释胶囊", "蒙脱石散")[number % 3],
        "specification": "0.25g×24粒/盒",
        "manufacturer": "某制药股份有限公司",
        "base_unit": "粒",
        "pack_unit": "盒",
        "pack_size": D(24),
        "batch_id": number * 10,
        "lot": f"2608{number:02d}",
        "expires": date(2027, 6, 30),
        "place": "STORE",
        "supplier": "国药控股深圳有限公司",
        "purchase_price": D("8.40"),
        "free": D(240),
        "there": D(240),
        "suggested": D(0),
    }
    return PaperGoods(**(base | fields))  # type: ignore[arg-type]


def line(number: int, **fields: object) -> PaperLine:
    batch = goods(number)
    base = {name: getattr(batch, name) for name in PaperLine.__struct_fields__ if hasattr(batch, name)}
    base |= {"line_no": number, "quantity": D(48), "received": D(0), "back": D(0), "damaged": D(0), "coming": D(0), "value_fen": 1680}
    return PaperLine(**(base | fields))


def entry(number: str, kind: PaperKind, state: str, **fields: object) -> PaperEntry:
    transfer = kind is PaperKind.TRANSFER
    base = {
        "id": int(number[-4:]),
        "number": number,
        "kind": kind,
        "state": state,
        "version": 1,
        "at": AT,
        "staff_id": OTHER,
        "by": "顾砚",
        "decided_by": "",
        "out_of": "STORE" if transfer else "",
        "goes_to": "PHARMACY" if transfer else "",
        "supplier": "国药控股深圳有限公司" if kind is PaperKind.SUPPLIER_RETURN else "",
        "reason": "" if kind in (PaperKind.REQUEST, PaperKind.TRANSFER) else "外包装破损、受潮",
        "about": "布洛芬缓释胶囊",
        "lines": 2,
        "value_fen": 0 if kind is PaperKind.REQUEST else 3360,
        "part": False,
    }
    return PaperEntry(**(base | fields))  # type: ignore[arg-type]


PAPERS = (
    entry("SL2611210009", PaperKind.REQUEST, "OPEN", by="苏叶", part=True),
    entry("DB2611210008", PaperKind.TRANSFER, "SENT"),
    entry("BS2611210007", PaperKind.DAMAGE, "DRAFT"),
    entry("BS2611210006", PaperKind.DAMAGE, "DRAFT", staff_id=ME, by="王芳"),
    entry("BS2611210005", PaperKind.DAMAGE, "APPROVED", decided_by="白芷"),
    entry("XH2611200004", PaperKind.DESTROY, "APPROVED", decided_by="白芷", reason="过期"),
    entry("TH2611200003", PaperKind.SUPPLIER_RETURN, "APPROVED", decided_by="白芷", reason="近效期"),
    entry("DB2611200002", PaperKind.TRANSFER, "RECEIVED", decided_by="苏叶", reason="运输途中破损"),
    entry("DB2611200001", PaperKind.TRANSFER, "CALLED_BACK", decided_by="顾砚", reason="发错"),
)


def facts(found: PaperEntry) -> PaperFacts:
    destroyed = found.kind is PaperKind.DESTROY
    lines: tuple[PaperLine, ...] = (line(1), line(2, quantity=D(29), value_fen=1015))
    if found.kind is PaperKind.REQUEST:
        lines = tuple(line(n, batch_id=None, lot="", expires=None, place="", quantity=D(240), coming=D(48), received=D(96)) for n in (1, 2))
    if found.state == "RECEIVED":
        lines = (line(1, received=D(48)), line(2, received=D(24), back=D(20), damaged=D(4)))
    first = "SENT" if found.kind is PaperKind.TRANSFER else "OPEN" if found.kind is PaperKind.REQUEST else "DRAFT"
    steps = [PaperStep(state=first, version=1, by=found.by, at=AT, note="")]
    if found.decided_by:
        steps.append(PaperStep(state=found.state, version=1, by=found.decided_by, at=AT.replace(hour=10), note=""))
    return PaperFacts(
        clinic="杏林中医西医结合门诊部",
        entry=found,
        note="",
        witness="许知远" if destroyed else "",
        site="深圳市医疗废物集中处置中心" if destroyed else "",
        way="焚烧" if destroyed else "",
        serves="",
        served_by=("DB2611210008",) if found.kind is PaperKind.REQUEST else (),
        reverses="",
        reversed_by="",
        lines=lines,
        steps=tuple(steps),
    )


def prepare(stage: Stage) -> None:
    """A service with a paper of every kind."""
    by_number = {paper.number: paper for paper in PAPERS}

    def listed(asked: ListPapers) -> PaperList:
        found = tuple(paper for paper in PAPERS if asked.kind in (None, paper.kind))
        return PaperList(papers=found, more=False, waiting={"REQUEST": 1, "TRANSFER": 1, "DAMAGE": 2})

    def found(asked: FindPaperGoods) -> PaperGoodsList:
        if asked.kind is PaperKind.REQUEST:
            return PaperGoodsList(goods=(goods(2, batch_id=None, lot="", expires=None, place="", free=D(12)),))
        place = {"DESTROY": "QUARANTINE"}.get(asked.kind, asked.place or "STORE")
        return PaperGoodsList(goods=(goods(1, place=place), goods(2, place=place, expires=TODAY)))

    stage.answers(ListStock, StockReport(at=AT, drugs=(), count=0, value_fen=0))
    stage.answers(ListAlerts, Alerts(alerts=()))
    stage.answers(ListPapers, listed)
    stage.answers(GetPaper, lambda asked: facts(by_number[asked.number]))
    stage.answers(FindPaperGoods, found)
    stage.answers(ListSuppliers, Suppliers(names=("国药控股深圳有限公司", "九州通")))
    stage.answers(SuggestPaper, PaperGoodsList(goods=tuple(goods(n, suggested=D(48 * n)) for n in (1, 2, 4)), short=("蒙脱石散",)))
