"""Errors: each has a sentence in both languages, and crosses the wire whole."""

from __future__ import annotations

import dataclasses
import re
import string
from decimal import Decimal
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import pytest

from common import errors, prescribing_errors
from common.errors import BadInput, Refusal, ServiceBroken, Trouble, XinglinError, error_from_wire, load_errors
from common.i18n import CHINESE, ENGLISH, language, tr
from common.settling_errors import PaymentRefused
from common.wire import Refused, decode, encode

SAMPLES: dict[Any, Any] = {
    str: "visit",
    int: 3860,
    float: 0.4,
    Decimal: Decimal("2.50"),
    list[str]: ["Diagnosis", "Chief complaint"],
    dict[str, str]: {"310": "职工基本医疗保险"},
}


def sample(kind: type[XinglinError]) -> XinglinError:
    """One error of a kind. Every field has a telling value of its type."""
    hints = get_type_hints(kind)
    values = {field.name: SAMPLES[hints[field.name]] for field in dataclasses.fields(kind)}
    if kind is errors.WrongState:
        values["state"] = "WAITING"
    return kind(**values)


#: Those of devices and papers are tested with them.
OURS = {name: kind for name, kind in load_errors().items() if kind.__module__.startswith("common.")}
every = pytest.mark.parametrize("kind", OURS.values(), ids=OURS)


@every
def test_an_error_crosses_the_wire_whole(kind: type[XinglinError]) -> None:
    error = sample(kind)
    there = decode(Refused, encode(Refused(error=kind.__name__, fields=error.fields)))
    back = error_from_wire(there.error, there.fields)
    assert type(back) is kind
    assert back.fields == error.fields
    assert str(back) == str(error)


@every
@pytest.mark.parametrize("code", [CHINESE, ENGLISH])
def test_an_error_has_a_whole_sentence_in_both_languages(kind: type[XinglinError], code: str) -> None:
    error = sample(kind)
    with language(code):
        sentence, advice = error.sentence(), error.advice()
        assert str(error).startswith(sentence) and str(error).endswith(advice)
        assert not advice or str(error).removesuffix(advice).rstrip().endswith((".", "!", "?", "…", "。", "！", "？"))
    assert sentence
    assert "{" not in sentence + advice
    assert bool(advice) == bool(kind.remedy)
    has_words = any(sign.isalpha() for sign in re.sub(r"{\w+}", "", kind.text))
    if code == CHINESE and has_words:
        assert any("一" <= sign <= "鿿" for sign in sentence)


@every
def test_sentences_name_only_fields_that_are_there(kind: type[XinglinError]) -> None:
    named = {name for text in (kind.text, kind.remedy) for _, name, _, _ in string.Formatter().parse(text) if name}
    assert named <= set(sample(kind).shown())


@every
def test_an_error_says_whether_something_may_have_been_stored(kind: type[XinglinError]) -> None:
    assert kind in (Refusal, Trouble) or issubclass(kind, Refusal) != issubclass(kind, Trouble)
    assert 500 <= kind.status < 600 if issubclass(kind, Trouble) else 400 <= kind.status < 500
    assert kind.__doc__


def test_amounts_are_shown_in_yuan_and_quantities_without_needless_zeros() -> None:
    with language(CHINESE):
        assert errors.AmountChanged(shown_fen=3860, due_fen=123450).sentence() == "应收金额现在是 ¥1,234.50，不是 ¥38.60。"
        stock = errors.NotEnoughStock(drug="阿莫西林胶囊", wanted=Decimal("100.0"), left=Decimal("0.5000"), unit="粒")
        assert stock.sentence() == "库存不足：阿莫西林胶囊需要 100 粒，可用 0.5 粒。"


def test_what_somebody_outside_said_is_a_sentence_of_its_own() -> None:
    for said in ("余额不足", "余额不足。"):
        with language(CHINESE):
            assert str(PaymentRefused(channel="tender|WeChat Pay", message=said)).startswith("微信支付未收款：余额不足。 未扣款。")
    with language(ENGLISH):
        assert str(PaymentRefused(channel="tender|WeChat Pay", message="no")).startswith(
            "WeChat Pay did not collect: no. Nothing was taken."
        )


def test_words_in_fields_are_translated() -> None:
    with language(CHINESE):
        assert errors.FieldWrong(field="ID number", reason="it is empty").sentence() == "身份证号：没有填写"
        assert prescribing_errors.RecordIncomplete(missing=["Chief complaint", "Diagnosis"]).sentence() == "病历还没写完整：主诉、诊断"
        assert errors.WrongState(machine="visit", key="V1", state="WAITING").sentence() == "就诊 V1 目前是“候诊”，现在不能这样操作。"
    with language(ENGLISH):
        assert (
            errors.WrongState(machine="visit", key="V1", state="WAITING").sentence() == "Visit V1 is “Waiting”, so this cannot be done now."
        )
        assert (
            prescribing_errors.RecordIncomplete(missing=["Chief complaint", "Diagnosis"]).sentence().endswith("Chief complaint, Diagnosis")
        )


def test_a_rule_of_the_whole_prescription_names_no_drug() -> None:
    rule = "A prescription has at most 5 drugs; write a second one."
    with language(ENGLISH):
        assert prescribing_errors.PrescriptionRule(rule=rule).sentence() == rule
        assert (
            prescribing_errors.PrescriptionRule(rule="needs a quantity above zero.", drug="阿莫西林胶囊").sentence()
            == "阿莫西林胶囊 needs a quantity above zero."
        )
    with language(CHINESE):
        assert prescribing_errors.PrescriptionRule(rule=rule).sentence() == "一张处方最多 5 种药，请另开一张。"


def test_every_machine_of_states_has_a_name() -> None:
    from common.domain.states import MACHINES

    for name, machine in MACHINES.items():
        shown = errors.WrongState(machine=name, key="1", state=next(iter(machine.labels))).shown()
        assert shown["kind"]


def test_an_error_of_a_newer_service_is_a_fault() -> None:
    error = error_from_wire("RobotOnStrike", {"since": 1})
    assert isinstance(error, ServiceBroken)
    assert error.reference == "RobotOnStrike"


def test_a_field_of_a_newer_service_is_left_out() -> None:
    error = error_from_wire("TendersDoNotCover", {"due_fen": 2, "given_fen": 1, "currency": "CNY"})
    assert error.fields == {"due_fen": 2, "given_fen": 1}


def test_a_field_of_the_wrong_kind_is_noticed() -> None:
    with pytest.raises(msgspec.ValidationError):
        error_from_wire("TendersDoNotCover", {"due_fen": "two", "given_fen": 1})


def test_errors_are_raised_and_caught_by_their_family() -> None:
    with pytest.raises(BadInput):
        raise errors.FieldWrong(field="Name", reason="it is empty")
    assert tr(errors.Trouble.text)


def test_every_module_of_errors_is_loaded() -> None:
    areas = {path.stem for path in (Path(__file__).resolve().parents[2] / "common").glob("*_errors.py")}
    assert {module.removeprefix("common.") for module in errors._MODULES} == areas
