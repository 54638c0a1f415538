"""HTTP and WebSocket in front of dispatch: ``/api/<request>``, ``/changes``, ``/pair``, ``/openapi.json``, ``/health``, ``/metrics``.

A bare ASGI application, since there is one route that matters (ADR 0002); Starlette serves the few others.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import psycopg
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from common.errors import DeskUnknown, Malformed, NotSignedIn, XinglinError
from common.messages.consult import Expired, ExpirePrescriptions
from common.messages.prices import BeginPrices
from common.messages.repricing import ApplyPriceChanges, PricesApplied
from common.permissions import Permission
from common.wire import Refused, decode, encode
from server import metrics, outside
from server.audit_seal import Sealer
from server.channels.reconcile import reconcile_due
from server.dispatch import Answer, Call, Dispatch
from server.einvoice.courier import Courier
from server.einvoice.settings import platforms
from server.formulary import change_catalogue
from server.insurance.connect import line_to_bureau
from server.insurance_desk.courier import send_due
from server.insurance_desk.reconciling import want_yesterday
from server.insurance_desk.runner import run_due
from server.pairing import answer_pairing
from server.parties import Parties
from server.people import system_actor
from server.prescribing import prescriptions_past_validity
from server.prices import prices_to_begin
from server.publish import Feed, Publisher
from server.sessions import Actor, desk_of
from server.settling.errands import Errands
from server.storeroom.revaluing import price_changes_due
from server.windows import close_left

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request as HttpRequest
    from starlette.types import Receive, Scope, Send
    from starlette.websockets import WebSocket

    from server.clock import Clock
    from server.config import Config
    from server.db import Database

log = logging.getLogger("xinglin.http")

_MAX_BODY: Final = 64 * 1024 * 1024
_MAX_STEP: Final = 64 * 1024
_TOO_LARGE: Final = Answer(status=413, body=encode(Refused(error="Malformed", fields=Malformed(detail="the body is too large").fields)))
_SEAL_SECONDS: Final = 2.0
_EXPIRE_SECONDS: Final = 60.0
_PRICE_SECONDS: Final = 20.0
_PRICES_WAIT: Final = "prices could not begin"
_CATALOGUE_SECONDS: Final = 20.0
_WINDOW_SECONDS: Final = 30.0
_RECONCILE_SECONDS: Final = 5.0
_EINVOICE_SECONDS: Final = 3.0
_ERRAND_SECONDS: Final = 1.0
_SETUP_SECONDS: Final = 2.0
_INSURANCE_SECONDS: Final = 1.0
_UPLOAD_SECONDS: Final = 3.0
_SESSION_SECONDS: Final = 15.0


class Service:
    """One service process: its worker threads, dispatch, change feed and sealer."""

    def __init__(self, config: Config, database: Database, clock: Clock) -> None:
        self.config = config
        self.database = database
        self.clock = clock
        #: Whom this service may ask outside the house. The insurance's set-up is in the database, which may not be there yet.
        self.parties = Parties(outside.channels(config.keys))
        self._insurance_secrets = outside.insurance(config.keys)
        self.reconciliation = outside.reconciliation(config.keys)
        self.threads = ThreadPoolExecutor(config.threads, thread_name_prefix="xinglin")
        self.publisher = Publisher()
        self.dispatch = Dispatch(database, clock, published=self.publisher.wake, parties=self.parties)
        self.errands = Errands(database, self.dispatch, self.parties)
        self.dispatch.set_out = self.errands.begin
        #: Carries e-invoices to the platforms that are connected.
        self.courier = Courier(database, self.dispatch, clock, platforms(config.keys))
        self.sealer = Sealer(database, config.keys)
        self._desks: dict[str, tuple[float, int]] = {}

    async def in_thread(self, call: Callable[[], Any]) -> Any:
        """Await ``call`` on a worker thread."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, call)

    def answer(self, name: str, headers: dict[bytes, bytes], body: bytes) -> Answer:
        """Carry out one HTTP request. Runs on a worker thread."""
        return self.dispatch.guarded(name, lambda: self.dispatch.answer(self._call(name, headers, body)))

    def _call(self, name: str, headers: dict[bytes, bytes], body: bytes) -> Call:
        return Call(
            name=name,
            body=body,
            token=_bearer(headers),
            request_id=headers.get(b"request-id", b"").decode("ascii", "replace"),
            desk_id=self._desk(headers),
        )

    def _desk(self, headers: dict[bytes, bytes]) -> int | None:
        """The paired desk of a sign-in. Its session remembers it afterwards, so that other requests need not prove it again."""
        header = headers.get(b"desk", b"").decode("ascii", "replace")
        if _bearer(headers):
            return None
        if not header:
            if self.config.unpaired_desks:
                return None
            raise DeskUnknown
        known = self._desks.get(header)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        desk_id = self.dispatch.once_more(lambda: desk_of(self.database, header))
        self._desks[header] = (time.monotonic() + 3.0, desk_id)
        return desk_id

    def actor(self, token: str) -> Actor:
        """Who holds ``token``. Raises ``NotSignedIn``."""
        return self.dispatch.once_more(lambda: self.dispatch.sessions.actor(token, self.clock.wall()))

    def pair(self, body: bytes) -> Answer:
        """One step of a pairing. Runs on a worker thread."""

        def step() -> Answer:
            reply = answer_pairing(self.database, self.clock.wall(), self.config.fingerprint, body)
            return Answer(status=200, body=encode(reply))

        return self.dispatch.guarded("pair", lambda: self.dispatch.once_more(step))

    def connect_insurance(self) -> None:
        """Take up the line to the bureau as it is set up now; one that stands so already is kept."""
        self.parties.bureau = line_to_bureau(self.database, self._insurance_secrets, self.parties.bureau)

    def serve_insurance(self) -> None:
        """What the insurance desk wants of the bureau, and yesterday's reconciliation."""
        want_yesterday(self, self.reconciliation.hour)
        run_due(self)

    def upload(self) -> None:
        """Tell the bureau what it has to be told."""
        send_due(self)

    def seal(self) -> None:
        """Hash the audit entries that are new. Another process that seals right now does it for both."""
        self.sealer.seal(self.clock.wall())

    def expire(self) -> None:
        """Let prescriptions past their validity expire, as the machine's administrator."""
        actor = system_actor(self.database)
        while prescriptions_past_validity(self.database, self.clock.now()):
            answer = self.dispatch.perform(ExpirePrescriptions(), actor)
            if not decode(Expired, answer.body).expired:  # somebody holds the rest; the next minute will do
                return

    def reconcile(self) -> None:
        """Fetch the channels' statements that are due, and clear what differs."""
        reconcile_due(self)

    def begin_prices(self) -> None:
        """Let prices begin whose day has come, as the machine's administrator."""
        if prices_to_begin(self.database, self.clock.today(self.clock.now())):
            self.dispatch.perform(BeginPrices(), system_actor(self.database))
        while price_changes_due(self.database, self.clock.now()):
            answer = self.dispatch.perform(ApplyPriceChanges(), system_actor(self.database))
            if not decode(PricesApplied, answer.body).number:  # another service has it in hand
                return

    def change_catalogue(self) -> None:
        """Let changes of the catalogue take effect whose moment has come."""
        change_catalogue(self.database, self.dispatch, self.clock.now())

    def close_left_windows(self) -> None:
        """Close the pharmacy's windows that somebody forgot to close."""
        close_left(self.database, self.dispatch, self.clock)


