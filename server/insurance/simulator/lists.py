"""The counter for lists, files, mapping and reconciliation: 13xx, 1901, 3201, 3202, 3301, 3302, 9101, 9102."""

from __future__ import annotations

import base64
import binascii
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from common.domain.money import yuan
from server.insurance import files, reading
from server.insurance.dictionaries import standard
from server.insurance.simulator.fees import list_rows
from server.insurance.simulator.office import WORDS, Message, Office, Refusal, every, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.insurance.simulator.store import Document


def catalogue(office: Office, message: Message) -> Document:
    """1301 and its like: a file of all rows that are newer than ``ver``; no file if there are none."""
    since = reading.text(message.part(), "ver")
    rows = [row for row in _listed(office, message.infno) if row["version"] > since]
    if not rows:
        return {"file_qury_no": "", "filename": "", "dld_end_time": None, "data_cnt": 0}
    content = files.pack(f"{message.infno}.txt", (_columns(message.infno, row) for row in rows))
    return {**_kept(office, message, f"{message.infno}.zip", content), "data_cnt": len(rows)}


def _listed(office: Office, infno: str) -> Iterable[dict[str, str]]:
    added = {code: row for code, row in office.store.each("list") if row["list"] == infno}
    yield from (row for row in list_rows() if row["list"] == infno and row["code"] not in added)
    yield from added.values()


def _columns(infno: str, row: dict[str, str]) -> list[str]:
    """A row as wide as the real one, filled where something is known."""
    if infno not in files.COLUMNS:
        raise Refusal("unknown_transaction")
    places = files.COLUMNS[infno]
    columns = [""] * (places.least + 8)
    known = {
        0: row["code"],
        places.name: row["name"],
        places.valid: row.get("valid", "1"),
        places.version: row["version"],
        places.specification: row["specification"],
        places.manufacturer: row["manufacturer"],
        places.approval_number: row["approval_number"],
        places.level: row["level"],
    }
    for place, value in known.items():
        if place is not None:
            columns[place] = value
    return columns


def dictionary(office: Office, message: Message) -> Document:
    """1901."""
    kind = text(message.part(), "type")
    values = standard().get(kind, ())
    rows = [
        {"type": kind, "label": label, "value": value, "parentValue": "", "sort": position, "vali_flag": "1"}
        for position, (value, label, _) in enumerate(values)
    ]
    return {"list": rows}


def upload_file(office: Office, message: Message) -> Document:
    """9101: the bytes as numbers or as Base64."""
    sent = message.part("fsUploadIn")
    every(sent, "filename", "fixmedins_code")
    try:
        content = bytes(sent["in"]) if isinstance(sent.get("in"), list) else base64.b64decode(text(sent, "in"), validate=True)
        files.unpack(content)
    except (ValueError, TypeError, binascii.Error) as fault:
        raise Refusal("file_bad") from fault
    return _kept(office, message, sent["filename"], content)


def _kept(office: Office, message: Message, name: str, content: bytes) -> Document:
    number = office.new_number("file", message.at)
    office.store.put("file", number, {"name": name, "content": base64.b64encode(content).decode()})
    return {"file_qury_no": number, "filename": name, "dld_endtime": f"{message.at + timedelta(days=1):%Y-%m-%d %H:%M:%S}"}


def download(office: Office, message: Message) -> bytes:
    """9102: the file itself instead of an envelope."""
    asked = message.part("fsDownloadIn")
    every(asked, "filename", "fixmedins_code")
    return content_of(office, text(asked, "file_qury_no"))


def content_of(office: Office, number: str) -> bytes:
    """A file that was kept."""
    return base64.b64decode(office.document("file", number, "file_unknown")["content"])


def _settled(office: Office, asked: dict[str, Any]) -> list[Document]:
    """All settlements and cancellations of the days and the optins asked for."""
    first, last = (date.fromisoformat(text(asked, name)) for name in ("stmt_begndate", "stmt_enddate"))
    optins = text(asked, "setl_optins")
    found = (one for _, one in office.store.each("settlement"))
    return [one for one in found if first <= date.fromisoformat(one["at"][:10]) <= last and one["clr_optins"] == optins]


