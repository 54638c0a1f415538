"""Reading the lists, handing over what is there now, giving a rest up, and the slip once more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from client.action import Action
from client.owed_paper import owed_slip
from client.owing.model import ALONE_DAYS, REASONS, Page
from client.printing import slip_role
from common.i18n import N_, tr
from common.messages.dispensing import GetOwedSlip, ListAlone, ListOpenPacks, ListOwed
from common.permissions import Permission
from common.wire import new_request_id

if TYPE_CHECKING:
    from client.owing.view import OwingDesk
    from common.errors import XinglinError
    from common.messages.dispensing import AloneList, OpenPackList, OwedEntry, OwedList
    from common.messages.pharmacy import OwedSlip


def load(desk: OwingDesk) -> None:
    """Read all three lists."""
    since = desk.place.session.clinic.today - timedelta(days=ALONE_DAYS)
    desk.send(ListOwed(), lambda found: _owed(desk, found))
    desk.send(ListOpenPacks(), lambda found: _packs(desk, found))
    desk.send(ListAlone(since=since), lambda found: _alone(desk, found))


def _owed(desk: OwingDesk, found: OwedList) -> None:
    desk.model.listed(found.entries)
    desk.show_model()


def _packs(desk: OwingDesk, found: OpenPackList) -> None:
    desk.model.packs = found.packs
    desk.show_model()


def _alone(desk: OwingDesk, found: AloneList) -> None:
    desk.model.alone = found.entries
    desk.show_model()


def turn(desk: OwingDesk) -> None:
    """F4: the next list."""
    desk.model.turn()
    desk.show_model()
    desk.to_list()


def begin_give_up(desk: OwingDesk) -> None:
    """F7: the reasons stand to choose from; F7 again puts them away."""
    model = desk.model
    giving_up = not model.giving_up
    model.leave()
    model.giving_up = giving_up
    desk.show_model()
    desk.to_reasons() if giving_up else desk.to_list()


def pick_reason(desk: OwingDesk, place: int) -> None:
    """A digit."""
    model = desk.model
    if model.giving_up and not model.sending and place < len(REASONS):
        model.reason = REASONS[place][0]
        desk.show_model()


def finish(desk: OwingDesk) -> None:
    """F12: the pharmacy's desk picks what is there; or the rest is given up."""
    model = desk.model
    if model.current is None or model.sending:
        return
    if not model.giving_up:
        desk.go.emit("pharmacy", model.current.prescription_id)
        return
    model.sending, entry = True, model.current
    desk.ops.describe(N_("owed|Give up"))
    desk.send(model.request(), lambda _facts: _given_up(desk, entry), lambda why: _refused(desk, why), request_id=model.request_id)
    desk.show_model()


def _given_up(desk: OwingDesk, entry: OwedEntry) -> None:
    model = desk.model
    model.sending, model.request_id = False, new_request_id()
    model.leave()
    words = tr(
        "Given up: {patient}, {number}. The cashier can pay back what is not handed over.",
        patient=entry.patient_name,
        number=entry.prescription_number,
    )
    desk.tell(words)
    load(desk)
    desk.show_model()


def _refused(desk: OwingDesk, why: XinglinError) -> None:
    desk.model.sending, desk.model.request_id = False, new_request_id()
    desk.fail(why)
    load(desk)
    desk.show_model()


def reprint(desk: OwingDesk) -> None:
    """F9: the slip of the marked prescription."""
    entry = desk.model.current
    if entry is not None:
        desk.send(GetOwedSlip(prescription_id=entry.prescription_id), lambda slip: _print(desk, slip))


def _print(desk: OwingDesk, slip: OwedSlip) -> None:
    paper = owed_slip(slip, printed_at=desk.place.now(), by=desk.place.session.staff.name, copy=2)
    desk.place.paper.print(paper, slip_role(desk.place.devices), new_request_id())
    desk.tell(tr("The slip {slip} is printed again.", slip=slip.number), "info")


def rows(desk: OwingDesk) -> list[Action]:
    """The actions, as data."""
    from client.owing.view import Named

    needs = Permission.PHARMACY_DISPENSE
    return [
        Action(id="find", title=N_("Find in the lists"), key="F2", run=desk.to_search),
        Named(id="page", title=N_("owed|Next list"), naming=desk.model.page_words, key="F4", run=lambda: turn(desk)),
        Action(
            id="give_up",
            title=N_("owed|Give up the rest"),
            key="F7",
            run=lambda: begin_give_up(desk),
            needs=needs,
            enabled=lambda model: model.may_choose(),
        ),
        Action(
            id="reprint", title=N_("owed|Print the slip"), key="F9", run=lambda: reprint(desk), enabled=lambda model: model.may_choose()
        ),
        Named(
            id="finish",
            title=N_("owed|Hand over"),
            naming=desk.model.finish_words,
            key="F12",
            run=lambda: finish(desk),
            primary=True,
            needs=needs,
            enabled=lambda model: model.may_finish(),
        ),
    ]


def page_title(page: Page) -> str:
    """The heading of a list."""
    return {Page.OWED: tr("owed|Owed drugs"), Page.PACKS: tr("owed|Opened packs"), Page.ALONE: tr("owed|Handed over alone")}[page]
