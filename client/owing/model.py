"""What the desk of owed drugs knows: three lists, and the rest that is being given up. No Qt."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from client.initials import matches
from common.i18n import N_, tr
from common.messages.dispensing import GiveUpOwed, GiveUpReason
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.dispensing import AloneEntry, OpenPackEntry, OwedEntry

#: Hand-overs without a second person are listed for so many days back.
ALONE_DAYS: Final = 90

NOTHING_MARKED: Final = N_("owed|Nothing is owed here. Choose a row of the list.")
ON_ITS_WAY: Final = N_("It is on its way to the service.")
NOT_THERE: Final = N_("owed|Nothing of it is there yet.")

#: Why nobody waits for it any more, in the order of their digits.
REASONS: Final = (
    (GiveUpReason.PATIENT, N_("give up|The patient does not want it")),
    (GiveUpReason.NO_STOCK, N_("give up|Not to be had")),
    (GiveUpReason.REPLACED, N_("give up|The doctor changed it")),
    (GiveUpReason.NOT_REACHED, N_("give up|The patient is not reached")),
)


class Page(StrEnum):
    """What is shown; F4 leads on."""

    OWED = "owed"
    PACKS = "packs"
    ALONE = "alone"


class OwingModel:
    """Plain state; the actions change it and the view shows it."""

    def __init__(self) -> None:
        self.page = Page.OWED
        self.sought = ""
        self.owed: Sequence[OwedEntry] = ()
        self.packs: Sequence[OpenPackEntry] = ()
        self.alone: Sequence[AloneEntry] = ()
        self.current: OwedEntry | None = None
        self.giving_up = False
        self.reason = REASONS[0][0]
        self.sending = False
        self.request_id = new_request_id()

    # --- the lists -------------------------------------------------------------------------------------------------------------------

    def shown_owed(self) -> list[OwedEntry]:
        """Those that what is sought names: by patient, phone, number or drug."""
        return [
            entry
            for entry in self.owed
            if self._sought(
                entry.patient_name,
                entry.phone,
                entry.prescription_number,
                entry.slip_number,
                *(line.name for line in entry.lines),
            )
        ]

    def shown_packs(self) -> list[OpenPackEntry]:
        """Those that what is sought names: by drug, lot or code."""
        return [pack for pack in self.packs if self._sought(pack.name, pack.lot, pack.code)]

    def shown_alone(self) -> list[AloneEntry]:
        """Those that what is sought names: by patient, drug, number or who it was."""
        return [entry for entry in self.alone if self._sought(entry.patient_name, entry.drugs, entry.prescription_number, entry.by)]

    def _sought(self, *texts: str) -> bool:
        wanted = self.sought.strip()
        return not wanted or any(wanted in text or matches(wanted, text) for text in texts)

    def listed(self, entries: Sequence[OwedEntry]) -> None:
        """The list arrived; the marked one stays, as it is now."""
        self.owed = entries
        before = self.current
        self.current = next((each for each in entries if before is not None and each.prescription_id == before.prescription_id), None)
        if self.current is None:
            self.leave()

    def leave(self) -> None:
        """Nothing is given up."""
        self.giving_up, self.reason = False, REASONS[0][0]

    def turn(self) -> None:
        """F4."""
        pages = list(Page)
        self.page = pages[(pages.index(self.page) + 1) % len(pages)]
        self.leave()

    # --- what can be done now ----------------------------------------------------------------------------------------------------------

    def may_finish(self) -> bool | str:
        """For F12: hand over what is there, or give the rest up."""
        if self.page is not Page.OWED or self.current is None:
            return NOTHING_MARKED
        if self.sending:
            return ON_ITS_WAY
        if self.giving_up:
            return True
        return True if any(line.there + line.aside > 0 for line in self.current.lines) else NOT_THERE

    def may_choose(self) -> bool | str:
        """For F7 and F9."""
        if self.page is not Page.OWED or self.current is None:
            return NOTHING_MARKED
        return ON_ITS_WAY if self.sending else True

    def finish_words(self) -> str:
        """What F12 does now."""
        return tr("owed|Give up") if self.giving_up else tr("owed|Hand over")

    def page_words(self) -> str:
        """Where F4 leads."""
        words = {Page.OWED: tr("owed|Opened packs"), Page.PACKS: tr("owed|Alone on duty"), Page.ALONE: tr("owed|Owed drugs")}
        return words[self.page]

    def request(self) -> GiveUpOwed:
        """The rest of the marked prescription is given up."""
        assert self.current is not None
        return GiveUpOwed(prescription_id=self.current.prescription_id, reason=self.reason)
