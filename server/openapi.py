"""The OpenAPI document, generated from the request classes."""

from __future__ import annotations

import argparse
import sys
from functools import cache
from typing import Any

import msgspec

from common.i18n import tr
from common.wire import REQUEST_ID_HEADER, Refused, encode, reply_type, request_types

_REFERENCE = "#/components/schemas/{name}"


@cache
def document() -> dict[str, Any]:
    """The whole document as data."""
    requests = request_types()
    kinds = [*requests.values(), *(reply_type(kind) for kind in requests.values()), Refused]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
    bodies, replies = schemas[: len(requests)], schemas[len(requests) : -1]
    paths = {
        f"/api/{name}": {"post": _operation(name, kind, body, reply, schemas[-1])}
        for (name, kind), body, reply in zip(requests.items(), bodies, replies, strict=True)
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Xinglin 杏林", "version": "0.1.0", "description": "Requests of the clinic's desks."},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"session": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(name: str, kind: Any, body: dict[str, Any], reply: dict[str, Any], refused: dict[str, Any]) -> dict[str, Any]:
    text = (kind.__doc__ or "").strip()
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": text.splitlines()[0],
        "description": text,
        "x-permission": str(kind.permission),
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {"description": "Done", "content": {"application/json": {"schema": reply}}},
            "4XX": {"description": "Refused; nothing was stored", "content": {"application/json": {"schema": refused}}},
            "5XX": {"description": "Trouble", "content": {"application/json": {"schema": refused}}},
        },
        "security": [] if kind.permission == "anyone" else [{"session": []}],
    }
    if kind.writes:
        schema = {"type": "string", "format": "uuid"}
        operation["parameters"] = [{"name": REQUEST_ID_HEADER, "in": "header", "required": True, "schema": schema}]
    return operation


def main(argv: list[str]) -> int:
    """``xinglin openapi``: print the document."""
    argparse.ArgumentParser(prog="xinglin openapi", description=tr("Print the description of the service's interface.")).parse_args(argv)
    sys.stdout.buffer.write(msgspec.json.format(encode(document()), indent=2) + b"\n")
    return 0
