"""The sample clinic without HTTP: the real dispatch on a real database, in the test's own process. What is tested elsewhere (signing in, the
wire) is left out, so that a test of a handler takes milliseconds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import httpx
import msgspec

from common.errors import XinglinError, error_from_wire
from common.messages.registration import SessionFacts
from common.permissions import Role, permissions_of
from common.wire import Refused, Request, decode, new_request_id, reply_type, wire_name
from installer.postgres import EmbeddedPostgres
from server.clock import Clock
from server.db import Database
from server.dispatch import Answer, Dispatch
from server.sessions import Actor
from tests import visits
from tests.harness import Clinic, SignedInDesk, TestDatabase

R = TypeVar("R")
T = TypeVar("T")


class MovedClock(Clock):
    """A clock that a test moves, by ``by`` ahead of the real one. ``wall_by`` moves the time that sessions and locks go by."""

    by = timedelta()
    wall_by = timedelta()

    def wall(self) -> datetime:
        return super().wall() + self.wall_by

    def now(self) -> datetime:
        return datetime.now(self.zone) + self.by


class PersonAtWork(SignedInDesk):
    """A person whose requests go straight to dispatch."""

    def __init__(self, office: Office, login: str) -> None:
        self._office = office
        self.actor = office.actor(login)

    def answer(self, request: Request[Any], request_id: str = "") -> Answer:
        """What dispatch answers; raises what it raises."""
        return self._office.dispatch.perform(request, self.actor, request_id or new_request_id())

    def call(self, request: Request[R], request_id: str = "") -> R:
        answer = self.answer(request, request_id)
        if answer.status != 200:
            refused = decode(Refused, answer.body)
            raise error_from_wire(refused.error, refused.fields)
        return decode(reply_type(type(request)), answer.body)  # type: ignore[no-any-return]

    def raw(self, request: Request[Any], request_id: str = "") -> httpx.Response:
        raise NotImplementedError(f"{wire_name(type(request))} needs the service over HTTP")


class Office(Clinic):
    """Everybody of the sample clinic, on one database."""

    def __init__(self, database: TestDatabase) -> None:
        self.database = database
        self.clock = MovedClock()
        self.connections = Database(database.dsn)
        self.dispatch = Dispatch(self.connections, self.clock)
        self._people: dict[str, PersonAtWork] = {}

    def actor(self, login: str) -> Actor:
        """A person as the session book would find them."""
        sql = "SELECT id, name, title, department_id, roles FROM staff WHERE login = %s"
        row = self.connections.of_thread().execute(sql, (login,)).fetchone()
        assert row is not None, login
        roles = frozenset(Role(role) for role in row[4])
        return Actor(staff_id=row[0], name=row[1], title=row[2], department_id=row[3], roles=roles, permissions=permissions_of(roles))

    def desk(self, login: str) -> PersonAtWork:
        if login not in self._people:
            self._people[login] = PersonAtWork(self, login)
        return self._people[login]

    @property
    def today(self) -> date:
        """The clinic's day."""
        return self.clock.today(self.clock.now())

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows, read as the service."""
        return self.connections.of_thread().execute(sql, parameters).fetchall()

    def close(self) -> None:
        """Close the connections."""
        self.connections.close()


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do all acts at the same moment, each in a thread of its own; gives back what each returned or was refused with."""
    barrier = threading.Barrier(len(acts))
    outcomes: list[Any] = [None] * len(acts)

    def run(index: int, act: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            outcomes[index] = act()
        except BaseException as error:  # noqa: BLE001 -- carried over to the test's own thread
            outcomes[index] = error

    threads = [threading.Thread(target=run, args=(index, act)) for index, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, XinglinError):
            raise outcome
    return outcomes


def refusals(outcomes: list[Any]) -> list[XinglinError]:
    """Those that were refused."""
    return [outcome for outcome in outcomes if isinstance(outcome, XinglinError)]


def successes(outcomes: list[Any]) -> list[Any]:
    """Those that were carried out."""
    return [outcome for outcome in outcomes if not isinstance(outcome, XinglinError)]


def session(office: Clinic, doctor: str = "方舟", nth: int = 0) -> SessionFacts:
    """One of today's three clinic sessions of a doctor."""
    from common.messages.registration import ListSessions

    sessions = office.desk(visits.CLERK).call(ListSessions()).sessions
    return [found for found in sessions if found.doctor == doctor][nth]


def changed(struct: T, **fields: Any) -> T:
    """A copy with other fields."""
    return msgspec.structs.replace(struct, **fields)  # type: ignore[type-var]


def open_office(postgres: EmbeddedPostgres, template: str, name: str) -> Office:
    """An office on a fresh copy of the sample clinic."""
    postgres.create_from_template(name, template)
    return Office(TestDatabase(postgres.dsn(dbname=name), postgres.dsn("xinglin_owner", name), name))
