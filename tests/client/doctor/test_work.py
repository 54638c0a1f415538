"""A visit's record between the desk and the service: versions, drafts, conflicts."""

from __future__ import annotations

import msgspec

from client.doctor.model import DoctorModel
from client.doctor.sheet import Sheet, line_of
from client.doctor.work import VisitDraft, VisitWork, Written
from common.messages.consult import Diagnosis, RecordText
from common.wire import decode, encode
from tests.client.doctor import samples

MINE = RecordText(chief_complaint="咳嗽3天")
COLD = Diagnosis(code="J06.900", name="急性上呼吸道感染")


def writing() -> VisitWork:
    work = VisitWork(samples.encounter())
    work.record, work.diagnoses = MINE, [COLD]
    return work


def after_a_crash(work: VisitWork) -> VisitDraft:
    return decode(VisitDraft, encode(work.draft()))


def test_a_save_is_on_its_way_once() -> None:
    work = writing()
    assert work.may_save()
    request = work.save()
    assert (request.version, request.record, request.diagnoses) == (0, MINE, (COLD,))
    assert not work.may_save()
    work.record = RecordText(chief_complaint="咳嗽4天")
    work.saved_as(1)
    assert work.dirty and work.may_save() and work.save().version == 1


def test_what_was_refused_is_not_sent_again_until_it_changes() -> None:
    work = writing()
    work.save()
    work.save_refused()
    assert not work.may_save()
    work.record = RecordText(chief_complaint="咳嗽4天")
    assert work.may_save()


def test_a_finished_visit_is_not_saved() -> None:
    work = VisitWork(samples.encounter(state="FINISHED"))
    work.record = MINE
    assert not work.may_save()


def test_a_draft_comes_back_after_a_crash() -> None:
    draft = after_a_crash(writing())
    again = VisitWork(samples.encounter())
    assert again.restore(draft)
    assert again.written == Written(MINE, (COLD,))
    assert again.version == 0


def test_a_save_that_arrived_after_the_crash_is_known_as_ones_own() -> None:
    work = writing()
    work.save()
    work.record = RecordText(chief_complaint="咳嗽3天，加重")
    draft = after_a_crash(work)
    again = VisitWork(samples.encounter(record=MINE, diagnoses=(COLD,), record_version=1))
    assert again.restore(draft)
    assert again.version == 1
    assert again.record.chief_complaint == "咳嗽3天，加重"


def test_another_desks_text_is_a_conflict_also_after_a_crash() -> None:
    draft = after_a_crash(writing())
    theirs = samples.encounter(record=RecordText(chief_complaint="发热"), record_version=4)
    again = VisitWork(theirs)
    assert again.restore(draft)
    assert again.version == 0  # so that saving is refused and the person is asked
    assert not again.agrees(theirs)


def test_neither_text_is_lost_in_a_conflict() -> None:
    theirs = samples.encounter(record=RecordText(chief_complaint="发热"), record_version=4)
    work = writing()
    work.take_theirs(theirs)
    assert (work.record.chief_complaint, work.version, work.dirty) == ("发热", 4, False)
    work.bring_back()
    assert work.written == Written(MINE, (COLD,))
    assert work.may_save() and work.save().version == 4


def test_keeping_mine_puts_it_on_top_of_theirs() -> None:
    work = writing()
    work.save()
    work.save_refused()
    work.keep_mine(samples.encounter(record=RecordText(chief_complaint="发热"), record_version=4))
    assert work.save().version == 4


def test_an_own_text_at_the_service_is_no_conflict() -> None:
    work = writing()
    work.save()
    assert work.agrees(samples.encounter(record=MINE, diagnoses=(COLD,), record_version=1))
    assert (work.version, work.dirty) == (1, False)


def test_a_signed_sheet_makes_room_for_the_next() -> None:
    model, work = DoctorModel(), writing()
    model.learn(samples.LISTS)
    model.open(work)
    sheet = work.sheets[0]
    sheet.lines.append(line_of(samples.IBUPROFEN))
    facts = samples.signed(work.sign(sheet, model.patient(), model.catalogue))
    work.signed_as(sheet, facts)
    assert [each.lines for each in work.sheets] == [[]]
    assert work.signed == [facts]
    replacing = Sheet(lines=[line_of(samples.SYRUP)], replaces=facts.id)
    work.sheets.insert(0, replacing)
    other = msgspec.structs.replace(facts, id=62)
    work.signed_as(replacing, other)
    assert work.signed == [other]


def test_states_that_other_desks_set_are_followed() -> None:
    work = writing()
    facts = samples.signed(work.sign(Sheet(lines=[line_of(samples.IBUPROFEN)]), DoctorModel().patient(), DoctorModel().catalogue))
    work.signed = [facts]
    assert work.show_state(facts) is None
    paid = msgspec.structs.replace(facts, state="PAID")
    assert work.show_state(paid) == facts
    assert work.show_state(msgspec.structs.replace(facts, state="VOIDED")) == paid
    assert work.signed == []


def test_the_queue_stands_in_sections_and_is_narrowed() -> None:
    model = DoctorModel()
    model.queue = samples.QUEUE
    assert [(title, len(entries)) for title, entries in model.sections()] == [
        ("queue|Waiting", 5),
        ("queue|On hold", 1),
        ("queue|Finished", 2),
    ]
    model.filter = "oycx"
    assert [entry.patient_name for _title, entries in model.sections() for entry in entries] == ["欧阳春晓"]
    model.filter = "A009"
    assert [entry.patient_name for _title, entries in model.sections() for entry in entries] == ["李建国"]
