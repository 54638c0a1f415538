"""The control address: faults, people, list rows, and settlements that only one side has."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from server.channels.simulator.http import response
from server.insurance.protocol import BEIJING
from server.insurance.simulator import people, settling, stock
from server.insurance.simulator.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.channels.simulator.http import Answering, HttpRequest
    from server.insurance.simulator.bureau import Bureau
    from server.insurance.simulator.store import Document


class Planted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A settlement that the bureau has and the clinic does not. ``at``: ``yyyy-MM-dd HH:mm:ss``; empty: now."""

    msgid: str
    psn_no: str
    total_fen: int
    fund_fen: int = 0
    account_fen: int = 0
    mdtrt_id: str = "planted"
    insutype: str = "310"
    clr_type: str = "11"
    at: str = ""


class Control:
    """Carries orders out. An order that it cannot make sense of is answered 400 with the reason."""

    def __init__(self, bureau: Bureau) -> None:
        self._bureau = bureau
        self._office = bureau.office
        self._orders: Final[dict[str, Callable[[bytes], Any]]] = {
            "fault": self._fault,
            "clear": self._clear,
            "delay": self._delay,
            "calls": lambda _: list(bureau.calls),
            "heard": lambda body: bureau.heard.get(msgspec.json.decode(body)),
            "settlements": lambda _: [one for _, one in self._office.store.each("settlement")],
            "uploads": lambda body: [one for _, one in self._office.store.each("upload") if one["infno"] == msgspec.json.decode(body)],
            "forget_uploads": self._forget_uploads,
            "mappings": lambda _: dict(self._office.store.each("mapping")),
            "person": self._person,
            "list_row": self._list_row,
            "list_rows": self._list_rows,
            "plant": self._plant,
            "erase": self._erase,
        }

    async def answer(self, request: HttpRequest) -> Answering:
        """One order."""
        order = self._orders.get(request.path.strip("/"))
        if order is None:
            return response(404, {}, b"no such order")
        try:
            with self._office.store:
                told = order(request.body)
        except (msgspec.MsgspecError, KeyError, TypeError) as fault:
            return response(400, {}, str(fault).encode())
        return response(200, {}, msgspec.json.encode(told))

    def _fault(self, body: bytes) -> None:
        self._bureau.faults.add(msgspec.json.decode(body, type=Fault))

    def _clear(self, body: bytes) -> None:
        del body
        self._bureau.faults.clear()
        self._bureau.calls.clear()
        self._bureau.seconds = 0

    def _delay(self, body: bytes) -> None:
        """Every call takes this many seconds more."""
        self._bureau.seconds = msgspec.json.decode(body, type=float)

    def _forget_uploads(self, body: bytes) -> None:
        """Another clinic begins under the same code: goods, sales and trace codes of the earlier one are forgotten."""
        del body
        for kind in stock.KINDS:
            self._office.store.empty(kind)

    def _person(self, body: bytes) -> None:
        """Insure somebody: the fields of ``people.toml``."""
        people.enrol(self._office, msgspec.json.decode(body, type=dict[str, Any]))

    def _list_row(self, body: bytes) -> None:
        """A row of a list, new or changed: the columns of ``lists.csv`` and ``valid``."""
        self._keep_row(msgspec.json.decode(body, type=dict[str, str]))

    def _list_rows(self, body: bytes) -> None:
        """Several rows at once."""
        for row in msgspec.json.decode(body, type=list[dict[str, str]]):
            self._keep_row(row)

    def _keep_row(self, row: dict[str, str]) -> None:
        self._office.store.put("list", row["code"], dict(row))

    def _plant(self, body: bytes) -> str:
        """Its ``setl_id``."""
        planted = msgspec.json.decode(body, type=Planted)
        now = datetime.now(BEIJING)
        number = self._office.new_number("settlement", now)
        told: Document = msgspec.to_builtins(planted)
        empty = dict.fromkeys((*settling.AMOUNTS, "balance_fen"), 0)
        about = {"psn_name": "", "certno": "", "batch": "", "psn_type": "", "med_type": "11", "clr_optins": self._office.region}
        cash = planted.total_fen - planted.fund_fen - planted.account_fen
        settlement = {**empty, **about, **told, "cash_fen": cash, "in_scope_fen": planted.total_fen, "setl_id": number}
        settlement |= {"refund": False, "cancelled_by": "", "cancels": "", "at": planted.at or f"{now:%Y-%m-%d %H:%M:%S}"}
        settling.keep(self._office, settlement)
        return number

    def _erase(self, body: bytes) -> bool:
        """Forget a settlement by its ``setl_id``: the clinic has it and the bureau does not. Its details stay settled."""
        return self._office.store.drop("settlement", msgspec.json.decode(body, type=str))
