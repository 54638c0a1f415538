"""People at work: each is signed in and asks the service over HTTP, as a desk does; everything is counted."""

from __future__ import annotations

from collections import Counter
from typing import Any, TypeVar

import httpx

from common.errors import Trouble, XinglinError, error_from_wire
from common.messages.session import SignedIn, SignIn
from common.wire import REPLAYED_HEADER, REQUEST_ID_HEADER, Refused, Request, decode, encode, new_request_id, reply_type, wire_name

R = TypeVar("R")


class SimulationFailed(Exception):
    """The service did what it must not: accepted what it had to refuse, broke, or replayed another reply."""


class Tally:
    """What was done and what was refused."""

    def __init__(self) -> None:
        self.acts: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.replays = 0


class Worker:
    """One person. Before :meth:`sign_in` nobody."""

    def __init__(self, http: httpx.Client, tally: Tally) -> None:
        self._http = http
        self._tally = tally
        self._token = ""
        self.staff_id = 0

    def sign_in(self, login: str, password: str) -> SignedIn:
        """Open a session and work in it from now on."""
        signed_in = self.call(SignIn(login=login, password=password))
        self._token, self.staff_id = signed_in.token, signed_in.staff.id
        return signed_in

    def call(self, request: Request[R], request_id: str = "") -> R:
        """Carry out a request. Raises the refusal; :class:`SimulationFailed` when the service broke."""
        response = self._post(request, request_id)
        return decode(reply_type(type(request)), response.content)  # type: ignore[no-any-return]

    def _post(self, request: Request[Any], request_id: str) -> httpx.Response:
        headers = {REQUEST_ID_HEADER: request_id or new_request_id()}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        name = wire_name(type(request))
        response = self._http.post(f"/api/{name}", content=encode(request), headers=headers)
        if response.status_code == 200:
            self._tally.acts[name] += 1
            return response
        refused = decode(Refused, response.content)
        self._tally.refusals[refused.error] += 1
        error = error_from_wire(refused.error, refused.fields)
        if isinstance(error, Trouble):
            raise SimulationFailed(f"{name}: {refused.error} {refused.fields}")
        raise error

    def refused(self, kind: type[XinglinError], request: Request[Any], request_id: str = "") -> None:
        """Send what has to be refused as ``kind``. Raises :class:`SimulationFailed` if it is accepted or refused otherwise."""
        try:
            self.call(request, request_id)
        except kind:
            return
        except XinglinError as error:
            raise SimulationFailed(f"{wire_name(type(request))} was refused as {type(error).__name__}, not {kind.__name__}") from error
        raise SimulationFailed(f"{wire_name(type(request))} was not refused as {kind.__name__}")

    def twice(self, request: Request[R]) -> R:
        """Send a request, lose the reply, send it again with the same id: the first reply has to come back."""
        request_id = new_request_id()
        first, again = self._post(request, request_id), self._post(request, request_id)
        self._tally.acts[wire_name(type(request))] -= 1
        self._tally.replays += 1
        if again.content != first.content or again.headers.get(REPLAYED_HEADER) != "1":
            raise SimulationFailed(f"{wire_name(type(request))} was not replayed")
        return decode(reply_type(type(request)), first.content)  # type: ignore[no-any-return]
