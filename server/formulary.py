"""What the catalogue says of each drug 药品目录: shown, and changed from a moment on. The service lets due changes take effect by itself."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec
from psycopg.types.json import Jsonb

from common import topics
from common.catalogue_errors import DrugChangedMeanwhile, DrugValueRefused
from common.domain.formulary import BY_NAME, FIELDS, WITH_PRESCRIPTION, NotAValue, contradiction, read_value
from common.domain.states import DRUG_CHANGE
from common.errors import FieldWrong, NotFound, WrongState
from common.i18n import CHINESE, N_, language, tr
from common.messages.catalogue_attributes import (
    ApplyDrugChanges,
    CatalogueDrug,
    CatalogueDrugs,
    ChangesApplied,
    DrugChangeFacts,
    DrugHistoryEntry,
    DrugPack,
    DrugPage,
    DrugPrice,
    GetDrugPage,
    ListCatalogueDrugs,
    ProposeDrugChange,
    WithdrawDrugChange,
)
from common.permissions import Permission
from common.wire import Done
from server import drug_book
from server.db import Read, Write
from server.features import handles
from server.people import system_actor
from server.storeroom.stock import sought

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from server.db import Database, ReadTx, Tx
    from server.dispatch import Dispatch
    from server.drug_book import Values

MOST: Final = 1000

_ENTRY: Final = (
    "SELECT d.id AS drug_id, d.code, d.name, d.specification, d.manufacturer, d.controlled, d.high_alert, d.active,"
    " (SELECT count(*) FROM drug_change c WHERE c.drug_id = d.id AND c.state = 'PROPOSED') AS waiting,"
    " (SELECT count(*) FROM drug_alike a WHERE d.id IN (a.drug_id, a.other_id) AND a.kept) AS alike, d.name_marks, d.specification_marks FROM drug d"
)
_LIST: Final = Read(
    f"SELECT * FROM ({_ENTRY} WHERE (%(text)s = '' OR %(named)s <> '' AND strpos(d.name || d.trade_name, %(named)s) > 0 OR d.code = upper(%(text)s)"
    " OR d.id IN (SELECT k.drug_id FROM drug_spelling k WHERE k.key >= %(low)s AND k.key < %(high)s)"
    " OR d.id IN (SELECT c.drug_id FROM drug_code c WHERE c.kind = 'barcode' AND c.code = %(article)s"
    " OR c.kind = 'trace_prefix' AND c.code = %(product)s))) e WHERE CASE %(only)s WHEN 'controlled' THEN e.controlled <> ''"
    " WHEN 'high_alert' THEN e.high_alert WHEN 'stopped' THEN NOT e.active WHEN 'waiting' THEN e.waiting > 0 WHEN 'alike' THEN e.alike > 0"
    " ELSE true END ORDER BY e.name, e.specification, e.drug_id LIMIT %(limit)s"
)
_ONE: Final = Read(f"{_ENTRY} WHERE d.id = %(id)s")
_PACK: Final = Read("SELECT base_unit, pack_unit, pack_size, dose_unit, dose_per_base FROM drug WHERE id = %(id)s")
_REST: Final = Read(
    "SELECT d.drug_class, coalesce((SELECT f.name_zh FROM frequency f WHERE f.code = d.default_frequency), d.default_frequency),"
    " coalesce((SELECT r.name_zh FROM route r WHERE r.code = d.default_route), d.default_route), d.price,"
    " coalesce((SELECT m.med_list_codg FROM insurance_mapping m WHERE m.own_kind = 'drug' AND m.own_id = d.id AND m.begins <= %(today)s"
    " AND (m.ends IS NULL OR m.ends >= %(today)s) ORDER BY m.begins DESC LIMIT 1), '') FROM drug d WHERE d.id = %(id)s"
)
_CHANGE: Final = (
    "SELECT c.id, c.state, c.before, c.after, c.reason, c.effective_at, c.proposed_at, p.name AS proposed_by, c.ended_at,"
    " coalesce(e.name, '') AS ended_by, c.ended_why FROM drug_change c JOIN staff p ON p.id = c.proposed_by LEFT JOIN staff e ON e.id = c.ended_by"
)
_CHANGES: Final = Read(f"{_CHANGE} WHERE c.drug_id = %(id)s ORDER BY c.id DESC LIMIT 100")
_ONE_CHANGE: Final = Read(f"{_CHANGE} WHERE c.id = %(id)s")
_HISTORY: Final = Read(
    "SELECT h.field, h.before, h.after, h.at, s.name AS by, h.change_id FROM drug_history h JOIN staff s ON s.id = h.staff_id"
    " WHERE h.drug_id = %(id)s ORDER BY h.id DESC LIMIT 300"
)
_LOCK: Final = Write("SELECT name, pack_size, price FROM drug WHERE id = %(id)s FOR UPDATE")
_WAITING: Final = Read("SELECT after FROM drug_change WHERE drug_id = %(id)s AND state = 'PROPOSED'")
_PROPOSE: Final = Write(
    "INSERT INTO drug_change (drug_id, state, before, after, reason, effective_at, proposed_at, proposed_by) VALUES (%(drug_id)s, 'PROPOSED',"
    " %(before)s, %(after)s, %(reason)s, %(effective_at)s, %(now)s, %(by)s) RETURNING id"
)
_OF: Final = Write("SELECT c.drug_id, c.state FROM drug_change c WHERE c.id = %(id)s FOR UPDATE")
_END: Final = Write(
    "UPDATE drug_change SET state = %(state)s, ended_at = %(now)s, ended_by = %(by)s, ended_why = %(why)s WHERE id = %(id)s"
)
_DUE: Final = Write(
    "SELECT id, drug_id, after FROM drug_change WHERE state = 'PROPOSED' AND effective_at <= %(now)s ORDER BY effective_at, id"
    " LIMIT 50 FOR UPDATE SKIP LOCKED"
)
_DUE_COUNT: Final = Read("SELECT count(*) FROM drug_change WHERE state = 'PROPOSED' AND effective_at <= %(now)s")

_PRICES: Final = Read(
    "SELECT p.price, p.valid_from, p.document, s.name AS by FROM drug_price p JOIN staff s ON s.id = p.staff_id"
    " WHERE p.drug_id = %(id)s ORDER BY p.id DESC LIMIT 200"
)
#: Columns that a value is written into; ``controlled`` is made of two.
_COLUMNS: Final = (*(field.name for field in FIELDS if field.name != "controlled"), "rx_class", "special_control")
_NULLABLE: Final = frozenset({"middle_size", "case_packs", "min_age_years", "max_daily_dose", "price_ceiling"})
_ASSIGNMENTS: Final = ", ".join(f"{name} = CASE WHEN jsonb_exists(%(new)s, '{name}') THEN r.{name} ELSE d.{name} END" for name in _COLUMNS)
_WRITE: Final = Write(f"UPDATE drug d SET {_ASSIGNMENTS} FROM jsonb_populate_record(NULL::drug, %(new)s::jsonb) r WHERE d.id = %(id)s")


@handles(ListCatalogueDrugs)
def list_drugs(tx: ReadTx, request: ListCatalogueDrugs) -> CatalogueDrugs:
    """Drugs by name."""
    found = tx.structs(CatalogueDrug, _LIST, **sought(request.text.strip()), only=request.only, limit=MOST + 1)
    return CatalogueDrugs(drugs=found[:MOST], more=len(found) > MOST)


@handles(GetDrugPage)
def get_drug(tx: ReadTx, request: GetDrugPage) -> DrugPage:
    """One drug with everything about it."""
    id = request.drug_id
    found = tx.structs(CatalogueDrug, _ONE, id=id)
    if not found:
        raise NotFound(kind=N_("Drug"), key=str(id))
    drug_class, frequency, route, price, insurance_code = tx.rows(_REST, id=id, today=tx.today)[0]
    return DrugPage(
        drug=found[0],
        drug_class=drug_class,
        frequency=frequency,
        route=route,
        pack=tx.structs(DrugPack, _PACK, id=id)[0],
        price=price,
        insurance_code=insurance_code,
        values=drug_book.values_of(tx, [id])[id],
        changes=tx.structs(DrugChangeFacts, _CHANGES, id=id),
        history=tx.structs(DrugHistoryEntry, _HISTORY, id=id),
        prices=tx.structs(DrugPrice, _PRICES, id=id),
    )


@handles(ProposeDrugChange)
def propose(tx: Tx, request: ProposeDrugChange) -> DrugChangeFacts:
    """Write a change down; what holds at once takes effect in the same act."""
    name, pack_size, price = _locked(tx, request.drug_id)
    now = drug_book.values_of(tx, [request.drug_id])[request.drug_id]
    after = {field: _read(field, typed) for field, typed in request.after.items()}
    _refuse_unseen(tx, request, name, now)
    after = {field: value for field, value in after.items() if value != now[field]}
    if not after:
        raise FieldWrong(field=N_("Catalogue change"), reason=N_("nothing would be another than it is"))
    _refuse_contradiction({**now, **after}, pack_size, price)
    effective_at = request.effective_at or tx.now
    row = tx.write_one(
        _PROPOSE,
        drug_id=request.drug_id,
        before=Jsonb({field: now[field] for field in after}),
        after=Jsonb(after),
        reason=request.reason.strip(),
        effective_at=effective_at,
        now=tx.now,
        by=tx.actor.staff,
    )
    assert row is not None
    if effective_at <= tx.now:
        _take_effect(tx, row[0], request.drug_id, now, after)
    tx.changed(topics.CATALOGUE, request.drug_id)
    tx.detail = {"drug": name, "after": after, "effective_at": effective_at.isoformat()}
    return tx.structs(DrugChangeFacts, _ONE_CHANGE, id=row[0])[0]


def _locked(tx: Tx, drug_id: int) -> tuple[str, Decimal, Decimal]:
    row = tx.write_one(_LOCK, id=drug_id)
    if row is None:
        raise NotFound(kind=N_("Drug"), key=str(drug_id))
    return row[0], row[1], row[2]


def _read(name: str, typed: str) -> str:
    if name not in BY_NAME:
        raise FieldWrong(field=N_("Catalogue change"), reason=N_("a field that no drug has"))
    try:
        return read_value(BY_NAME[name], typed)
    except NotAValue as wrong:
        raise DrugValueRefused(field=BY_NAME[name].title, reason=wrong.reason, about=wrong.about) from wrong


def _refuse_unseen(tx: Tx, request: ProposeDrugChange, drug: str, now: Values) -> None:
    """Two people, one field: the second looks again."""
    waiting = {field for (after,) in tx.rows(_WAITING, id=request.drug_id) for field in after}
    for field in request.after:
        if field in waiting or request.seen.get(field) != now[field]:
            raise DrugChangedMeanwhile(drug=drug, field=BY_NAME[field].title)


def _refuse_contradiction(values: Values, pack_size: Decimal, price: Decimal) -> None:
    wrong = contradiction(values, pack_size, price)
    if wrong is not None:
        raise DrugValueRefused(field=BY_NAME[wrong.field].title, reason=wrong.reason, about=wrong.about)


def _take_effect(tx: Tx, change_id: int, drug_id: int, now: Values, after: Mapping[str, str]) -> None:
    tx.write(_WRITE, id=drug_id, new=Jsonb(_as_columns(after)))
    drug_book.remember(tx, {drug_id: now}, {drug_id: {**now, **after}}, change_id)
    if "wubi" in after:
        drug_book.spell(tx, [drug_id])
    tx.write(_END, id=change_id, state="APPLIED", now=tx.now, by=tx.actor.staff, why="")


def _as_columns(after: Mapping[str, str]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, value in after.items():
        if name == "controlled":
            columns["rx_class"] = value if value in WITH_PRESCRIPTION else "ordinary"
            columns["special_control"] = "" if value in WITH_PRESCRIPTION else value
        elif BY_NAME[name].kind == "flag":
            columns[name] = value == "1"
        else:
            columns[name] = None if not value and name in _NULLABLE else value
    return columns


@handles(WithdrawDrugChange)
def withdraw(tx: Tx, request: WithdrawDrugChange) -> Done:
    """Take a change back."""
    row = tx.write_one(_OF, id=request.change_id)
    if row is None:
        raise NotFound(kind=N_("Catalogue change"), key=str(request.change_id))
    if not DRUG_CHANGE.allows(row[1], "WITHDRAWN"):
        raise WrongState(machine=DRUG_CHANGE.name, key=str(request.change_id), state=row[1])
    tx.write(_END, id=request.change_id, state="WITHDRAWN", now=tx.now, by=tx.actor.staff, why=request.reason.strip())
    tx.changed(topics.CATALOGUE, row[0])
    tx.detail = {"change": request.change_id}
    return Done()


# --- the service's own round -------------------------------------------------------------------------------------------------------


def change_catalogue(database: Database, dispatch: Dispatch, now: datetime) -> None:
    """The service's round: let changes take effect whose moment has come."""
    row = database.of_thread().execute(_DUE_COUNT.bytes, {"now": now}).fetchone()
    if row is not None and row[0]:
        actor = msgspec.structs.replace(system_actor(database), permissions=frozenset({Permission.SERVICE}))
        dispatch.perform(ApplyDrugChanges(), actor)


@handles(ApplyDrugChanges, replayed=False)
def apply_due(tx: Tx, request: ApplyDrugChanges) -> ChangesApplied:
    """Each due change once: its row is locked, and what another process holds is left to that one."""
    applied, refused = 0, 0
    for change_id, drug_id, after in tx.write(_DUE, now=tx.now):
        _, pack_size, price = _locked(tx, drug_id)
        now = drug_book.values_of(tx, [drug_id])[drug_id]
        wrong = contradiction({**now, **after}, pack_size, price)
        if wrong is None:
            _take_effect(tx, change_id, drug_id, now, after)
            applied += 1
        else:
            with language(CHINESE):  # a text that stays, as the reasons that people type
                why = f"{tr(BY_NAME[wrong.field].title)}：{wrong}"
            tx.write(_END, id=change_id, state="REFUSED", now=tx.now, by=tx.actor.staff, why=why)
            refused += 1
        tx.changed(topics.CATALOGUE, drug_id)
    tx.detail = {"applied": applied, "refused": refused}
    return ChangesApplied(applied=applied, refused=refused)
