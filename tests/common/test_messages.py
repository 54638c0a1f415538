"""Every request and reply as it is declared: frozen, strict, documented, without floats, and the same after a journey over the wire."""

from __future__ import annotations

import importlib
import pkgutil
import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import msgspec
import pytest

import common.messages
from common.messages import FEATURES
from common.permissions import Permission
from common.wire import Command, Fact, Query, decode, encode, payload_hash, reply_type, request_types, wire_name

MODULES = [importlib.import_module(f"common.messages.{feature}") for feature in FEATURES]
STRUCTS = [
    kind
    for module in MODULES
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__module__ == module.__name__
]
REQUESTS = list(request_types().values())


def test_every_module_of_the_folder_is_a_feature() -> None:
    assert sorted(module.name for module in pkgutil.iter_modules(common.messages.__path__)) == sorted(FEATURES)


@pytest.mark.parametrize("kind", STRUCTS, ids=lambda kind: kind.__name__)
def test_a_struct_is_frozen_strict_and_documented(kind: type[msgspec.Struct]) -> None:
    assert issubclass(kind, Fact)
    config = kind.__struct_config__
    assert config.frozen
    assert config.forbid_unknown_fields
    with pytest.raises(TypeError):
        kind(*range(len(kind.__struct_fields__) or 1))
    text = kind.__dict__.get("__doc__") or ""
    assert text.strip().endswith((".", ")", "``", ":")) or "\n" in text, kind
    assert not text.startswith(f"{kind.__name__}("), "msgspec made it up"


def types(info: Any) -> set[str]:
    """The names of all types that a type is made of."""
    found = {type(info).__name__}
    for inner in (getattr(info, name, None) for name in ("item_type", "key_type", "value_type")):
        found |= types(inner) if inner is not None else set()
    for inner in getattr(info, "types", ()):
        found |= types(inner)
    return found


@pytest.mark.parametrize("kind", STRUCTS, ids=lambda kind: kind.__name__)
def test_no_field_is_a_float_or_anything_at_all(kind: type[msgspec.Struct]) -> None:
    for field in msgspec.structs.fields(kind):
        made_of = types(msgspec.inspect.type_info(field.type))
        assert not made_of & {"FloatType", "AnyType", "ListType", "SetType"}, field.name
        if field.name.endswith("_fen") or field.name == "fen":
            assert "IntType" in made_of, field.name
        if field.name in ("quantity", "dose", "price", "unit_price", "purchase_price", "pack_size"):
            assert "DecimalType" in made_of, field.name


@pytest.mark.parametrize("kind", REQUESTS, ids=lambda kind: wire_name(kind))
def test_a_request_names_reply_permission_and_kind(kind: Any) -> None:
    assert isinstance(kind.permission, Permission)
    assert issubclass(kind, Command) is not issubclass(kind, Query)
    assert reply_type(kind) is not None
    if getattr(kind, "views", None):
        assert kind.views in kind.__struct_fields__
    assert len(kind.__orig_bases__) == 1


VALUES: dict[str, Any] = {
    "IntType": 7,
    "StrType": "110101",
    "BoolType": True,
    "AnyType": "anything",
    "DecimalType": Decimal("1.2500"),
    "DateType": date(2026, 2, 28),
    "TimeType": time(8, 30),
    "DateTimeType": datetime.fromisoformat("2026-02-28T08:30:00.123456+08:00"),
}


def full(info: Any) -> Any:
    """A value of a type with everything in it."""
    name = type(info).__name__
    if name == "StructType":
        return info.cls(**{field.name: full(field.type) for field in info.fields})
    if name == "VarTupleType":
        return (full(info.item_type),)
    if name == "DictType":
        return {full(info.key_type): full(info.value_type)}
    if name == "EnumType":
        return list(info.cls)[-1]
    if name == "UnionType":
        return full(next(inner for inner in info.types if type(inner).__name__ != "NoneType"))
    if name == "LiteralType":
        return info.values[0]
    if name == "IntType":
        return min(max(info.ge or 0, VALUES[name]), info.le or VALUES[name])
    if name == "StrType" and info.pattern:
        return next(text for text in ("110101", "1101010", "1", *re.findall(r"\w+", info.pattern), "a-b") if re.search(info.pattern, text))
    if name == "StrType":
        return VALUES[name].ljust(info.min_length or 0, "0")[: info.max_length or max(info.min_length or 0, 6)]
    return VALUES[name]


@pytest.mark.parametrize("kind", STRUCTS, ids=lambda kind: kind.__name__)
def test_a_journey_over_the_wire_changes_nothing(kind: type[msgspec.Struct]) -> None:
    value = full(msgspec.inspect.type_info(kind))
    there = decode(kind, encode(value))
    assert there == value
    assert encode(there) == encode(value)


def test_a_payloads_hash_tells_requests_apart() -> None:
    first, second = (msgspec.convert({"patient_id": n}, request_types()["get_patient"]) for n in (1, 2))
    other = msgspec.convert({"patient_id": 1}, request_types()["get_unpaid"])
    assert len({payload_hash(one) for one in (first, second, other)}) == 3
    assert payload_hash(first) == payload_hash(decode(type(first), b'{ "patient_id" : 1 }'))
