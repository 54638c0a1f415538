"""Whole visits through the four real windows, worked by the keyboard: what ``--headless`` does, and what it leaves behind."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg

from client.connection import Connection, Service
from common.domain.age import full_years
from common.i18n import tr
from common.messages.catalogue import DrugFacts, SearchDrugs
from common.messages.consult import GetQueue, HoldVisit
from common.messages.session import SignIn
from common.wire import new_request_id
from installer.demo import at_cashier, at_doctor, at_pharmacy, at_registration
from installer.demo.people import RefusedRow, Walker
from installer.demo.station import Effort, Station, Stuck
from installer.sample import PASSWORD, barcode_of, trace_code
from installer.terminal import say
from printing.render import render_png
from server.catalogue.starter import starter
from server.local import LocalDesk

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from common.messages.consult import PrescriptionFacts
    from installer.demo.clinic import DemoClinic

#: The doctors by the initials that a clerk types.
DOCTORS: Final = {"fz": "fangzhou", "bh": "baihe"}
_PRINTERS: Final = ("receipt", "label", "a5")
_CHILD_YEARS: Final = 14
_FOR_CHILDREN: Final = "小儿"
_BANKNOTES_FEN: Final = (10_00, 20_00, 50_00, 100_00)


class Printed(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of paper: what it was printed by, its pictures, and the bytes that went to the printer."""

    desk: str
    printer: str
    png: list[str]
    bytes: str


class VisitTold(msgspec.Struct, kw_only=True):
    """What ``visits.json`` says of one visit. Amounts are in fen."""

    patient: str
    line: int = 0
    numbers: dict[str, str] = {}
    amounts: dict[str, int] = {}
    states: list[str] = []
    desks: dict[str, Effort] = {}
    documents: list[Printed] = []


class Walk(msgspec.Struct, kw_only=True):
    """The whole of ``visits.json``."""

    visits: list[VisitTold] = []
    refused: list[RefusedRow] = []


class Clinic:
    """The four desks and their people, opened when they are first needed."""

    def __init__(self, clinic: DemoClinic, folder: Path) -> None:
        self.clinic = clinic
        self._folder = folder
        self._stations: dict[str, Station] = {}
        self._taken: dict[tuple[str, str], int] = {}

    def at(self, desk_id: str, login: str) -> Station:
        """The desk of a person."""
        if login not in self._stations:
            self._stations[login] = Station(self.clinic, desk_id, login, PASSWORD, self._folder / login)
        return self._stations[login]

    def new_papers(self) -> list[tuple[Station, str, bytes]]:
        """Every paper that came out of a printer since the last call."""
        found = []
        for login, station in self._stations.items():
            for printer in _PRINTERS:
                jobs = station.devices.jobs(printer)
                taken = self._taken.get((login, printer), 0)
                found += [(station, printer, job) for job in jobs[taken:]]
                self._taken[login, printer] = len(jobs)
        return found

    def waiting(self, login: str) -> int:
        """How many papers have come out at a person's desk since the last call of :meth:`new_papers`."""
        devices = self._stations[login].devices
        return sum(len(devices.jobs(printer)) - self._taken.get((login, printer), 0) for printer in _PRINTERS)

    def close(self) -> None:
        """Everybody goes home."""
        for station in self._stations.values():
            station.close()
        self._stations.clear()
        self._taken.clear()


