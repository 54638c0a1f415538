"""The counter for settlements: 2206, 2207, 2208, 2601, 5203 (DOMAIN.md §1.12)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from common.domain.money import yuan
from server.insurance import reading
from server.insurance.simulator.fees import share
from server.insurance.simulator.office import WORDS, Message, Office, Refusal, every, text
from server.insurance.simulator.people import insurance_of, person_of, visit_of

if TYPE_CHECKING:
    from server.insurance.simulator.store import Document

#: What the fund pays of what is in scope above the deductible.
_FUND: Final = Decimal("0.7")
#: The amounts of a settlement that a cancellation turns round.
AMOUNTS: Final = (
    "total_fen",
    "full_own_fen",
    "pre_own_fen",
    "in_scope_fen",
    "deductible_fen",
    "fund_fen",
    "account_fen",
    "cash_fen",
)


def presettle(office: Office, message: Message) -> Document:
    """2206: the amounts, and nothing changes."""
    _, settlement = _computed(office, message)
    return _answer(office, settlement)


def settle(office: Office, message: Message) -> Document:
    """2207."""
    visit, computed = _computed(office, message)
    settlement = {**computed, "setl_id": office.new_number("settlement", message.at)}
    for line in visit["batches"][settlement["batch"]].values():
        line["settled"] = settlement["setl_id"]
    office.store.put("visit", visit["mdtrt_id"], visit)
    keep(office, settlement)
    _move(office, settlement, -1)
    return _answer(office, settlement)


def keep(office: Office, settlement: Document) -> None:
    """Remember a settlement by its number and by our msgid."""
    office.store.put("settlement", settlement["setl_id"], settlement)
    office.store.put("message", settlement["msgid"], {"setl_id": settlement["setl_id"]})


def _computed(office: Office, message: Message) -> tuple[Document, Document]:
    asked = message.part()
    every(asked, "psn_no", "mdtrt_cert_type", "med_type", "medfee_sumamt", "psn_setlway", "mdtrt_id", "chrg_bchno", "insutype")
    every(asked, "acct_used_flag")
    visit, person = visit_of(office, asked), person_of(office, asked)
    if person["psn_no"] != asked["psn_no"] or visit["insutype"] != asked["insutype"]:
        raise Refusal("insurance_unknown")
    insurance = insurance_of(person, asked["insutype"])
    lines = [line for line in visit["batches"].get(asked["chrg_bchno"], {}).values() if not line["settled"]]
    if not lines:
        raise Refusal("nothing_open")
    total = sum(line["total_fen"] for line in lines)
    if total != reading.fen(asked, "medfee_sumamt"):
        raise Refusal("total_differs")
    held = insurance["balance_fen"]
    usable = held if reading.flag(asked, "acct_used_flag") and asked["insutype"] == "310" else 0
    shares = _shares(lines, person["deductible_fen"], usable)
    return visit, {**shares, "balance_fen": held - shares["account_fen"], **_about(office, message, visit, person, insurance)}


def _shares(lines: list[Document], deductible_left: int, account_usable: int) -> Document:
    total, in_scope = (sum(line[name] for line in lines) for name in ("total_fen", "in_scope_fen"))
    deductible = min(deductible_left, in_scope)
    fund = share(in_scope - deductible, _FUND)
    account = min(account_usable, total - fund)
    return {
        "total_fen": total,
        "full_own_fen": sum(line["full_own_fen"] for line in lines),
        "pre_own_fen": sum(line["pre_own_fen"] for line in lines),
        "in_scope_fen": in_scope,
        "deductible_fen": deductible,
        "fund_fen": fund,
        "account_fen": account,
        "cash_fen": total - fund - account,
    }


def _about(office: Office, message: Message, visit: Document, person: Document, insurance: Document) -> Document:
    asked = message.part()
    return {
        "setl_id": "",
        "msgid": message.msgid,
        "psn_no": person["psn_no"],
        "psn_name": person["name"],
        "certno": person["certno"],
        "mdtrt_id": visit["mdtrt_id"],
        "batch": asked["chrg_bchno"],
        "insutype": asked["insutype"],
        "psn_type": insurance["psn_type"],
        "med_type": asked["med_type"],
        "at": f"{message.at:%Y-%m-%d %H:%M:%S}",
        "clr_type": "11",
        "clr_optins": office.region,
        "refund": False,
        "cancelled_by": "",
        "cancels": "",
    }


def _move(office: Office, settlement: Document, sign: int) -> None:
    """Account and deductible of the person, down by a settlement (-1) or up again (+1)."""
    person = office.store.get("person", settlement["psn_no"])
    if person is None:
        return  # a planted settlement may be anybody's
    person["deductible_fen"] += sign * settlement["deductible_fen"]
    for insurance in person["insurances"]:
        if insurance["insutype"] == settlement["insutype"]:
            insurance["balance_fen"] += sign * settlement["account_fen"]
    office.store.put("person", person["psn_no"], person)


def _free(office: Office, settlement: Document, old: str, new: str) -> bool:
    """Mark the details that ``old`` settled as settled by ``new`` (empty: open again); whether there were any."""
    visit = office.store.get("visit", settlement["mdtrt_id"])
    if visit is None:
        return False
    lines = [line for line in visit["batches"].get(settlement["batch"], {}).values() if line["settled"] == old]
    for line in lines:
        line["settled"] = new
    office.store.put("visit", visit["mdtrt_id"], visit)
    return bool(lines)


def cancel(office: Office, message: Message) -> Document:
    """2208: a copy of the other sign with its own number; the details are open again."""
    asked = message.part()
    settlement = _named(office, asked)
    if settlement["cancelled_by"]:
        raise Refusal("settlement_cancelled")
    number = office.new_number("settlement", message.at)
    turned = {name: -settlement[name] for name in AMOUNTS}
    copy = {**settlement, **turned, "setl_id": number, "cancels": settlement["setl_id"], "refund": True, "msgid": message.msgid}
    copy["at"] = f"{message.at:%Y-%m-%d %H:%M:%S}"
    keep(office, copy)
    office.store.put("settlement", settlement["setl_id"], {**settlement, "cancelled_by": number})
    _free(office, settlement, settlement["setl_id"], "")
    _move(office, settlement, +1)
    return _answer(office, copy)


def reverse(office: Office, message: Message) -> Document:
    """2601: what the lost message did is as if it had never been."""
    asked = message.part()
    every(asked, "psn_no", "omsgid", "oinfno")
    done = office.document("message", asked["omsgid"], "message_unknown")
    settlement = office.document("settlement", done["setl_id"], "message_unknown")
    if settlement["psn_no"] != asked["psn_no"] or settlement["refund"] != (asked["oinfno"] == "2208"):
        raise Refusal("message_unknown")
    if settlement["refund"]:
        _undo_cancellation(office, settlement)
    else:
        _undo_settlement(office, settlement)
    office.store.drop("settlement", settlement["setl_id"])
    office.store.drop("message", asked["omsgid"])
    return {}


def _undo_settlement(office: Office, settlement: Document) -> None:
    if settlement["cancelled_by"]:
        raise Refusal("message_unknown")
    _free(office, settlement, settlement["setl_id"], "")
    _move(office, settlement, +1)


def _undo_cancellation(office: Office, copy: Document) -> None:
    original = office.document("settlement", copy["cancels"], "message_unknown")
    visit = office.store.get("visit", copy["mdtrt_id"])
    lines = visit["batches"].get(copy["batch"], {}).values() if visit else ()
    if visit and (not lines or any(line["settled"] for line in lines)):
        raise Refusal("resettled")
    _free(office, original, "", original["setl_id"])
    office.store.put("settlement", original["setl_id"], {**original, "cancelled_by": ""})
    _move(office, original, -1)


def query(office: Office, message: Message) -> Document:
    """5203."""
    return _answer(office, _named(office, message.part()))


def _named(office: Office, asked: dict[str, Any]) -> Document:
    settlement = office.document("settlement", text(asked, "setl_id"), "settlement_unknown")
    if (settlement["psn_no"], settlement["mdtrt_id"]) != (text(asked, "psn_no"), text(asked, "mdtrt_id")) or settlement["refund"]:
        raise Refusal("settlement_unknown")
    return settlement


def _answer(office: Office, one: Document) -> Document:
    included = one["account_fen"] if office.province.fund_includes_account else 0
    told = {
        name: one[name]
        for name in ("mdtrt_id", "setl_id", "psn_no", "psn_name", "certno", "insutype", "psn_type", "med_type", "clr_type", "clr_optins")
    }
    amounts = {
        "medfee_sumamt": one["total_fen"],
        "fulamt_ownpay_amt": one["full_own_fen"],
        "overlmt_selfpay": 0,
        "preselfpay_amt": one["pre_own_fen"],
        "inscp_scp_amt": one["in_scope_fen"],
        "act_pay_dedc": one["deductible_fen"],
        "hifp_pay": one["fund_fen"],
        "fund_pay_sumamt": one["fund_fen"] + included,
        "psn_part_amt": one["total_fen"] - one["fund_fen"],
        "acct_pay": one["account_fen"],
        "balc": one["balance_fen"],
    }
    settled: Document = {
        **told,
        **{name: yuan(fen) for name, fen in amounts.items()},
        "psn_cash_pay": str(yuan(one["cash_fen"])),  # some amounts come as text
        "setl_time": one["at"],
        "clr_way": "10",
        "medins_setl_id": one["msgid"],
    }
    detail = {"fund_pay_type": f"{one['insutype']}100", "fund_payamt": yuan(one["fund_fen"]), "fund_pay_type_name": WORDS["hospital"]}
    return {"setlinfo": settled, "setldetail": [detail]}
