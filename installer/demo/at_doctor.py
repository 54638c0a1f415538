"""What the doctor does: call, write the record, diagnose, prescribe, sign, finish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from installer.demo.station import Stuck

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.catalogue import DrugFacts
    from common.messages.consult import PrescriptionFacts
    from installer.demo.people import Walker
    from installer.demo.station import Station


def call(station: Station, visit_id: int) -> None:
    """F4 calls the next one, or F2 finds one by the number on his slip; Enter takes him in."""
    station.front()
    desk = station.desk
    station.until(lambda: _in_queue(desk, visit_id, "WAITING"), "in the queue")
    entry = desk.model.entry(visit_id)
    waiting = [each for _, entries in desk.model.sections() for each in entries if each.state == "WAITING"]
    if waiting[0].visit_id == visit_id:
        station.press("F4")
    else:
        station.press("F2")
        station.type(entry.queue_number)
        _go_to_entry(station, visit_id)
        station.press("Return")
    station.until(lambda: _in_queue(desk, visit_id, "CALLED"), "called")
    station.press("Return")
    station.until(lambda: desk.model.work is not None and desk.model.work.visit_id == visit_id, "with the doctor")


def _go_to_entry(station: Station, visit_id: int) -> None:
    """Down to the right one where another half day has the same number."""
    queue = station.desk.queue
    for _ in range(20):
        current = queue.current()
        if current is not None and current.visit_id == visit_id:
            return
        if not queue.hasFocus():
            station.press("Tab")
        station.press("Down")
    raise Stuck(f"{station.desk_id}: visit {visit_id} cannot be found in the queue")


def _in_queue(desk: Any, visit_id: int, state: str) -> bool:
    entry = desk.model.entry(visit_id)
    return entry is not None and entry.state == state


def write_record(station: Station, walker: Walker) -> None:
    """Complaint and diagnosis by hand, everything else by its usual phrase (F6)."""
    fields = station.desk.record.fields
    station.press("Alt+2")
    station.until(lambda: fields["chief_complaint"].hasFocus(), "at the chief complaint")
    station.type(walker.complaint)
    station.press("Return")
    for part in ("present_illness", "past_history", "allergy_history", "examination", "auxiliary", "diagnoses", "treatment"):
        if part == "diagnoses":
            diagnose(station, walker.diagnosis.code)
        elif not fields[part].text().strip():
            station.until(fields[part].hasFocus, f"at {part}")
            station.press("F6")


def diagnose(station: Station, code: str) -> None:
    """The diagnosis by its ICD-10 code; Enter in the empty field goes on."""
    listed = station.desk.record.diagnoses
    station.until(listed.field.hasFocus, "at the diagnoses")
    before = len(listed.diagnoses())
    station.type(code)
    station.press("Return")
    station.until(lambda: len(listed.diagnoses()) > before, f"the diagnosis {code} taken")
    station.press("Return")


def prescribe(station: Station, drugs: Sequence[tuple[str, DrugFacts]]) -> PrescriptionFacts:
    """Each drug by what is typed for it (code or initials), with its usual dose; a reason where the rules ask for one; F8 signs."""
    desk = station.desk
    if not desk.rx.editor.drug.hasFocus():
        station.press("Alt+3")
    for count, (typed, drug) in enumerate(drugs, 1):
        _add(station, typed, drug, count)
    signed = len(desk.model.work.signed)
    station.press("F8")
    station.until(lambda: len(desk.model.work.signed) > signed or _asked(desk), "signed")
    if len(desk.model.work.signed) == signed:
        raise Stuck(f"{station.desk_id}: not signed: {station.said}")
    facts: PrescriptionFacts = desk.model.work.signed[-1]
    return facts


def _asked(desk: Any) -> bool:
    return any(finding.severity != "inform" for finding in desk.rx._findings)


def _add(station: Station, typed: str, drug: DrugFacts, count: int) -> None:
    sheet, editor = station.desk.model.sheet, station.desk.rx.editor
    station.type(typed)
    station.press("Return")
    station.until(lambda: len(sheet.lines) >= count and not editor.drug.hasFocus(), f"{drug.name} taken")
    if sheet.lines[-1].drug.id != drug.id:
        raise Stuck(f"{station.desk_id}: {typed} gave {sheet.lines[-1].drug.name}, not {drug.name}")
    station.press("Return")
    if editor.reason.hasFocus():
        station.type("病情需要")
        station.press("Return")
    station.until(editor.drug.hasFocus, "at the next line")


def finish(station: Station, visit_id: int) -> None:
    """F12 signs the record and ends the visit."""
    station.press("F12")
    station.until(lambda: station.desk.model.work is None or station.desk.model.work.visit_id != visit_id, "finished")