def _fund(office: Office, one: Document) -> int:
    return int(one["fund_fen"] + (one["account_fen"] if office.province.fund_includes_account else 0))


def reconcile_total(office: Office, message: Message) -> Document:
    """3201."""
    asked = message.part()
    every(asked, "insutype", "clr_type", "medfee_sumamt", "fund_pay_sumamt", "acct_pay", "fixmedins_setl_cnt")
    rows = [one for one in _settled(office, asked) if (one["insutype"], one["clr_type"]) == (asked["insutype"], asked["clr_type"])]
    ours = [
        len(rows),
        sum(one["total_fen"] for one in rows),
        sum(_fund(office, one) for one in rows),
        sum(one["account_fen"] for one in rows),
    ]
    amounts = [reading.fen(asked, name) for name in ("medfee_sumamt", "fund_pay_sumamt", "acct_pay")]
    code, word = _judged(ours, [int(reading.decimal(asked, "fixmedins_setl_cnt") or 0), *amounts])
    return {"stmtinfo": {"setl_optins": asked["setl_optins"], "stmt_rslt": code, "stmt_rslt_dscr": WORDS[word]}}


def _judged(ours: list[int], theirs: list[int]) -> tuple[str, str]:
    if ours == theirs:
        return "000000", "equal"
    if ours[0] == theirs[0]:
        return "000103", "differ"
    return ("000101", "centre_more") if ours[0] > theirs[0] else ("000102", "institution_more")


def reconcile_detail(office: Office, message: Message) -> Document:
    """3202: a file of what differs; an empty one if nothing does."""
    asked = message.part()
    every(asked, "medfee_sumamt", "fund_pay_sumamt", "cash_payamt", "fixmedins_setl_cnt")
    ours = {one["setl_id"]: one for one in _settled(office, asked)}
    theirs = {row.setl_id: row for row in files.statement_rows(content_of(office, text(asked, "file_qury_no")))}
    differences = [row for number in sorted({*ours, *theirs}) if (row := _difference(office, ours.get(number), theirs.get(number)))]
    content = files.pack("result.txt", differences)
    return {"fileinfo": _kept(office, message, "result.zip", content)}


def _difference(office: Office, ours: Document | None, theirs: files.StatementRow | None) -> list[str] | None:
    if ours is None:
        assert theirs is not None
        fund, account, total = theirs.fund_fen, theirs.account_fen, theirs.total_fen
        key, code, word, refund = [theirs.psn_no, theirs.mdtrt_id, theirs.setl_id, ""], "000102", "institution_more", theirs.refund
    else:
        fund, account, total = _fund(office, ours), ours["account_fen"], ours["total_fen"]
        if theirs is not None and (theirs.total_fen, theirs.fund_fen, theirs.account_fen) == (total, fund, account):
            return None
        key, refund = [ours["psn_no"], ours["mdtrt_id"], ours["setl_id"], ours["msgid"]], ours["refund"]
        code, word = ("000101", "centre_more") if theirs is None else ("000103", "differ")
    return [*key, code, "1" if refund else "0", WORDS[word], str(yuan(total)), str(yuan(fund)), str(yuan(account))]


def map_item(office: Office, message: Message) -> Document:
    """3301."""
    row = message.part()
    every(row, "fixmedins_hilist_id", "fixmedins_hilist_name", "list_type", "med_list_codg", "begndate", "enddate")
    known = office.store.get("list", row["med_list_codg"]) or any(one["code"] == row["med_list_codg"] for one in list_rows())
    if not known and not office.lenient:
        raise Refusal("code_unknown", row["med_list_codg"])
    office.store.put("mapping", f"{row['list_type']} {row['fixmedins_hilist_id']}", {"med_list_codg": row["med_list_codg"]})
    return {}


def unmap_item(office: Office, message: Message) -> Document:
    """3302."""
    row = message.part()
    every(row, "fixmedins_code", "med_list_codg")
    if not office.store.drop("mapping", f"{text(row, 'list_type')} {text(row, 'fixmedins_hilist_id')}"):
        raise Refusal("mapping_unknown")
    return {}