class Walkthrough:
    """Leads patients through the clinic and writes down what happens."""

    def __init__(self, clinic: DemoClinic, out: Path, folder: Path, today: date, seed: int) -> None:
        self.out = out
        self.today = today
        self._chance = random.Random(seed)
        self._clinic = Clinic(clinic, folder)
        self._dsn = clinic.dsn
        self._drugs = gentle_drugs(clinic.dsn)
        self._serial = 0

    def close(self) -> None:
        """Close the windows."""
        self._clinic.close()

    def lead(self, walker: Walker, number: int) -> VisitTold:
        """One whole visit. Raises :class:`Stuck` with the desk and what it said."""
        told = VisitTold(patient=walker.file.name, line=walker.line)
        visit_id, doctor = self._register(walker, number, told)
        prescription = self._consult(walker, visit_id, doctor, number, told)
        self._review(prescription, number, told)
        self._finish(visit_id, doctor, number, told)
        self._pay(number, told)
        self._dispense(prescription, number, told)
        self._verify(visit_id, prescription.id)
        return told

    # --- the desks, one after another

    def _register(self, walker: Walker, number: int, told: VisitTold) -> tuple[int, str]:
        station = self._clinic.at("registration", "zhouqing")
        before = station.mark()
        at_registration.open_file(station, walker.file, self.today)
        at_registration.fill_in(station, walker.file)
        self._shot(station, number, "1-registration-file")
        station.press("Ctrl+S")
        station.until(lambda: station.desk.model.patient is not None and not station.desk.identity.writing, "the file saved")
        told.numbers["patient"] = station.desk.model.patient.number
        initials = at_registration.age_group(walker.file, self.today)
        done = at_registration.take_number(station, initials)
        self._after(station, before, number, "2-registration-registered", told, papers=1 if done.receipt is None else 2)
        told.numbers |= {"visit": done.visit_number, "queue": done.queue_number}
        told.states.append(f"visit:{done.state}")
        if done.receipt is not None:
            told.numbers |= {"registration_bill": done.receipt.bill_number, "registration_invoice": done.receipt.invoice_number}
            told.amounts["registration"] = done.receipt.total_fen
        return done.visit_id, DOCTORS[initials]

    def _consult(self, walker: Walker, visit_id: int, doctor: str, number: int, told: VisitTold) -> PrescriptionFacts:
        station = self._clinic.at("doctor", doctor)
        before = station.mark()
        at_doctor.call(station, visit_id)
        told.states.append("visit:IN_CONSULT")
        self._shot(station, number, "3-doctor-called")
        at_doctor.write_record(station, walker)
        self._shot(station, number, "4-doctor-record")
        drugs = self._drugs_for(walker)
        chosen = self._chance.sample(drugs, min(len(drugs), self._chance.choice((1, 2, 3))))
        facts = at_doctor.prescribe(station, [(drug.code, drug) for drug in chosen])
        self._after(station, before, number, "5-doctor-signed", told, papers=1)
        told.numbers["prescription"] = facts.number
        told.amounts["prescription"] = facts.amount_fen
        told.states.append(f"prescription:{facts.state}")
        return facts

    def _review(self, prescription: PrescriptionFacts, number: int, told: VisitTold) -> None:
        station = self._clinic.at("pharmacy", "suye")
        before = station.mark()
        station.until(lambda: any(e.prescription_id == prescription.id for e in station.desk.model.to_review), "in the worklist")
        at_pharmacy.review(station, prescription.id)
        self._after(station, before, number, "6-pharmacy-approved", told)
        told.states.append("prescription:APPROVED")

    def _finish(self, visit_id: int, doctor: str, number: int, told: VisitTold) -> None:
        station = self._clinic.at("doctor", doctor)
        station.front()
        before = station.mark()
        at_doctor.finish(station, visit_id)
        self._after(station, before, number, "7-doctor-finished", told)
        told.states.append("visit:FINISHED")

    def _pay(self, number: int, told: VisitTold) -> None:
        station = self._clinic.at("cashier", "qianduo")
        before = station.mark()
        at_cashier.find_payer(station, told.numbers["visit"], told.numbers["patient"])
        self._shot(station, number, "8-cashier-due")
        due = station.desk.model.due_fen
        given = next((note for note in _BANKNOTES_FEN if note >= due), -(-due // 100_00) * 100_00)
        settled = at_cashier.settle(station, str(given // 100))
        self._after(station, before, number, "9-cashier-settled", told, papers=1)
        told.numbers |= {"bill": settled.bill_number, "invoice": settled.invoice_number}
        told.amounts |= {"paid": settled.total_fen, "given": given, "change": settled.change_fen}
        told.states.append("prescription:PAID")

    def _dispense(self, prescription: PrescriptionFacts, number: int, told: VisitTold) -> None:
        station = self._clinic.at("pharmacy", "suye")
        before = station.mark()
        at_pharmacy.open_paid(station, prescription.id)
        told.states.append("prescription:PICKED")
        at_pharmacy.scan_packs(station, self._packs(station.desk.model.picking))
        self._shot(station, number, "10-pharmacy-scanned")
        at_pharmacy.hand_over(station, prescription.id)
        self._after(station, before, number, "11-pharmacy-handed-over", told, papers=len(prescription.lines))
        told.states.append("prescription:DISPENSED")

    def _drugs_for(self, walker: Walker) -> list[DrugFacts]:
        child = full_years(walker.file.birth_date, self.today) < _CHILD_YEARS
        return [drug for drug in self._drugs if drug.name.startswith(_FOR_CHILDREN) is child]

    def _packs(self, picking: Any) -> list[str]:
        """The codes of the packs in the hand: every other one bears a 追溯码, the rest the article's barcode."""
        index = {row.code: place for place, row in enumerate(starter("drugs"), 1)}
        by_id = {drug.id: index[drug.code] for drug in self._drugs}
        codes = []
        for line in picking.facts.lines:
            for _ in range(picking.wanted(line.id)):
                self._serial += 1
                place = by_id[line.drug_id]
                codes.append(trace_code(place, self._serial) if self._serial % 2 else barcode_of(place))
        return codes

    # --- what is left behind

    def _after(self, station: Station, before: Effort, number: int, name: str, told: VisitTold, *, papers: int = 0) -> None:
        """Book the effort, take the picture, collect the paper. Raises :class:`Stuck` if fewer than ``papers`` come out."""
        spent = station.effort.since(before)
        known = told.desks.get(station.desk_id, Effort())
        told.desks[station.desk_id] = msgspec.structs.replace(
            known,
            keys=known.keys + spent.keys,
            scans=known.scans + spent.scans,
            cards=known.cards + spent.cards,
            seconds=round(known.seconds + spent.seconds, 3),
        )
        station.until(lambda: self._clinic.waiting(station.login) >= papers, "all papers out")
        station.rest(0.2)  # what the others did reaches this desk's lists
        self._shot(station, number, name)
        self._collect(number, told)

    def _shot(self, station: Station, number: int, name: str) -> None:
        station.shot(self.out / f"visit{number:03d}" / f"{name}.png")

    def _collect(self, number: int, told: VisitTold) -> None:
        papers = self._clinic.new_papers()
        folder = self.out / f"visit{number:03d}"
        for station, printer, job in papers:
            stem = f"paper{len(told.documents) + 1:02d}-{station.desk_id}-{printer}"
            pages = render_png(job, station.devices.media(printer))
            names = [f"{stem}{'' if len(pages) == 1 else f'-{page}'}.png" for page in range(1, len(pages) + 1)]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{stem}.bin").write_bytes(job)
            for name, page in zip(names, pages, strict=True):
                (folder / name).write_bytes(page)
            told.documents.append(
                Printed(
                    desk=station.desk_id,
                    printer=printer,
                    png=[f"{folder.name}/{name}" for name in names],
                    bytes=f"{folder.name}/{stem}.bin",
                )
            )

    def _verify(self, visit_id: int, prescription_id: int) -> None:
        """What the database says in the end must be what the desks showed. Raises :class:`Stuck` if it is not."""
        with psycopg.connect(self._dsn) as connection:
            row = connection.execute(
                "SELECT v.state, p.state FROM visit v JOIN prescription p ON p.visit_id = v.id WHERE v.id = %s AND p.id = %s",
                (visit_id, prescription_id),
            ).fetchone()
        if row != ("FINISHED", "DISPENSED"):
            raise Stuck(f"the database says {row}")


def gentle_drugs(dsn: str) -> list[DrugFacts]:
    """Drugs that any grown-up may get without further ado: nothing controlled, no antibacterial, no skin test, no known allergen."""
    desk = LocalDesk(dsn)
    rows = [
        row
        for row in starter("drugs")
        if row.drug_class in ("western", "patent")
        and row.rx_class == "ordinary"
        and row.antibacterial == "none"
        and row.skin_test == "none"
        and row.pregnancy == "none"
        and not row.allergens
        and not row.min_age_years
        and row.default_route == "po"
        and row.default_dose > 0
        and 1 <= row.default_days <= 7
        and row.default_frequency in ("qd", "bid", "tid")
    ]
    found = [desk.perform(SearchDrugs(text=row.code)).drugs[0] for row in rows[:40]]
    desk.close()
    return found


def free_doctors(clinic: DemoClinic) -> None:
    """Whoever got stuck with a doctor is put on hold, so that the next ones can go in."""
    for login in DOCTORS.values():
        connection = Connection(Service(clinic.url, clinic.fingerprint))
        connection.token = connection.call(SignIn(login=login, password=PASSWORD), new_request_id()).token
        for entry in connection.call(GetQueue()).entries:
            if entry.state == "IN_CONSULT":
                connection.call(HoldVisit(visit_id=entry.visit_id), new_request_id())
        connection.close()


def walk_all(
    clinic: DemoClinic, walkers: list[Walker], refused: list[RefusedRow], out: Path, folder: Path, today: date, seed: int
) -> tuple[Walk, bool]:
    """Lead everybody; gives back what to write, and whether nobody got stuck."""
    walk = Walk(refused=list(refused))
    through = Walkthrough(clinic, out, folder, today, seed)
    smooth = True
    for number, walker in enumerate(walkers, 1):
        try:
            told = through.lead(walker, number)
        except Stuck as stuck:
            smooth = False
            walk.refused.append(RefusedRow(line=walker.line, reason=f"{walker.file.name}: {stuck}"))
            say(tr("{name}: stopped. {reason}", name=walker.file.name, reason=str(stuck)))
            through.close()
            free_doctors(clinic)
            through = Walkthrough(clinic, out, folder / f"again{number}", today, seed + number)
            continue
        walk.visits.append(told)
        keys = sum(effort.keys for effort in told.desks.values())
        say(
            tr(
                "{name}: visit {visit}, {keys} keys, {papers} papers",
                name=told.patient,
                visit=told.numbers["visit"],
                keys=keys,
                papers=len(told.documents),
            )
        )
    through.close()
    return walk, smooth
