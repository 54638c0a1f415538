"""The counter for people and visits: 9001, 9002, 1101, 2001, 2201 to 2203."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import msgspec

from common.domain.money import yuan
from server.insurance import reading
from server.insurance.simulator.office import WORDS, Message, Office, Refusal, every, text

if TYPE_CHECKING:
    from server.insurance.simulator.store import Document

_PEOPLE: Final = resources.files(__package__) / "people.toml"
#: What a person must bear in a year before the fund pays.
DEDUCTIBLE_FEN: Final = 5_000


def enrol_first(office: Office) -> None:
    """The people of the start, if they are not there."""
    for person in msgspec.toml.decode(_PEOPLE.read_bytes())["person"]:
        if office.store.get("person", person["psn_no"]) is None:
            enrol(office, person)


def enrol(office: Office, person: Document) -> None:
    """Insure somebody; found by ID number, card and e-certificate token (``EC`` and the ID number)."""
    office.store.put("person", person["psn_no"], {"deductible_fen": DEDUCTIBLE_FEN, **person})
    for certificate in (person["certno"], person.get("card", ""), f"EC{person['certno']}"):
        if certificate:
            office.store.put("certificate", certificate, {"psn_no": person["psn_no"]})


def sign_in(office: Office, message: Message) -> Document:
    """9001."""
    signed = message.part("signIn")
    every(signed, "opter_no", "mac", "ip")
    number = office.new_number("sign", message.at)
    office.store.put("sign", number, {"opter_no": signed["opter_no"]})
    return {"signinoutb": {"sign_time": f"{message.at:%Y-%m-%d %H:%M:%S}", "sign_no": number}}


def sign_out(office: Office, message: Message) -> Document:
    """9002."""
    signed = message.part("signOut")
    if not office.store.drop("sign", text(signed, "sign_no")):
        raise Refusal("not_signed_in")
    return {"signoutoutb": {"sign_time": f"{message.at:%Y-%m-%d %H:%M:%S}"}}


def person_of(office: Office, shown: dict[str, Any]) -> Document:
    """Whose certificate that is."""
    if text(shown, "mdtrt_cert_type") == "03":
        every(shown, "card_sn")
    number = text(shown, "mdtrt_cert_no")
    found = office.store.get("certificate", number)
    if found is None and office.lenient and len(number.removeprefix("EC")) == 18:
        _enrol_stranger(office, number.removeprefix("EC"), reading.text(shown, "psn_name"))
        found = office.store.get("certificate", number)
    if found is None:
        raise Refusal("person_unknown")
    return office.document("person", found["psn_no"], "person_unknown")


def _enrol_stranger(office: Office, certno: str, name: str) -> None:
    own = {"insutype": "310", "psn_type": "1101", "status": "1", "balance_fen": 200_000, "insuplc": office.region}
    born = f"{certno[6:10]}-{certno[10:12]}-{certno[12:14]}"
    gender = "1" if certno[16].isdigit() and int(certno[16]) % 2 else "2"
    number = f"{office.region}{office.store.number('stranger'):014d}"
    enrol(office, {"psn_no": number, "name": name, "certno": certno, "card": "", "gend": gender, "brdy": born, "insurances": [own]})


def person(office: Office, message: Message) -> Document:
    """1101."""
    known = person_of(office, message.part())
    return {
        "baseinfo": {
            "psn_no": known["psn_no"],
            "psn_cert_type": "01",
            "certno": known["certno"],
            "psn_name": known["name"],
            "gend": known["gend"],
            "naty": "01",
            "brdy": known["brdy"],
        },
        "insuinfo": [
            {
                "balc": yuan(one["balance_fen"]),
                "insutype": one["insutype"],
                "psn_type": one["psn_type"],
                "psn_insu_stas": one["status"],
                "psn_insu_date": "2020-01-01",
                "paus_insu_date": None,
                "cvlserv_flag": "0",
                "insuplc_admdvs": one["insuplc"],
                "emp_name": "",
            }
            for one in known["insurances"]
        ],
        "idetinfo": [],
    }


def insurance_of(person: Document, insutype: str) -> Document:
    """The person's insurance of that kind, in force; refused otherwise."""
    found: Document | None = next((one for one in person["insurances"] if one["insutype"] == insutype), None)
    if found is None:
        raise Refusal("insurance_unknown")
    if found["status"] != "1":
        raise Refusal("insurance_stopped")
    return found


