"""People at desks of a service that is a process of its own."""

from __future__ import annotations

from tests.harness import Clinic, SignedInDesk, TestDatabase


class People(Clinic):
    """Each signs in once, at their first request; :meth:`stop` hangs up for all of them and leaves the service alone."""

    def __init__(self, url: str, database: TestDatabase) -> None:
        self._url, self.database = url, database
        self._desks: dict[str, SignedInDesk] = {}

    @property
    def url(self) -> str:
        return self._url

    def stop(self) -> None:
        for desk in self._desks.values():
            desk.http.close()
