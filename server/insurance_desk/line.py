"""The line to the bureau for one operator: numbers, sign-in and time filled in. For the service's own errands; no transaction is ever open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from common.permissions import Permission
from common.wire import decode, reply_type
from server.insurance import requests as ask
from server.insurance.protocol import Call, Operator
from server.insurance_desk.asks import NoteSignIn, NumberCall
from server.outcome import Rejected, Success
from server.people import system_actor

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from common.wire import Request
    from server.clock import Clock
    from server.db import Database
    from server.dispatch import Dispatch
    from server.insurance.client import Insurance
    from server.outcome import Outcome
    from server.parties import Parties

A = TypeVar("A")
R = TypeVar("R")


class House(Protocol):
    """What is needed of the service."""

    database: Database
    dispatch: Dispatch
    clock: Clock
    parties: Parties


def perform(house: House, request: Request[R]) -> R:
    """One of the service's own commands."""
    actor = msgspec.structs.replace(system_actor(house.database), permissions=frozenset({Permission.SERVICE}))
    answer = house.dispatch.perform(request, actor)
    return decode(reply_type(type(request)), answer.body)  # type: ignore[no-any-return]


class Line:
    """Asks the bureau in the name of ``staff_id``."""

    def __init__(self, house: House, insurance: Insurance, staff_id: int) -> None:
        self.house, self.insurance, self.staff_id = house, insurance, staff_id

    def ask(self, call: Callable[[Call], Outcome[A]], *, insuplc: str = "") -> Outcome[A]:
        """Sign in where that is needed, and ask; once more with a new sign-in where the bureau does not know the old one."""
        return self.signed_in(lambda: call(self.call(insuplc)))

    def signed_in(self, ask_it: Callable[[], Outcome[A]]) -> Outcome[A]:
        """What ``ask_it`` comes to with a sign-in that the bureau knows."""
        refused: Outcome[A] | None = self.sign_in()
        if refused is not None:
            return refused
        outcome = ask_it()
        if isinstance(outcome, Rejected) and self._signed_out(outcome):
            self.sign_out_here()
            return self.sign_in() or ask_it()
        return outcome

    def sign_in(self) -> Outcome[A] | None:
        """9001 where the province signs in and nothing stands today; what hindered it."""
        if not self.insurance.province.signs_in or perform(self.house, NumberCall(staff_id=self.staff_id)).sign_no:
            return None
        return self.sign_in_anew()

    def sign_in_anew(self) -> Outcome[A] | None:
        """9001, whatever stands here; what hindered it."""
        request = ask.SignIn(operator_number=str(self.staff_id), mac="00-00-00-00-00-00", ip="127.0.0.1")
        outcome = self.insurance.sign_in(request, self.call())
        if not isinstance(outcome, Success):
            return outcome
        perform(self.house, NoteSignIn(staff_id=self.staff_id, sign_no=outcome.value.sign_no))
        return None

    def sign_out_here(self) -> None:
        """The sign-in does not hold any more."""
        perform(self.house, NoteSignIn(staff_id=self.staff_id))

    def call(self, insuplc: str = "") -> Call:
        """The next call's number, time, operator and sign-in."""
        number = perform(self.house, NumberCall(staff_id=self.staff_id))
        operator = Operator(number=str(self.staff_id), name=number.operator)
        return Call(msgid_sequence=number.sequence, at=number.at, operator=operator, sign_no=number.sign_no, insuplc=insuplc)

    def numbered(self, message: int, numbered_at: datetime) -> Call:
        """A call that bears the number of a message which was given before."""
        return msgspec.structs.replace(self.call(), msgid_sequence=message, numbered_at=numbered_at)

    def _signed_out(self, refused: Rejected) -> bool:
        return any(word in refused.message for word in self.insurance.province.signed_out_when)
