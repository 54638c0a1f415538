"""The vectors of DOMAIN.md §13, the envelope, signatures, and replies of every shape."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.insurance import envelope, outputs, reading, sm2
from server.insurance.client import Insurance
from server.insurance.protocol import BEIJING, Operator, Secrets, Setup
from server.insurance.province import UnknownProvince, names, province
from server.insurance.reading import Unreadable
from server.insurance.signing import Sm2BodySigner, Sm3BodySigner, TifHeaderSigner, signed_text, signer, tif_signature

KEY = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8  # of the standard's example, GB/T 32918.5 annex A
AT = datetime(2026, 1, 15, 9, 30, 5, tzinfo=BEIJING)


def test_the_gateways_signature() -> None:
    expected = "ace2f423fdc3470571edc5529d585521925d506a4d5528b7ce896bd5fb5259b8"
    assert tif_signature("1700000000", "abc", "n1") == expected
    headers = TifHeaderSigner("me", "abc", clock=lambda: 1700000000.9).headers()
    assert headers["x-tif-timestamp"] == "1700000000"
    assert headers["x-tif-signature"] == tif_signature("1700000000", "abc", headers["x-tif-nonce"])
    assert headers["x-tif-paasid"] == "me"


def test_the_number_of_a_message() -> None:
    assert envelope.message_id("H44030000001", AT, 7) == "H44030000001202601150930050007"
    assert envelope.message_id("H44030000001", AT.astimezone(UTC), 10_007) == "H44030000001202601150930050007"
    with pytest.raises(ValueError, match="12"):
        envelope.message_id("H440300000012", AT, 7)
    with pytest.raises(ValueError, match="12"):
        envelope.message_id("", AT, 7)


def test_sm2_by_the_standards_example() -> None:
    x, y = sm2.public_key(KEY)
    assert (x, y) == (
        0x09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020,
        0xCCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13,
    )
    assert sm2.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    nonce = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
    signature = sm2.sign(KEY, b"message digest", nonce=nonce)
    assert sm2.to_hex(signature) == (
        "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
    )
    assert sm2.verify((x, y), b"message digest", signature)
    assert not sm2.verify((x, y), b"message digesT", signature)
    assert sm2.from_hex(sm2.to_hex(signature)) == signature


def test_sm2_signatures_hold_and_forgeries_do_not() -> None:
    public = sm2.public_key(KEY)
    first, second = sm2.sign(KEY, b"m"), sm2.sign(KEY, b"m")
    assert first != second
    assert sm2.verify(public, b"m", first)
    assert sm2.verify(public, b"m", second)
    r, s = first
    for forged in ((r + 1, s), (r, s + 1), (0, s), (r, 0), (s, r)):
        assert not sm2.verify(public, b"m", forged)
    assert not sm2.verify((public[0], public[1] + 1), b"m", first)
    with pytest.raises(ValueError, match="63"):
        sm2.from_hex("00" * 63)


def test_private_keys_in_every_form_that_bureaus_issue() -> None:
    raw = KEY.to_bytes(32)
    sec1 = bytes.fromhex("302502010104 20".replace(" ", "")) + raw
    pkcs8 = b"\x30\x3c\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x81\x1c\xcf\x55\x01\x82\x2d\x04\x27" + (
        b"\x30\x25\x02\x01\x01\x04\x20" + raw
    )
    pkcs8 = b"\x30" + bytes([len(pkcs8) - 2]) + pkcs8[2:]
    for form in (raw.hex(), raw.hex().upper(), base64.b64encode(raw).decode(), sec1.hex(), base64.b64encode(pkcs8).decode() + "\n"):
        assert sm2.private_key(form) == KEY, form
    for wrong in ("", "zz", "00" * 32, "ff" * 32, "30820101", base64.b64encode(b"x" * 31).decode(), "3003020101", "0403020101"):
        with pytest.raises(sm2.KeyUnreadable):
            sm2.private_key(wrong)


def test_what_a_body_signature_covers() -> None:
    message = {"msgid": "1", "infno": "2207", "cainfo": "x", "input": "{}", "dev_no": None, "Zone": "2"}
    assert signed_text(message) == b"Zone=2&dev_no=&infno=2207&msgid=1"
    signed = Sm2BodySigner(f"{KEY:064x}").sign(message)
    assert signed["signtype"] == "SM2"
    assert sm2.verify(sm2.public_key(KEY), signed_text(signed), sm2.from_hex(signed["cainfo"]))
    assert Sm3BodySigner().sign(message)["cainfo"] == sm2.sm3(b"Zone=2&dev_no=&infno=2207&msgid=1&signtype=SM3").hex().upper()


def test_signers_by_name() -> None:
    for kind in ("none", "tif", "sm3"):
        signer(kind, Secrets())
    with pytest.raises(sm2.KeyUnreadable):
        signer("sm2", Secrets())
    with pytest.raises(ValueError, match="rot13"):
        signer("rot13", Secrets())
    assert "abc" not in repr(Secrets(token="abc"))


def insurance(name: str, **more: Any) -> Insurance:
    setup = Setup(province=name, url="http://127.0.0.1:1", fixmedins_code="H44030000001", fixmedins_name="X", mdtrtarea_admvs="440300")
    return Insurance(setup, Secrets(private_key=f"{KEY:064x}"))


@pytest.mark.parametrize("name", names())
def test_the_envelope_of_each_province(name: str) -> None:
    asked = {"data": {"psn_no": "1", "medfee_sumamt": Decimal("10.10"), "cnt": Decimal("0.3000")}, "drug_trac_info": [{"feedetl_sn": "1"}]}
    ready = insurance(name).prepare(
        "2207", asked, msgid_sequence=7, at=AT, operator=Operator(number="1", name="C"), sign_no="S", insuplc="440305"
    )
    sent = reading.json(ready.body)
    edition = province(name)
    inner = sent["input"]
    if edition.input_as_text:
        assert isinstance(inner, str)
        assert '"medfee_sumamt":10.10' in inner
        inner = reading.json(inner)
    else:
        assert b'"medfee_sumamt":10.10' in ready.body
    assert inner["data"]["cnt"] == Decimal("0.3")
    assert ("drug_trac_info" in inner) == edition.traces_in_settlement
    expected = {
        "infno": "2207",
        "msgid": "H44030000001202601150930050007",
        "mdtrtarea_admvs": "440300",
        "insuplc_admdvs": "440305",
        "recer_sys_code": "FSI",
        "infver": "V1.0",
        "opter_type": "1",
        "inf_time": "2026-01-15 09:30:05",
        "fixmedins_code": "H44030000001",
        "sign_no": "S",
    }
    assert {key: sent[key] for key in expected} == expected


def test_provinces() -> None:
    assert set(names()) >= {"guangdong", "hunan", "hubei", "single_endpoint"}
    assert province("guangdong").number("2203") == "2203A"
    assert province("single_endpoint").number("2203") == "2203"
    assert province("hubei").dress("3505", {"selinfo": {"a": 1}}) == {"selinfo": {"a": 1, "mdtrt_setl_type": "1"}}
    assert province("hubei").dress("3505", {"selinfo": {"mdtrt_setl_type": "2"}})["selinfo"]["mdtrt_setl_type"] == "2"
    assert {one: province(one).fund_includes_account for one in ("guangdong", "hunan")} == {"guangdong": True, "hunan": False}
    with pytest.raises(UnknownProvince):
        province("../../etc/passwd")


def parsed(**reply: Any) -> envelope.Parsed:
    return envelope.parse(msgspec.json.encode(reply))


def test_a_reply_is_read_whatever_its_shape() -> None:
    shapes: tuple[Any, ...] = ({"a": "1"}, '{"a":"1"}', [{"a": "1"}], '[{"a":"1"}]')
    outputs_read = [parsed(infcode=0, output=shape).output for shape in shapes]
    assert outputs_read == [{"a": "1"}, {"a": "1"}, {"data": [{"a": "1"}]}, {"data": [{"a": "1"}]}]
    for nothing in (None, "", "  "):
        assert parsed(infcode="0", output=nothing).output == {}
    assert parsed(infcode="000000", warn_msg="w").message == "w"
    refused = parsed(infcode=-1, err_msg="余额不足", output="not even JSON")
    assert (refused.done, refused.infcode, refused.message) == (False, "-1", "余额不足")
    for wrong in (
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"infcode":null}',
        b'{"infcode":""}',
        b'{"infcode":0,"output":5}',
        b'{"infcode":0,"output":"x"}',
        b"\xff\xfe",
    ):
        with pytest.raises(Unreadable):
            envelope.parse(wrong)
    with pytest.raises(Unreadable):
        envelope.parse(b'{"infcode":0,"output":' + b"[" * 100_000)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_do_more_than_be_unreadable(raw: bytes) -> None:
    try:
        envelope.parse(raw)
    except Unreadable:
        return


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["setlinfo", "setl_id", "psn_cash_pay", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(["setlinfo", "setldetail", "data", "result", "baseinfo", "insuinfo", "list", "stmtinfo"]), json_values)
)
def test_no_output_does_more_than_be_unreadable(output: dict[str, Any]) -> None:
    readers = (outputs.settlement, outputs.presettlement, outputs.person, outputs.fees_split, outputs.dictionary, outputs.benefits)
    for read in (*readers, outputs.reconciled, outputs.file_handle, outputs.uploaded, outputs.visit_opened, outputs.signed_in):
        try:
            read(output)
        except Unreadable:
            continue


def test_amounts_are_exact_or_unreadable() -> None:
    row: dict[str, Any] = {"n": Decimal("0.10"), "t": "12.340000", "i": 5, "e": "", "m": "null", "neg": "-3.21", "z": None}
    assert [reading.fen(row, name) for name in ("n", "t", "i", "e", "m", "neg", "z", "missing")] == [10, 1_234, 500, 0, 0, -321, 0, 0]
    wrongs: tuple[Any, ...] = ("0.005", "1e30", "NaN", "Infinity", "1,5", "1E+999999999", [], {}, True)
    for wrong in wrongs:
        with pytest.raises(Unreadable):
            reading.fen({"x": wrong}, "x")
    with pytest.raises(Unreadable):
        reading.needed_fen({"x": ""}, "x")
    assert reading.json(b'{"a":0.1}') == {"a": Decimal("0.1")}


def test_a_settlement_without_its_number_or_its_cash_is_none() -> None:
    whole = {"setl_id": "1", "medfee_sumamt": 1, "fund_pay_sumamt": "0.40", "psn_cash_pay": Decimal("0.60")}
    assert outputs.settlement({"setlinfo": whole}).split.cash_fen == 60
    for missing in whole:
        with pytest.raises(Unreadable):
            outputs.settlement({"setlinfo": {name: value for name, value in whole.items() if name != missing}})
    del whole["setl_id"]
    assert outputs.presettlement({"setlinfo": whole}).setl_id == ""


def test_times_are_the_platforms() -> None:
    for written in ("2026-01-15 09:30:05", "2026-01-15T09:30:05", "20260115093005"):
        assert reading.moment({"t": written}, "t") == AT
    assert reading.day({"t": "1985-03-12"}, "t") == datetime(1985, 3, 12, tzinfo=BEIJING).date()
    assert reading.moment({"t": "yesterday"}, "t") is None
    assert reading.moment({}, "t") is None
