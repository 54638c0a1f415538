"""The drug in the hand when goods come in; and what a pack's code teaches, once two people agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common import topics
from common.domain.barcodes import TraceCode, read_pack
from common.errors import NotFound
from common.i18n import N_
from common.messages.receipts import BindPrefix, FindGoods, Goods, GoodsList
from common.store_errors import CodeBound
from common.wire import Done
from server import approvals
from server.db import Read, Write, spelling
from server.features import handles

if TYPE_CHECKING:
    from server.db import ReadTx, Tx

_FOUND: Final = (
    "SELECT d.id AS drug_id, d.code, d.name, d.specification, d.manufacturer, d.pack_unit, d.storage = 'fridge' AS cold,"
    " g.purchase_price AS last_price, coalesce(g.approval_number, '') AS last_approval, d.name_marks, d.specification_marks FROM drug d"
    " LEFT JOIN LATERAL (SELECT l.purchase_price, l.approval_number FROM stock_receipt_line l WHERE l.drug_id = d.id AND l.batch_id IS NOT NULL"
    " ORDER BY l.id DESC LIMIT 1) g ON true WHERE d.active AND "
)
_BY_PACK: Final = Read(
    f"{_FOUND} d.id IN (SELECT c.drug_id FROM drug_code c WHERE c.kind = 'barcode' AND c.code = %(article)s"
    " OR c.kind = 'trace_prefix' AND c.code = %(product)s)"
)
_BY_WORDS: Final = Read(
    f"{_FOUND} (d.code = upper(%(text)s) OR strpos(d.name, %(text)s) > 0 OR d.id IN (SELECT k.drug_id FROM drug_spelling k"
    " WHERE k.key >= %(low)s AND k.key < %(high)s)) ORDER BY d.code <> upper(%(text)s), strpos(d.name, %(text)s) <> 1, length(d.name), d.name, d.id"
    " LIMIT 20"
)
_DRUG: Final = Read("SELECT name FROM drug WHERE id = %(id)s")
_LEARN: Final = Write("INSERT INTO drug_code (kind, code, drug_id) VALUES ('trace_prefix', %(prefix)s, %(drug_id)s) ON CONFLICT DO NOTHING")
_OWNER: Final = Read(
    "SELECT d.id, d.name FROM drug_code c JOIN drug d ON d.id = c.drug_id WHERE c.kind = 'trace_prefix' AND c.code = %(prefix)s"
)


@handles(FindGoods)
def find_goods(tx: ReadTx, request: FindGoods) -> GoodsList:
    """A pack's code names its drug, or is one to be learned; other words are looked up."""
    text = request.text.strip()
    if not text:
        return GoodsList(goods=())
    pack = read_pack(text)
    found = tx.structs(Goods, _BY_PACK, article=pack.article, product=TraceCode(pack.trace).product)
    if found or pack.trace:
        return GoodsList(goods=found, unknown_prefix="" if found else TraceCode(pack.trace).product)
    return GoodsList(goods=tx.structs(Goods, _BY_WORDS, text=text, **spelling(text)))


@handles(BindPrefix)
def bind_prefix(tx: Tx, request: BindPrefix) -> Done:
    """Learn a product section. Said twice it is one and the same."""
    agreed_by = approvals.use(tx, request.approval_id, "trace_prefix", request.drug_id, detail=request.prefix)
    name = tx.one(_DRUG, NotFound(kind=N_("Drug"), key=str(request.drug_id)), id=request.drug_id)[0]
    tx.write(_LEARN, prefix=request.prefix, drug_id=request.drug_id)
    owner = tx.one(_OWNER, NotFound(kind=N_("Drug"), key=request.prefix), prefix=request.prefix)
    if owner[0] != request.drug_id:
        raise CodeBound(prefix=request.prefix, drug=owner[1])
    tx.changed(topics.CATALOGUE)
    tx.detail = {"prefix": request.prefix, "drug": name, "agreed_by": agreed_by}
    return Done()
