"""``desks``: a robot does each task of a visit in the real windows, by keys, scans and cards; a recorder counts them."""

from __future__ import annotations

import os
import statistics
import tempfile
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import msgspec
import psycopg

from common.messages.catalogue import DrugFacts, SearchDrugs
from common.messages.patients import AllergyState, DocumentKind, PatientFile
from installer.demo.station import Effort
from installer.sample import PASSWORD, barcode_of
from server.catalogue.starter import starter
from server.importing.pinyin import term_spelling
from server.local import LocalDesk
from server.passwords import hash_password
from tests.bench import day_end, drug_tasks, till
from tests.bench.history import say
from tests.bench.sides import service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QObject

    from common.messages.consult import PrescriptionFacts
    from installer.demo.station import Station
    from installer.demo.walk import Clinic
    from tests.bench.data import Store

#: Keys a person may press for a task (issue of the house, UI.md).
BUDGETS: Final = {
    "register_card": 4,
    "register_typed": 14,
    "prescription_3_drugs": 20,
    "settle_cash": 5,
    "settle_exact": 1,
    "refund_partial": 10,
    "dispense_3": 1,
    "return_drug": 6,
    "receive_goods_10_lines": 36,
    "returning_visit": 31,
    "daily_close": 4,
}
#: Takes over the record of the patient's last visit.
COPY_KEY: Final = "Ctrl+P"


class Figures(msgspec.Struct, kw_only=True):
    """What was counted of one task in one round."""

    effort: Effort
    dialogs: int
    answers: list[float]


def measure(store: Store, patients: int, *, quick: bool) -> list[dict[str, Any]]:
    """The section."""
    rounds = 2 if quick else 8
    tasks: dict[str, list[Figures]] = {task: [] for task in BUDGETS}
    clinic = store.clinic(patients)
    with ExitStack() as stack:
        ours = stack.enter_context(service(clinic))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xinglin-bench-")))
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        stack.enter_context(_home(folder))
        with clinic.connected() as connection:  # whichever doctor the patient had last sees him again
            connection.execute(
                "UPDATE staff SET password_hash = %s, must_change_password = false WHERE 'doctor' = ANY(roles)", (hash_password(PASSWORD),)
            )
            for leftover in _LEFTOVERS:
                connection.execute(leftover)
            doctors = dict(connection.execute("SELECT name, login FROM staff WHERE 'doctor' = ANY(roles)").fetchall())
        people = _People(f"http://127.0.0.1:{ours.port}", clinic.dsn, folder, rounds, doctors)
        stack.callback(people.close)
        for number in range(rounds):
            for task, figures in people.visit(number).items():
                tasks[task].append(figures)
            say(f"  visit {number + 1} of {rounds}")
    return [_row(task, rows) for task, rows in tasks.items()]


