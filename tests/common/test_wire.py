"""Requests: every one is complete, and JSON carries it without loss."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar, get_type_hints

import msgspec
import pytest

from common import wire
from common.errors import load_errors
from common.messages.admin import AddStaff
from common.messages.cashier import Settle, Tender, TenderKind
from common.messages.patients import PatientFile, RegisterPatient
from common.messages.session import SignIn, SignOut
from common.permissions import Permission
from common.wire import (
    Change,
    Command,
    Done,
    Fact,
    Pushed,
    Query,
    Request,
    decode,
    encode,
    payload_hash,
    reply_type,
    request_types,
    wire_name,
)

REQUESTS = request_types()
every = pytest.mark.parametrize("request_type", REQUESTS.values(), ids=REQUESTS)
SETTLE = Settle(patient_id=1, line_ids=(3, 4), expected_fen=3860, tenders=(Tender(kind=TenderKind.CASH, amount_fen=3860, given_fen=5000),))


@every
def test_a_request_is_complete(request_type: type[Request[Any]]) -> None:
    assert isinstance(request_type.permission, Permission)
    assert isinstance(request_type.writes, bool)
    assert request_type.writes == issubclass(request_type, Command) != issubclass(request_type, Query)
    assert request_type.__doc__ is not None
    assert request_type.__struct_config__.frozen
    assert request_type.__struct_config__.forbid_unknown_fields
    assert reply_type(request_type) is not None


@every
def test_replies_and_requests_have_a_json_schema(request_type: type[Request[Any]]) -> None:
    schema = msgspec.json.schema(request_type)
    assert wire_name(request_type) in REQUESTS
    assert json.dumps(schema)
    assert json.dumps(msgspec.json.schema(reply_type(request_type)))


@every
def test_a_query_that_looks_at_a_record_names_a_field_of_its_own(request_type: type[Request[Any]]) -> None:
    if issubclass(request_type, Query) and request_type.views is not None:
        assert request_type.views in {field.name for field in msgspec.structs.fields(request_type)}


@every
def test_a_docstring_speaks_only_of_errors_that_exist(request_type: type[Request[Any]]) -> None:
    named = set(re.findall(r"``([A-Z][a-z]+(?:[A-Z][a-z]+)+)``", request_type.__doc__ or ""))
    assert named <= set(load_errors())


def test_only_signing_in_needs_no_session() -> None:
    assert {name for name, kind in REQUESTS.items() if kind.permission is Permission.ANYONE} == {"sign_in"}


def test_no_field_is_a_float() -> None:
    def names_float(kind: Any) -> bool:
        return kind is float or any(map(names_float, getattr(kind, "__args__", ())))

    for kind in all_facts(Fact):
        floats = [name for name, hint in get_type_hints(kind).items() if names_float(hint)]
        assert not floats, f"{kind.__name__}: {floats}"


def all_facts(kind: type[Fact]) -> set[type[Fact]]:
    return {kind}.union(*(all_facts(below) for below in kind.__subclasses__()))


@pytest.mark.parametrize(("kind", "name"), [(SignIn, "sign_in"), (RegisterPatient, "register_patient"), (Settle, "settle")])
def test_names_on_the_wire(kind: type[Request[Any]], name: str) -> None:
    assert wire_name(kind) == name
    assert REQUESTS[name] is kind


def test_a_request_without_its_reply_is_a_mistake_of_the_program() -> None:
    reply = TypeVar("reply")

    class Nameless(Request[reply], frozen=True, kw_only=True):
        """Names no reply."""

    with pytest.raises(TypeError, match="Nameless does not name its reply"):
        reply_type(Nameless)


def test_json_carries_decimals_dates_and_times_without_loss() -> None:
    class Everything(Fact, frozen=True, kw_only=True):
        amount: Decimal
        day: date
        moment: datetime

    sent = Everything(amount=Decimal("0.1000"), day=date(2026, 3, 1), moment=datetime(2026, 3, 1, 10, tzinfo=UTC))
    text = encode(sent)
    assert json.loads(text) == {"amount": "0.1000", "day": "2026-03-01", "moment": "2026-03-01T10:00:00Z"}
    assert decode(Everything, text) == sent
    assert str(decode(Everything, text).amount) == "0.1000"


def test_a_request_comes_back_equal() -> None:
    assert decode(Settle, encode(SETTLE)) == SETTLE
    file = PatientFile(name="张小三", sex="1", birth_date=date(1990, 3, 7))
    assert decode(RegisterPatient, encode(RegisterPatient(file=file))) == RegisterPatient(file=file)
    pushed = Pushed(seq=7, changes=(Change(topic="queue"),))
    assert decode(Pushed, encode(pushed)) == pushed


@pytest.mark.parametrize(
    "text",
    [
        b'{"login": "a", "password": "b", "role": "administrator"}',  # an unknown field
        b'{"login": "a"}',
        b'{"login": 1, "password": "b"}',
        b'["a", "b"]',
        b"",
        b'{"login": "a"',
    ],
)
def test_what_is_no_request_is_refused(text: bytes) -> None:
    with pytest.raises((msgspec.ValidationError, msgspec.DecodeError)):
        decode(SignIn, text)


@pytest.mark.parametrize(
    "wrong",
    [{"login": "Root"}, {"login": "a"}, {"name": ""}, {"roles": ["king"]}, {"antibacterial_level": "all"}],
)
def test_limits_of_fields_hold(wrong: dict[str, Any]) -> None:
    staff = {"login": "li.mei", "name": "李梅", "roles": ["doctor"], "password": "x"}
    assert decode(AddStaff, json.dumps(staff).encode()).login == "li.mei"
    with pytest.raises(msgspec.ValidationError):
        decode(AddStaff, json.dumps({**staff, **wrong}).encode())


def test_the_same_payload_has_the_same_hash_however_it_was_spaced() -> None:
    spaced = json.dumps(json.loads(encode(SETTLE)), indent=3, sort_keys=True).encode()
    assert payload_hash(decode(Settle, spaced)) == payload_hash(SETTLE)
    assert payload_hash(msgspec.structs.replace(SETTLE, expected_fen=3861)) != payload_hash(SETTLE)
    assert payload_hash(SignOut()) != encode(Done())
    assert len(payload_hash(SignOut())) == 32


def test_request_ids_are_never_the_same() -> None:
    ids = {wire.new_request_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"[0-9a-f-]{36}", one) for one in ids)
