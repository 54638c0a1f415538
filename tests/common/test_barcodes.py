"""The clinic's own barcodes, GS1, traceability codes, ID numbers and payment codes."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.domain import barcodes
from common.domain.barcodes import (
    BarcodeInvalid,
    Ean13,
    Gs1Code,
    OwnCode,
    OwnKind,
    Payer,
    PaymentCode,
    ResidentId,
    TraceCode,
    UnknownCode,
    classify,
    gs1_check_digit,
    make_code,
    parse,
    parse_gs1,
    payment_code,
    strip_aim,
    trace_code,
)

GS = "\x1d"


def test_own_code_is_kind_number_and_check_digit() -> None:
    assert make_code(OwnKind.PATIENT, 12345) == "1000123454"
    assert make_code(OwnKind.BILL, 2025112100017) == "420251121000176"


@settings(deadline=None)
@given(st.sampled_from(OwnKind), st.integers(0, 10**13 - 1))
def test_own_codes_come_back_and_are_never_taken_for_others(kind: OwnKind, number: int) -> None:
    code = make_code(kind, number)
    assert parse(code) == OwnCode(kind, number)
    assert classify(code) == OwnCode(kind, number)
    assert classify("]C0" + code + "\r\n") == OwnCode(kind, number)


@settings(deadline=None)
@given(st.sampled_from(OwnKind), st.integers(0, 10**8 - 1), st.integers(1, 9), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(kind: OwnKind, number: int, place: int, by: int) -> None:
    code = make_code(kind, number)
    wrong = code[:place] + str((int(code[place]) + by) % 10) + code[place + 1 :]
    with pytest.raises(BarcodeInvalid) as refused:
        parse(wrong)
    assert refused.value.reason == barcodes.WRONG_CHECK_DIGIT
    found = classify(wrong)
    assert isinstance(found, UnknownCode)
    assert found.problem is not None


@pytest.mark.parametrize("number", [-1, 10**13])
def test_numbers_that_do_not_fit_are_refused(number: int) -> None:
    with pytest.raises(BarcodeInvalid):
        make_code(OwnKind.VISIT, number)


def test_udi_vector() -> None:
    scanned = "]d2" + "0106901234567892" + "17270630" + "10LOT1" + GS + "21S1"
    code = classify(scanned)
    assert isinstance(code, Gs1Code)
    assert (code.gtin, code.expires_on, code.lot, code.serial) == ("06901234567892", date(2027, 6, 30), "LOT1", "S1")


def test_udi_with_the_31st_of_june_is_refused() -> None:
    scanned = "]d2" + "0106901234567892" + "17270631" + "10LOT1" + GS + "21S1"
    with pytest.raises(BarcodeInvalid) as refused:
        parse_gs1(scanned)
    assert refused.value.reason == barcodes.NO_SUCH_DATE
    found = classify(scanned)
    assert isinstance(found, UnknownCode)
    assert found.problem is not None


@pytest.mark.parametrize(
    ("value", "day"),
    [("270600", date(2027, 6, 30)), ("280200", date(2028, 2, 29)), ("270200", date(2027, 2, 28)), ("991231", date(2099, 12, 31))],
)
def test_day_00_is_the_last_of_the_month(value: str, day: date) -> None:
    assert barcodes.gs1_date(value) == day


@pytest.mark.parametrize(
    ("element_string", "reason"),
    [
        ("0106901234567893", barcodes.WRONG_CHECK_DIGIT),
        ("010690123456789", barcodes.ELEMENT_MALFORMED),
        ("010690123456789210", barcodes.ELEMENT_MALFORMED),
        ("010690123456789210" + "L" * 21, barcodes.ELEMENT_MALFORMED),
        ("010690123456789217271300", barcodes.NO_SUCH_DATE),
        ("0106901234567892" + "8812", barcodes.UNKNOWN_ELEMENT),
        ("0106901234567892" + "0106901234567892", barcodes.ELEMENT_REPEATED),
        ("", barcodes.ELEMENT_MALFORMED),
        (GS, barcodes.ELEMENT_MALFORMED),
    ],
)
def test_broken_gs1_is_refused_with_its_reason(element_string: str, reason: str) -> None:
    with pytest.raises(BarcodeInvalid) as refused:
        parse_gs1(element_string)
    assert refused.value.reason == reason


def test_made_on_and_further_elements_are_kept() -> None:
    code = parse_gs1("0106901234567892" + "11250101" + "240ABC" + GS + "10A/1")
    assert code.made_on == date(2025, 1, 1)
    assert dict(code.elements)["240"] == "ABC"
    assert code.lot == "A/1"


def test_trace_codes_bare_in_an_address_and_as_serial() -> None:
    code = "81234567890123456789"
    assert classify(code) == TraceCode(code)
    assert classify(f"https://example.invalid/t?c={code}&v=1") == TraceCode(code)
    assert TraceCode(code).product == "8123456"
    wrapped = "0106901234567892" + "21" + code
    assert isinstance(classify(wrapped), Gs1Code)
    assert trace_code(wrapped) == TraceCode(code)


def test_trace_codes_beginning_with_7_by_configuration_only() -> None:
    code = "71234567890123456789"
    assert isinstance(classify(code), UnknownCode)
    assert classify(code, (r"[78]\d{19}",)) == TraceCode(code)


@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002X",
        "110101199003070011",
        "110101202402290024",
        "310115202512300049",
        "810000199506150017",
        "830000198801010032",
        "932682198501010017",
        "911124198108030024",
        "931586198001010028",
    ],
)
def test_identity_numbers(number: str) -> None:
    assert classify(number) == ResidentId(number)
    assert classify(number.lower()) == ResidentId(number)
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    assert not isinstance(classify(wrong), ResidentId)


@pytest.mark.parametrize("text", ["110101199002300010", "１１０１０１１９９００３０７００１１", "110101199003070011 1"])
def test_not_identity_numbers(text: str) -> None:
    assert not isinstance(classify(text), ResidentId)


@pytest.mark.parametrize(
    ("text", "payer"),
    [
        ("130000000000000000", Payer.WECHAT),
        ("280000000000000000", Payer.ALIPAY),
        ("3000000000000000", Payer.ALIPAY),
        ("62" + "1" * 17, Payer.UNIONPAY),
        ("01" + "1" * 17, Payer.DIGITAL_RMB),
    ],
)
def test_payment_codes_by_prefix(text: str, payer: Payer) -> None:
    assert classify(text) == PaymentCode(payer, text)


@pytest.mark.parametrize("text", ["090000000000000000", "160000000000000000", "13000000000000000", "62" + "1" * 16, "31" + "0" * 16])
def test_other_lengths_and_prefixes_are_no_payment_codes(text: str) -> None:
    assert payment_code(text) is None
    assert isinstance(classify(text), UnknownCode)


def test_a_payment_code_hides_itself() -> None:
    assert "130000000000000000" not in repr(payment_code("130000000000000000"))


def test_ean13_needs_its_check_digit() -> None:
    assert classify("6901234567892") == Ean13("6901234567892")
    assert classify("]E06901234567892") == Ean13("6901234567892")
    assert classify("6901234567893") == UnknownCode("6901234567893")


def test_aim_ids_are_split_off() -> None:
    assert strip_aim("]C1ABC") == ("]C1", "ABC")
    assert strip_aim("ABC") == ("", "ABC")
    assert strip_aim("]") == ("", "]")


def test_check_digit_of_a_known_code() -> None:
    assert gs1_check_digit("690123456789") == "2"


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_at_all_makes_it_stumble(text: str) -> None:
    classify(text)
    classify("]C1" + text)


def test_the_refusal_says_what_is_wrong() -> None:
    with pytest.raises(BarcodeInvalid) as refused:
        parse("1000123450")
    assert refused.value.sentence()
    assert refused.value.advice()


# --- packs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scanned", "article", "trace"),
    [
        ("6901234567892", "6901234567892", ""),
        ("]E06901234567892", "6901234567892", ""),
        ("0106901234567892" + "1726123110B7", "6901234567892", ""),
        ("89000010000000000001", "", "89000010000000000001"),
        (" https://www.mashangfangxin.com/89000010000000000001 ", "", "89000010000000000001"),
        ("]d2010690123456789221" + "89000010000000000001", "", "89000010000000000001"),
        ("SHELF-0042", "SHELF-0042", ""),
    ],
)
def test_a_pack_is_known_by_its_article_or_by_its_own_code(scanned: str, article: str, trace: str) -> None:
    pack = barcodes.read_pack(scanned)
    assert (pack.article, pack.trace, pack.single) == (article, trace, bool(trace))


def test_packs_of_one_product_are_known_as_such_and_articles_are_no_products_of_trace_codes() -> None:
    first, second = (barcodes.read_pack(f"8900001000000000000{n}") for n in (1, 2))
    assert first != second
    assert first.product == second.product
    assert barcodes.read_pack("8900001").product != first.product
