"""Who carries errands to the bureau, in the service's own time, with no transaction open while the bureau is asked."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common.errors import XinglinError
from common.i18n import tr
from common.messages.insurance import ErrandKind
from server.insurance import requests as ask
from server.insurance import uploads as up
from server.insurance.answers import Nothing
from server.insurance.client import Insurance
from server.insurance.files import catalogue_rows
from server.insurance.protocol import NOT_SENT
from server.insurance.reading import Unreadable
from server.insurance_desk import calls, errands, reconciling
from server.insurance_desk.asks import (
    EndErrand,
    EndInsuranceDifference,
    EndReversal,
    EnterCatalogueRows,
    EnterDictionary,
    GetMappingToTell,
    NoteMapping,
    TakeErrand,
    TakeUpDifference,
    TakeUpReversal,
)
from server.insurance_desk.line import House, Line, perform
from server.outcome import Rejected, Success, Unknown

if TYPE_CHECKING:
    from server.insurance_desk.asks import Errand, MappingToTell
    from server.outcome import Outcome

log = logging.getLogger("xinglin.insurance")

#: So many errands in one round; the next round is a second away.
_MOST: Final = 40
#: Rows of a list that are committed together.
_BATCH: Final = 1_000


class Ended(NamedTuple):
    """What came of an errand. ``again``: it could not be told now, and is tried again after a pause."""

    told: str = ""
    failed: bool = False
    again: bool = False
    since: str = ""


def run_due(house: House) -> None:
    """One round. It ends early where the line is down: the rest would only wait for the same time-out."""
    for _ in range(_MOST):
        insurance = house.parties.bureau
        if not isinstance(insurance, Insurance):
            return
        errand = perform(house, TakeErrand()).errand
        if errand is None:
            return
        ended = _carried(house, insurance, errand)
        state = "WAITING" if ended.again and not errands.tried_once(errand.kind) else "FAILED" if ended.failed or ended.again else "DONE"
        perform(house, EndErrand(errand_id=errand.id, turn=errand.turn, state=state, told=ended.told, since=ended.since))
        if ended.again:
            return


def _carried(house: House, insurance: Insurance, errand: Errand) -> Ended:
    """A fault of ours leaves the errand to be tried again, with the trace in the log."""
    try:
        return _CARRY[errand.kind](Line(house, insurance, errand.staff_id), errand)
    except Unreadable as fault:
        return Ended(tr("The bureau's file cannot be read: {what}", what=str(fault)), failed=True)
    except XinglinError as error:
        log.warning("errand %d (%s) waits: %s", errand.id, errand.kind, type(error).__name__)
        return Ended(str(error), again=True)


def ended(outcome: Outcome[Any], told: str = "") -> Ended:
    """An errand that is one call: done, refused for good, or to be tried again."""
    if isinstance(outcome, Success):
        return Ended(told)
    if isinstance(outcome, Unknown):
        return Ended(tr(outcome.reason), again=True)
    return Ended(tr(outcome.message), failed=outcome.code != NOT_SENT, again=outcome.code == NOT_SENT)


def _test(line: Line, errand: Errand) -> Ended:
    """9001 anew, and 1101: who is it, and how insured."""
    if line.insurance.province.signs_in:
        refused: Any = line.sign_in_anew()
        if refused is not None:
            return ended(refused)
    shown = ask.Certificate(kind="02", number=errand.subject)
    outcome = line.ask(lambda call: line.insurance.person(shown, call))
    if not isinstance(outcome, Success):
        return ended(outcome)
    person = outcome.value
    kinds = ", ".join(f"{one.insutype} ({one.status or '-'})" for one in person.insurances)
    return Ended(tr("The bureau knows {name}: {kinds}", name=person.name, kinds=kinds))


def _sign_out(line: Line, errand: Errand) -> Ended:
    whose = Line(line.house, line.insurance, int(errand.subject))
    call = whose.call()
    if not call.sign_no:
        return Ended()
    outcome = line.insurance.sign_out(ask.SignOut(sign_no=call.sign_no, operator_number=errand.subject), call)
    if isinstance(outcome, Unknown):
        return ended(outcome)
    if isinstance(outcome, Success) or outcome.code != NOT_SENT:
        whose.sign_out_here()  # one that the bureau refuses to end is not known there
    return ended(outcome)


def _dictionary(line: Line, errand: Errand) -> Ended:
    day = line.house.clock.today(line.house.clock.now())
    outcome = line.ask(lambda call: line.insurance.dictionary(ask.DictionaryOf(type=errand.subject, on=day), call))
    if isinstance(outcome, Success):
        perform(line.house, EnterDictionary(type=errand.subject, values=outcome.value))
        return Ended(str(len(outcome.value)))
    return ended(outcome)


def _catalogue(line: Line, errand: Errand) -> Ended:
    """The file of what is newer than the last finished download. Rows that are in already, of a download that broke off, are passed over."""
    infno, insurance = errand.subject, line.insurance
    handle = line.ask(lambda call: insurance.catalogue(infno, ask.CatalogueSince(version=errand.since), call))
    if not isinstance(handle, Success):
        return ended(handle)
    if not handle.value.file_qury_no:
        return Ended(tr("There is nothing newer."), since=errand.since)
    wanted = ask.DownloadFile(file_qury_no=handle.value.file_qury_no, filename=handle.value.filename)
    content = line.ask(lambda call: insurance.download(wanted, call))
    if not isinstance(content, Success):
        return ended(content)
    rows = sorted(catalogue_rows(infno, content.value), key=lambda row: (row.version, row.code))
    first = errand.progress if errand.total == len(rows) else 0
    for at in range(first, len(rows), _BATCH):
        part = tuple(rows[at : at + _BATCH])
        perform(
            line.house,
            EnterCatalogueRows(errand_id=errand.id, turn=errand.turn, rows=part, progress=at + len(part), total=len(rows)),
        )
    return Ended(tr("{n} rows", n=len(rows)), since=max((row.version for row in rows), default=errand.since))


def _reconcile(line: Line, errand: Errand) -> Ended:
    hindrance = reconciling.reconcile(line, date.fromisoformat(errand.subject))
    return Ended() if hindrance is None else ended(hindrance)


def _difference(line: Line, errand: Errand) -> Ended:
    """As many calls as it takes: a refused 2601 is followed by 2208."""
    difference_id = int(errand.subject)
    while True:
        refused: Any = line.sign_in()
        if refused is not None:
            return ended(refused)
        step = perform(line.house, TakeUpDifference(difference_id=difference_id, staff_id=line.staff_id)).ask
        if step is None:
            return Ended()
        outcome = line.insurance.send(calls.prepared(step))
        away = isinstance(outcome, Rejected) and outcome.code == NOT_SENT
        perform(
            line.house,
            EndInsuranceDifference(
                difference_id=difference_id,
                call_id=step.call_id,
                act=step.act,
                outcome=Unknown(outcome.message) if away and isinstance(outcome, Rejected) else outcome,
            ),
        )
        if isinstance(outcome, Unknown) or away:
            return ended(outcome)
        if isinstance(outcome, Rejected) and any(word in outcome.message for word in line.insurance.province.signed_out_when):
            line.sign_out_here()


def _reversal(line: Line, errand: Errand) -> Ended:
    """2601 once more about a 2207 of which nothing was there: it takes back what was booked meanwhile."""
    call_id, last = int(errand.subject), False

    def reverse() -> Outcome[Any]:
        nonlocal last
        taken = perform(line.house, TakeUpReversal(call_id=call_id, staff_id=line.staff_id))
        outcome, last = line.insurance.send(calls.prepared(taken.ask)), taken.last
        away = isinstance(outcome, Rejected) and outcome.code == NOT_SENT
        noted = Unknown(outcome.message) if away and isinstance(outcome, Rejected) else outcome
        perform(line.house, EndReversal(call_id=call_id, asked_id=taken.ask.call_id, outcome=noted))
        return outcome

    outcome = line.signed_in(reverse)
    if isinstance(outcome, Rejected) and line.insurance.was_nothing(outcome):
        return Ended(tr(outcome.message), again=not last)
    return ended(outcome)


def _mapping(line: Line, errand: Errand) -> Ended:
    """3302 for what it takes the place of, then 3301; or 3302 alone."""
    mapping_id = int(errand.subject)
    told = perform(line.house, GetMappingToTell(mapping_id=mapping_id))
    if told is None:
        return Ended()
    for before in told.before:
        earlier = _withdrawn(line, before.mapping_id, before.own_code, before.list_type, before.med_list_codg)
        if not isinstance(earlier, Success):
            return ended(earlier)
    if told.withdraw:
        return ended(_withdrawn(line, mapping_id, told.own_code, told.list_type, told.med_list_codg))
    outcome = line.ask(lambda call: line.insurance.map_item(_map_item(told), call))
    if isinstance(outcome, Success) or (isinstance(outcome, Rejected) and line.insurance.was_repeated(outcome.message)):
        perform(line.house, NoteMapping(mapping_id=mapping_id, upload="DONE"))
        return Ended()
    if isinstance(outcome, Rejected) and outcome.code != NOT_SENT:
        perform(line.house, NoteMapping(mapping_id=mapping_id, upload="FAILED", error=outcome.message))
    return ended(outcome)


def _withdrawn(line: Line, mapping_id: int, own_code: str, list_type: str, national: str) -> Outcome[Any]:
    """3302. What the bureau does not know of is withdrawn there already."""
    request = up.UnmapItem(own_code=own_code, list_type=list_type, med_list_codg=national)
    outcome = line.ask(lambda call: line.insurance.unmap_item(request, call))
    if isinstance(outcome, Rejected) and line.insurance.was_nothing(outcome):
        outcome = Success(Nothing())
    if isinstance(outcome, Success):
        perform(line.house, NoteMapping(mapping_id=mapping_id, upload="WITHDRAWN"))
    return outcome


def _map_item(told: MappingToTell) -> up.MapItem:
    return up.MapItem(
        own_code=told.own_code,
        own_name=told.own_name,
        list_type=told.list_type,
        med_list_codg=told.med_list_codg,
        begins=told.begins,
        ends=told.ends,
        approval_number=told.approval_number,
        dosage_form=told.dosage_form,
        specification=told.specification,
    )


_CARRY: Final = {
    ErrandKind.TEST: _test,
    ErrandKind.SIGN_OUT: _sign_out,
    ErrandKind.DICTIONARY: _dictionary,
    ErrandKind.CATALOGUE: _catalogue,
    ErrandKind.RECONCILE: _reconcile,
    ErrandKind.DIFFERENCE: _difference,
    ErrandKind.MAPPING: _mapping,
    ErrandKind.REVERSAL: _reversal,
}