def benefits(office: Office, message: Message) -> Document:
    """2001."""
    asked = message.part()
    every(asked, "psn_no", "insutype", "fixmedins_code", "med_type", "begntime")
    person = office.document("person", asked["psn_no"], "person_unknown")
    held = any(one["insutype"] == asked["insutype"] and one["status"] == "1" for one in person["insurances"])
    row = {
        "psn_no": asked["psn_no"],
        "trt_chk_type": "01",
        "fund_pay_type": f"{asked['insutype']}100",
        "trt_enjymnt_flag": "1" if held else "0",
        "trt_chk_rslt": "" if held else WORDS["not_entitled"],
    }
    return {"trtinfo": [row]}


def open_visit(office: Office, message: Message) -> Document:
    """2201."""
    asked = message.part()
    every(asked, "psn_no", "insutype", "begntime", "ipt_otp_no", "atddr_no", "dr_name", "dept_code", "dept_name", "caty")
    person = person_of(office, asked)
    if person["psn_no"] != asked["psn_no"]:
        raise Refusal("person_unknown")
    insurance_of(person, asked["insutype"])
    if office.store.get("ipt_otp_no", asked["ipt_otp_no"]):
        raise Refusal("visit_repeated")
    number = office.new_number("visit", message.at)
    visit = {"psn_no": asked["psn_no"], "insutype": asked["insutype"], "ipt_otp_no": asked["ipt_otp_no"], "open": True, "med_type": ""}
    office.store.put("visit", number, {**visit, "mdtrt_id": number, "batches": {}})
    office.store.put("ipt_otp_no", asked["ipt_otp_no"], {"mdtrt_id": number})
    return {"data": {"mdtrt_id": number, "psn_no": asked["psn_no"], "ipt_otp_no": asked["ipt_otp_no"]}}


def visit_of(office: Office, asked: dict[str, Any]) -> Document:
    """The open visit that the message names, which must be this person's."""
    visit = office.document("visit", text(asked, "mdtrt_id"), "visit_unknown")
    if visit["psn_no"] != text(asked, "psn_no"):
        raise Refusal("visit_unknown")
    if not visit["open"]:
        raise Refusal("visit_closed")
    return visit


def cancel_visit(office: Office, message: Message) -> Document:
    """2202."""
    asked = message.part()
    visit = visit_of(office, asked)
    if visit["ipt_otp_no"] != text(asked, "ipt_otp_no"):
        raise Refusal("visit_unknown")
    lines = [line for batch in visit["batches"].values() for line in batch.values()]
    if any(line["settled"] for line in lines):
        raise Refusal("visit_settled")
    if lines:
        raise Refusal("visit_has_fees")
    office.store.put("visit", visit["mdtrt_id"], {**visit, "open": False})
    return {}


def describe_visit(office: Office, message: Message) -> Document:
    """2203 and 2203A."""
    described = message.part("mdtrtinfo")
    every(described, "mdtrt_id", "psn_no", "med_type", "begntime")
    visit = visit_of(office, described)
    diagnoses = message.rows("diseinfo")
    for one in diagnoses:
        every(
            one, "diag_type", "diag_srt_no", "diag_code", "diag_name", "diag_dept", "dise_dor_no", "dise_dor_name", "diag_time", "vali_flag"
        )
    if sum(reading.flag(one, "maindiag_flag") for one in diagnoses) != 1:
        raise Refusal("main_diagnosis")
    office.store.put("visit", visit["mdtrt_id"], {**visit, "med_type": described["med_type"]})
    return {}
