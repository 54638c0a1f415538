"""What a desk stands on, put together when somebody has signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.desk import Workplace
from client.devices import Devices
from client.journal import Journal
from client.printing import Paper

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from client.ops import Ops
    from client.settings import DeskSettings
    from common.messages.session import SignedIn


def set_up(
    ops: Ops,
    session: SignedIn,
    settings: DeskSettings,
    folder: Path,
    *,
    virtual: Mapping[str, str] | None = None,
    before: Workplace | None = None,
) -> Workplace:
    """A workplace for the person of ``session``; journal and devices are those of the person who worked here ``before``, the drafts the person's own.

    Raises :class:`~client.errors.NotKept` if this computer cannot write the journal: without it no act could be sent.
    """
    journal = before.journal.desk if before else Journal(folder / f"desk-{settings.desk_id}.sqlite")
    if before is None:
        journal.trouble = ops.failed.emit
        ops.use_journal(journal)
    devices = before.devices if before else Devices(settings, virtual)
    own = journal.of(session.staff.id)
    paper_file = folder / f"paper-{settings.desk_id}.sqlite"
    paper = Paper(ops, devices, paper_file, by=session.staff.name, zone=session.expires_at.tzinfo)
    return Workplace(ops=ops, session=session, journal=own, paper=paper, devices=devices, settings=settings)