@contextmanager
def _home(folder: Path) -> Iterator[None]:
    before = os.environ.get("XINGLIN_HOME")
    os.environ["XINGLIN_HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["XINGLIN_HOME"]
        else:
            os.environ["XINGLIN_HOME"] = before


def _row(task: str, rows: list[Figures]) -> dict[str, Any]:
    """The most of each count over the rounds, the median of the time."""
    answers = sorted(second for row in rows for second in row.answers)
    return {
        "task": task,
        "keys": max(row.effort.keys for row in rows),
        "scans": max(row.effort.scans + row.effort.cards for row in rows),
        "clicks": max(row.effort.clicks for row in rows),
        "dialogs": max(row.dialogs for row in rows),
        "budget_keys": BUDGETS[task],
        "paint_p95_ms": round(answers[int(len(answers) * 0.95)] * 1000, 1) if answers else None,
        "seconds": round(statistics.median(row.effort.seconds for row in rows), 3),
    }


class _People:
    """The four desks with their people, and the patient who comes again."""

    def __init__(self, url: str, dsn: str, folder: Path, rounds: int, doctors: dict[str, str]) -> None:
        from client.__main__ import start
        from client.settings import DeskSettings
        from installer.demo.clinic import DemoClinic
        from installer.demo.walk import Clinic, gentle_drugs

        self.app = start(DeskSettings())
        self.doctors = doctors
        self.recorder = _recorder(self.app)
        self.clinic: Clinic = Clinic(DemoClinic(url, None, dsn), folder)
        self.closing = day_end.seat(self.clinic, folder)
        self.url, self.dsn, self.folder = url, dsn, folder
        self.today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
        self.drugs = _typed(dsn, gentle_drugs(dsn))
        self.index = {drug.id: drug.code for _, drug in self.drugs}
        self.patients = _returning(dsn, self.today, 2 * rounds)

    def close(self) -> None:
        """Everybody goes home."""
        self.closing.close()
        self.clinic.close()

    def visit(self, number: int) -> dict[str, Figures]:
        """One whole visit of a patient who was here before."""
        from installer.demo import at_cashier, at_doctor, at_pharmacy
        from installer.demo.at_registration import lay_card

        file, other = self.patients[2 * number], self.patients[2 * number + 1]
        clerk = self.clinic.at("registration", "zhouqing")
        pharmacist = self.clinic.at("pharmacy", "suye")
        cashier = self.clinic.at("cashier", "qianduo")
        told: dict[str, Figures] = {}
        clerk.front()
        with self._task(clerk, "register_card", told):
            lay_card(clerk, file, self.today)
            clerk.until(lambda: not clerk.desk.model.why_not_register(), "the session chosen")
            clerk.press("F12")
            clerk.until(lambda: clerk.desk.model.done is not None, "registered")
        done = clerk.desk.model.done
        patient_number = clerk.desk.model.patient.number
        doctor = self.clinic.at("doctor", self.doctors[done.slip.doctor])
        with self._task(doctor, "consult", told):
            at_doctor.call(doctor, done.visit_id)
            doctor.press(COPY_KEY)
            doctor.until(lambda: not doctor.desk.model.work.missing(), "the last visit's record taken over")
        with self._task(doctor, "prescription_3_drugs", told):
            facts = at_doctor.prescribe(doctor, self.drugs)
        with self._task(doctor, "finish", told):
            at_doctor.finish(doctor, done.visit_id)
        pharmacist.front()
        with self._task(pharmacist, "review", told):
            at_pharmacy.review(pharmacist, facts.id)
        at_cashier.find_payer(cashier, done.visit_number, patient_number)
        due = cashier.desk.model.due_fen
        with self._task(cashier, "settle_cash", told):
            at_cashier.settle(cashier, str(-(-due // 100_00) * 100))
        at_pharmacy.open_paid(pharmacist, facts.id)
        with self._task(pharmacist, "dispense_3", told):
            at_pharmacy.scan_packs(pharmacist, self._packs(pharmacist))
            at_pharmacy.hand_over(pharmacist, facts.id)
        told["returning_visit"] = _together(list(told.values()))
        told |= self._comes_back(pharmacist, facts)
        told |= self._at_the_till(cashier)
        told["register_typed"] = self._typed_registration(clerk, other)
        told["daily_close"] = self._day_end()
        told["receive_goods_10_lines"] = self._goods_in(number)
        return {task: told[task] for task in BUDGETS}

    def _comes_back(self, pharmacist: Station, facts: PrescriptionFacts) -> dict[str, Figures]:
        """A pack of what was handed over."""
        told: dict[str, Figures] = {}
        place = {row.code: at for at, row in enumerate(starter("drugs"), 1)}
        with self._task(pharmacist, "return_drug", told):
            drug_tasks.return_pack(pharmacist, facts, barcode_of(place[self.index[facts.lines[0].drug_id]]))
        drug_tasks.leave_returns(pharmacist)
        return told

    def _goods_in(self, number: int) -> Figures:
        """Ten lines of an order, at the store's own desk."""
        told: dict[str, Figures] = {}
        order = drug_tasks.Order(self.url, self.dsn)
        keeper = drug_tasks.seat(self.clinic, self.folder / f"store-{number}")
        try:
            drug_tasks.show(keeper, order)
            with self._task(keeper, "receive_goods_10_lines", told):
                drug_tasks.take_in(keeper, order)
        finally:
            keeper.close()
        return told["receive_goods_10_lines"]

    def _at_the_till(self, cashier: Station) -> dict[str, Figures]:
        """Something more, charged by hand, is paid exactly; half of it goes back."""
        told: dict[str, Figures] = {}
        cashier.front()
        till.charge(cashier, self.dsn)
        with self._task(cashier, "settle_exact", told):
            settled = till.settle_exactly(cashier)
        with self._task(cashier, "refund_partial", told):
            till.take_one_back(cashier, settled)
        till.go_back(cashier)
        return told

    def _day_end(self) -> Figures:
        """The cashier closes what this visit paid, once the drawer is counted."""
        told: dict[str, Figures] = {}
        day_end.count(self.closing, self.dsn)
        with self._task(self.closing, "daily_close", told):
            day_end.close(self.closing)
        return told["daily_close"]

    def _typed_registration(self, clerk: Station, file: PatientFile) -> Figures:
        """Without a card: the patient says his phone number."""
        told: dict[str, Figures] = {}
        clerk.front()
        with self._task(clerk, "register_typed", told):
            clerk.press("F2")
            clerk.type(file.phone)
            clerk.press("Return")
            clerk.until(lambda: clerk.desk.model.patient is not None and clerk.desk.model.patient.file.phone == file.phone, "found")
            clerk.until(lambda: not clerk.desk.model.why_not_register(), "the session chosen")
            clerk.press("F12")
            clerk.until(lambda: clerk.desk.model.done is not None, "registered")
        return told["register_typed"]

    def _packs(self, pharmacist: Station) -> list[str]:
        """The barcodes of the packs that the open prescription wants."""
        picking = pharmacist.desk.model.picking
        place = {row.code: number for number, row in enumerate(starter("drugs"), 1)}
        return [barcode_of(place[self.index[line.drug_id]]) for line in picking.facts.lines for _ in range(picking.wanted(line.id))]

    @contextmanager
    def _task(self, station: Station, task: str, told: dict[str, Figures]) -> Iterator[None]:
        """Count what is done inside the block."""
        before, answered = station.mark(), len(station.answers)
        self.recorder.dialogs = 0
        yield
        told[task] = Figures(effort=station.effort.since(before), dialogs=self.recorder.dialogs, answers=station.answers[answered:])


def _together(parts: list[Figures]) -> Figures:
    """The whole visit: its parts at all desks."""
    return Figures(
        effort=Effort(
            keys=sum(part.effort.keys for part in parts),
            scans=sum(part.effort.scans for part in parts),
            cards=sum(part.effort.cards for part in parts),
            clicks=sum(part.effort.clicks for part in parts),
            seconds=sum(part.effort.seconds for part in parts),
        ),
        dialogs=sum(part.dialogs for part in parts),
        answers=[second for part in parts for second in part.answers],
    )


def _recorder(app: QObject) -> Any:
    """Counts dialogs: any window that opens over a desk and takes its keys."""
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtWidgets import QDialog

    class Recorder(QObject):
        dialogs = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Show and isinstance(watched, QDialog):
                self.dialogs += 1
            return False

    recorder = Recorder(app)
    app.installEventFilter(recorder)
    return recorder


#: What other sections left lying about today: a clinic of thousands in one queue is not what a desk looks like.
_LEFTOVERS: Final = (
    "UPDATE prescription SET state = 'VOIDED' WHERE state IN ('SUBMITTED', 'APPROVED', 'PAID', 'PICKED')",
    "UPDATE visit SET state = 'CANCELLED' WHERE state IN ('WAITING', 'CALLED', 'IN_CONSULT', 'ON_HOLD')",
)
_RETURNING: Final = (
    "SELECT p.name, p.sex, p.birth_date, p.document_number, p.phone FROM patient p WHERE p.document_kind = 'id_card'"
    " AND p.last_visit < %(today)s AND p.phone <> '' AND p.allergy_state = 'none_known' AND p.birth_date < %(grown)s AND EXISTS (SELECT FROM visit v"
    " JOIN record r ON r.visit_id = v.id WHERE v.patient_id = p.id AND v.state IN ('FINISHED', 'CLOSED') AND r.diagnoses <> '[]')"
    " AND (SELECT count(*) FROM patient o WHERE o.phone = p.phone) = 1 LIMIT %(count)s"
)


def _returning(dsn: str, today: date, count: int) -> list[PatientFile]:
    """Grown-up patients of the generated clinic who were here before, have a card, and a phone of their own."""
    parameters = {"today": today, "grown": today.replace(year=today.year - 30, day=1), "count": count}
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(_RETURNING, parameters).fetchall()
    return [
        PatientFile(
            name=name,
            sex=sex,
            birth_date=birth,
            document_kind=DocumentKind.ID_CARD,
            document_number=number,
            phone=phone,
            allergy_state=AllergyState.NONE_KNOWN,
        )
        for name, sex, birth, number, phone in rows
    ]


def _typed(dsn: str, drugs: list[DrugFacts]) -> list[tuple[str, DrugFacts]]:
    """Three drugs with the initials by which each of them is found first, the shortest there are."""
    desk = LocalDesk(dsn)
    found: list[tuple[str, DrugFacts]] = []
    for drug in drugs:
        initials = term_spelling(drug.name)[1]
        for size in range(2, min(len(initials), 5) + 1):
            hits = desk.perform(SearchDrugs(text=initials[:size])).drugs
            if hits and hits[0].id == drug.id:
                found.append((initials[:size], drug))
                break
    desk.close()
    return sorted(found, key=lambda pair: len(pair[0]))[:3]