def _bearer(headers: dict[bytes, bytes]) -> str:
    scheme, _, token = headers.get(b"authorization", b"").decode("ascii", "replace").partition(" ")
    return token if scheme.lower() == "bearer" else ""


class App:
    """The ASGI application: the hot path here, everything else in Starlette."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._others = Starlette(
            routes=[
                Route("/health", self._health),
                Route("/metrics", self._metrics),
                Route("/openapi.json", self._openapi),
                Route("/pair", self._pair, methods=["POST"]),
                WebSocketRoute("/changes", self._changes),
            ],
            lifespan=self._lifespan,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/") and scope["method"] == "POST":
            await self._api(scope, receive, send)
        else:
            await self._others(scope, receive, send)

    async def _api(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        name = scope["path"][5:]
        body = await _body(receive)
        answer = _TOO_LARGE
        if body is not None:
            headers = dict(scope["headers"])
            answer = await self.service.in_thread(lambda: self.service.answer(name, headers, body))
        await send({"type": "http.response.start", "status": answer.status, "headers": _headers(answer)})
        await send({"type": "http.response.body", "body": answer.body})
        metrics.observe(name if self.service.dispatch.knows(name) else "?", answer.status, time.perf_counter() - started)

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        service = self.service
        await service.in_thread(service.connect_insurance)
        # What became due while the service was down holds before anybody is charged.
        await self._once(service.begin_prices, _PRICES_WAIT)
        tasks = [
            asyncio.create_task(self._every(_ERRAND_SECONDS, service.errands.sweep, "settlements could not be looked at")),
            asyncio.create_task(service.publisher.run(lambda: Feed(service.database), service.in_thread)),
            asyncio.create_task(self._every(_SEAL_SECONDS, service.seal, "the audit trail could not be sealed")),
            asyncio.create_task(self._every(_EXPIRE_SECONDS, service.expire, "prescriptions could not expire")),
            asyncio.create_task(self._every(_PRICE_SECONDS, service.begin_prices, _PRICES_WAIT)),
            asyncio.create_task(
                self._every(_CATALOGUE_SECONDS, service.change_catalogue, "changes of the catalogue could not take effect")
            ),
            asyncio.create_task(self._every(_WINDOW_SECONDS, service.close_left_windows, "windows left open could not be closed")),
            asyncio.create_task(self._every(_RECONCILE_SECONDS, service.reconcile, "channels could not be reconciled")),
            asyncio.create_task(self._every(_SETUP_SECONDS, service.connect_insurance, "the insurance's set-up could not be read")),
            asyncio.create_task(self._every(_INSURANCE_SECONDS, service.serve_insurance, "the insurance could not be asked")),
            asyncio.create_task(self._every(_UPLOAD_SECONDS, service.upload, "uploads could not be sent")),
            asyncio.create_task(self._every(_EINVOICE_SECONDS, service.courier.send_due, "e-invoices could not be sent")),
        ]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(psycopg.Error):
            await service.in_thread(service.seal)
        await service.in_thread(service.errands.close)
        service.threads.shutdown()
        service.database.close()

    async def _every(self, seconds: float, work: Callable[[], None], trouble: str) -> None:
        """Do ``work`` again and again. What it could not do now it does the next time; the log says so."""
        while True:
            await asyncio.sleep(seconds)
            await self._once(work, trouble)

    async def _once(self, work: Callable[[], None], trouble: str) -> None:
        try:
            await self.service.in_thread(work)
        except (psycopg.Error, XinglinError, OSError) as error:
            log.warning("%s: %s", trouble, type(error).__name__)
        except Exception:
            log.exception("%s", trouble)  # a fault of ours: the next time may go better, and the trace is there

    async def _health(self, _: HttpRequest) -> Response:
        def ping() -> bool:
            try:
                return self.service.dispatch.once_more(lambda: self.service.database.of_thread().execute("SELECT 1").fetchone() == (1,))
            except psycopg.Error:
                return False

        alive = await self.service.in_thread(ping)
        return JSONResponse({"service": "ok", "database": "ok" if alive else "unreachable"}, status_code=200 if alive else 503)

    async def _metrics(self, _: HttpRequest) -> Response:
        metrics.DESKS.set(self.service.publisher.connected)
        return Response(metrics.exposition(), media_type="text/plain; version=0.0.4")

    async def _openapi(self, _: HttpRequest) -> Response:
        from server.openapi import document

        return Response(encode(document()), media_type="application/json")

    async def _pair(self, request: HttpRequest) -> Response:
        body = await _body(request.receive, _MAX_STEP)
        answer = _TOO_LARGE if body is None else await self.service.in_thread(lambda: self.service.pair(body))
        return Response(answer.body, answer.status, media_type="application/json")

    async def _changes(self, socket: WebSocket) -> None:
        headers = {name.lower(): value for name, value in socket.scope["headers"]}
        try:
            actor = await self.service.in_thread(lambda: self.service.actor(_bearer(headers)))
            actor.require(Permission.SESSION_OWN)
        except NotSignedIn:
            await socket.close(4401)  # before it was accepted: the desk sees HTTP 403
            return
        except psycopg.Error:
            await socket.accept()
            await socket.close(1013)  # the desk comes back in a moment
            return
        await socket.accept()
        since = socket.query_params.get("since", "")
        queue = self.service.publisher.join(int(since) if since.isdecimal() and len(since) < 20 else -1)
        try:
            await self._pump(socket, queue, _bearer(headers))
        finally:
            self.service.publisher.leave(queue)

    async def _pump(self, socket: WebSocket, queue: asyncio.Queue[bytes], token: str) -> None:
        """Push until the desk goes, or its session has ended: that is looked at again every quarter of a minute."""
        gone = asyncio.create_task(socket.receive())
        message = asyncio.create_task(queue.get())
        looked_at = time.monotonic()
        try:
            while not gone.done():
                await asyncio.wait({gone, message}, timeout=_SESSION_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if time.monotonic() - looked_at >= _SESSION_SECONDS and not gone.done():
                    looked_at = time.monotonic()
                    await self.service.in_thread(lambda: self.service.actor(token))
                if message.done():
                    await socket.send_text(message.result().decode())
                    message = asyncio.create_task(queue.get())
        except NotSignedIn:
            await socket.close(4401)
        except psycopg.Error:
            await socket.close(1013)
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            gone.cancel()
            message.cancel()


async def _body(receive: Receive, most: int = _MAX_BODY) -> bytes | None:
    message = await receive()
    if not message.get("more_body"):
        whole = bytes(message.get("body", b""))
        return whole if len(whole) <= most else None
    parts, size = [message.get("body", b"")], len(message.get("body", b""))
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            return None
    return b"".join(parts)


_JSON: Final = (b"content-type", b"application/json")


def _headers(answer: Answer) -> list[tuple[bytes, bytes]]:
    headers = [_JSON, (b"content-length", str(len(answer.body)).encode())]
    if answer.replayed:
        headers.append((b"replayed", b"1"))
    return headers
