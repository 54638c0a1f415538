"""The counter for fee details and what of them is in scope: 2204, 2205."""

from __future__ import annotations

import csv
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from common.domain.money import yuan
from server.insurance import reading
from server.insurance.simulator.office import Message, Office, Refusal, every, text
from server.insurance.simulator.people import visit_of

if TYPE_CHECKING:
    from server.insurance.simulator.store import Document

#: Own share before the fund, by level: 甲 nothing, 乙 a tenth, 丙 everything.
_PRE_OWN: Final = {"01": Decimal(0), "02": Decimal("0.1"), "03": Decimal(1)}


@cache
def list_rows() -> tuple[dict[str, str], ...]:
    """The lists of the start."""
    return tuple(csv.DictReader((resources.files(__package__) / "lists.csv").read_text("utf-8").splitlines()))


def level_of(office: Office, code: str) -> str:
    """Class of a national code; a lenient bureau knows those that are on none of its lists by their last digit."""
    known = office.store.get("list", code) or next((row for row in list_rows() if row["code"] == code), None)
    if known is not None:
        return str(known["level"])
    if not office.lenient:
        raise Refusal("code_unknown", code)
    last = code[-1:]
    return "03" if last == "9" else "02" if last in "78" else "01"


def share(amount_fen: int, ratio: Decimal) -> int:
    """A part of an amount, rounded half up."""
    return int((amount_fen * ratio).quantize(Decimal(1), ROUND_HALF_UP))


def upload_fees(office: Office, message: Message) -> Document:
    """2204: all lines or none."""
    lines = message.rows("feedetail")
    visit = visit_of(office, lines[0])
    if not visit["med_type"]:
        raise Refusal("not_described")
    known = {number for batch in visit["batches"].values() for number in batch}
    for line in lines:
        every(line, "feedetl_sn", "chrg_bchno", "rx_circ_flag", "fee_ocur_time", "med_list_codg", "medins_list_codg", "hosp_appr_flag")
        every(line, "det_item_fee_sumamt", "cnt", "pric", "bilg_dept_codg", "bilg_dept_name", "bilg_dr_codg", "bilg_dr_name")
        number = text(line, "feedetl_sn")
        if number in known or (line["mdtrt_id"], line["psn_no"]) != (visit["mdtrt_id"], visit["psn_no"]):
            raise Refusal("fee_repeated", number)
        known.add(number)
        visit["batches"].setdefault(text(line, "chrg_bchno"), {})[number] = _split(office, line)
    office.store.put("visit", visit["mdtrt_id"], visit)
    return {"result": [_answered(visit, line) for line in lines]}


def _split(office: Office, line: dict[str, Any]) -> Document:
    total = reading.needed_fen(line, "det_item_fee_sumamt")
    level = level_of(office, line["med_list_codg"])
    approved = text(line, "hosp_appr_flag") != "0"
    own = total if level == "03" or not approved else 0
    pre_own = 0 if own else share(total, _PRE_OWN[level])
    split = {"total_fen": total, "full_own_fen": own, "pre_own_fen": pre_own, "in_scope_fen": total - own - pre_own}
    return {**split, "level": level, "settled": ""}


def _answered(visit: Document, line: dict[str, Any]) -> Document:
    split = visit["batches"][line["chrg_bchno"]][line["feedetl_sn"]]
    return {
        "feedetl_sn": line["feedetl_sn"],
        "det_item_fee_sumamt": yuan(split["total_fen"]),
        "cnt": line["cnt"],
        "pric": line["pric"],
        "pric_uplmt_amt": Decimal(0),
        "selfpay_prop": _PRE_OWN[split["level"]],
        "fulamt_ownpay_amt": yuan(split["full_own_fen"]),
        "overlmt_amt": yuan(0),
        "preselfpay_amt": yuan(split["pre_own_fen"]),
        "inscp_scp_amt": str(yuan(split["in_scope_fen"])),  # some amounts come as text
        "chrgitm_lv": split["level"],
        "med_chrgitm_type": "09",
        "lmt_used_flag": "0",
        "memo": None,
    }


def cancel_fees(office: Office, message: Message) -> Document:
    """2205: a batch, or with 0000 everything that is not settled."""
    asked = message.part()
    visit, batch = visit_of(office, asked), text(asked, "chrg_bchno")
    if batch != "0000" and batch not in visit["batches"]:
        raise Refusal("nothing_open")
    chosen = list(visit["batches"]) if batch == "0000" else [batch]
    if batch != "0000" and any(line["settled"] for line in visit["batches"][batch].values()):
        raise Refusal("fees_settled")
    for name in chosen:
        left = {number: line for number, line in visit["batches"].pop(name).items() if line["settled"]}
        if left:
            visit["batches"][name] = left
    office.store.put("visit", visit["mdtrt_id"], visit)
    return {}
