"""Prepares what the measured requests act on: people signed in, today's sessions, patients in consultation, approved and picked prescriptions.

None of this is measured. It is written by set-based SQL past the service, in the shape that the service would have left; a clinic that was
measured in is therefore no clinic to check afterwards.
"""

from __future__ import annotations

import hashlib
import random
import secrets
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tests.bench.data import Clinic

if TYPE_CHECKING:
    import psycopg

#: Doctors 0–39 are registered with, 40–58 have the prepared visits, and the last one has the queue that is looked at.
_REGISTERED_WITH: Final = 40
_QUEUE_DOCTOR: Final = 59
QUEUE_LENGTH: Final = 30


class Person(msgspec.Struct, frozen=True):
    """Somebody signed in."""

    staff_id: int
    token: str


class Visit(msgspec.Struct, frozen=True):
    """A prepared visit; ``lines`` are its charge or prescription lines, ``due_fen`` what they cost."""

    visit_id: int
    patient_id: int
    doctor_id: int
    prescription_id: int = 0
    lines: tuple[int, ...] = ()
    due_fen: int = 0
    codes: tuple[str, ...] = ()


_SESSIONS_TODAY: Final = """
WITH opened AS (
    INSERT INTO clinic_session (date, period, starts, ends, department_id, doctor_id, room, level, capacity, queue_prefix)
    SELECT current_date, 'morning', make_time(h, 0, 0), make_time(h, 59, 59), p.department_id, p.id, p.i::text, 'ordinary', 100000, 'N'
    FROM bench.doctor p CROSS JOIN generate_series(0, 23) AS h
    WHERE NOT EXISTS (SELECT FROM clinic_session s WHERE s.doctor_id = p.id AND s.date = current_date) RETURNING id)
INSERT INTO clinic_session_fee (session_id, service_item_id) SELECT id, (SELECT id FROM service_item WHERE code = 'C001') FROM opened
"""
_MADE: Final = """
CREATE TEMP TABLE made AS
SELECT row_number() OVER (ORDER BY p.id) AS i, p.id AS patient_id, p.number, p.name, p.sex, p.phone, d.id AS doctor_id, d.department_id,
    d.department, d.name AS doctor, s.id AS session_id
FROM (SELECT *, row_number() OVER (ORDER BY id) AS at FROM patient WHERE id = ANY(%(ids)s) AND last_visit IS DISTINCT FROM current_date
      AND birth_date BETWEEN current_date - 25000 AND current_date - 9000 AND allergy_state = 'none_known' ORDER BY id LIMIT %(count)s) p
JOIN bench.doctor d ON d.i = %(first)s + p.at %% %(doctors)s
JOIN clinic_session s ON s.doctor_id = d.id AND s.date = current_date AND s.starts = '23:00'
"""
_VISITS: Final = """
INSERT INTO visit (id, number, patient_id, session_id, department_id, doctor_id, date, queue_number, queue_order, state, registered_at, registered_by,
    waiting_since, called_at, started_at, slip)
SELECT %(visits)s + i, bench.dated(current_date, %(numbers)s + i), patient_id, session_id, department_id, doctor_id, current_date, 'N' || order_no,
    order_no, %(state)s, now(), 1, now(), now(), now(), '{}'
FROM (SELECT m.*, coalesce((SELECT max(queue_order) FROM visit v WHERE v.session_id = m.session_id AND v.state <> 'CANCELLED'), 0)
          + row_number() OVER (PARTITION BY session_id ORDER BY i) AS order_no FROM made m) m;
"""
_AROUND_VISITS: Final = """
INSERT INTO record (visit_id, version, text, diagnoses, saved_at, saved_by)
SELECT %(visits)s + i, 1, '{"chief_complaint": "咳嗽三天"}',
    '[{"code": "J06.900", "name": "急性上呼吸道感染", "suspected": false, "note": ""}]', now(), doctor_id FROM made;
UPDATE patient p SET last_visit = current_date FROM made m WHERE m.patient_id = p.id;
"""
_PRESCRIPTIONS: Final = """
CREATE TEMP TABLE line AS
SELECT %(lines)s + (m.i - 1) * %(each)s + row_number() OVER (PARTITION BY m.i ORDER BY d.id) AS id, m.i, d.id AS drug_id,
    d.name, d.specification, d.form, d.dose, d.dose_unit, d.frequency, d.frequency_text, d.route, d.route_text, d.days, d.unit, d.pack_unit,
    d.pack_size, d.unit_price, d.skin_test, round(d.price * 100)::bigint AS fen
FROM made m JOIN generate_series(0, %(each)s - 1) AS k(k) ON true
JOIN bench.drug d ON d.i = (bench.pick(m.patient_id, 21, (SELECT count(*) FROM bench.drug)) + k.k * 37) %% (SELECT count(*) FROM bench.drug);
INSERT INTO prescription (id, number, visit_id, patient_id, doctor_id, department_id, kind, state, signed_at, valid_until, amount_fen, issued,
    reviewer_id, reviewed_at, paid_at, picker_id, picked_at)
SELECT %(prescriptions)s + m.i, bench.dated(current_date, %(numbers)s + m.i), %(visits)s + m.i, m.patient_id, m.doctor_id, m.department_id,
    'ordinary', %(state)s, now(), current_date + time '23:59:59', l.fen,
    jsonb_build_object('clinic', '杏林诊所', 'payer', 'self', 'visit_number', '0', 'patient_number', m.number, 'patient_name', m.name, 'sex', m.sex,
        'age', '40岁', 'phone', m.phone, 'department', m.department, 'diagnoses', jsonb_build_array('急性上呼吸道感染（J06.900）'),
        'allergy_state', 'none_known', 'allergies', '[]'::jsonb, 'doctor', m.doctor),
    1, now(), CASE WHEN %(state)s = 'PICKED' THEN now() END, CASE WHEN %(state)s = 'PICKED' THEN 1 END, CASE WHEN %(state)s = 'PICKED' THEN now() END
FROM made m JOIN (SELECT i, sum(fen)::bigint AS fen FROM line GROUP BY i) l ON l.i = m.i;
INSERT INTO prescription_line (id, prescription_id, line_no, drug_id, name, specification, form, dose, dose_unit, frequency, frequency_text, route,
    route_text, days, quantity, unit, quantity_text, packs, group_no, skin_test, category, unit_price, amount_fen)
SELECT l.id, %(prescriptions)s + l.i, l.id - %(lines)s - (l.i - 1) * %(each)s, drug_id, name, specification, form, dose, dose_unit, frequency,
    frequency_text, route, route_text, days, pack_size, unit, '1' || pack_unit, 1, 0, skin_test, 'western_drug', unit_price, fen
FROM line l;
INSERT INTO stock_reservation (prescription_line_id, location_id, drug_id, quantity, state)
SELECT l.id, b.location_id, l.drug_id, l.pack_size, 'HELD' FROM line l JOIN bench.batch b ON b.drug_id = l.drug_id;
UPDATE stock_level s SET reserved = s.reserved + l.quantity FROM (SELECT drug_id, sum(pack_size) AS quantity FROM line GROUP BY 1) l
    JOIN bench.batch b ON b.drug_id = l.drug_id WHERE s.drug_id = l.drug_id AND s.location_id = b.location_id;
"""
_CHARGES: Final = """
INSERT INTO charge_line (id, patient_id, visit_id, source, prescription_id, prescription_line_id, source_number, category, name, specification,
    quantity, unit, unit_price, amount_fen, refunded_fen, department_id, doctor_id, state, created_at)
SELECT %(charges)s + l.id - %(lines)s, m.patient_id, %(visits)s + m.i, 'prescription', %(prescriptions)s + m.i, l.id,
    bench.dated(current_date, %(numbers)s + m.i), 'western_drug', l.name, l.specification, l.pack_size, l.unit, l.unit_price, l.fen, 0,
    m.department_id, m.doctor_id, 'PENDING', now()
FROM line l JOIN made m ON m.i = l.i;
"""
_PICKS: Final = """
INSERT INTO pick (prescription_line_id, batch_id, location_id, quantity, state)
SELECT l.id, b.id, b.location_id, l.pack_size, 'LAID_ASIDE' FROM line l JOIN bench.batch b ON b.drug_id = l.drug_id ORDER BY l.id;
UPDATE stock_balance s SET picked = s.picked + l.quantity FROM (SELECT drug_id, sum(pack_size) AS quantity FROM line GROUP BY 1) l
    JOIN bench.batch b ON b.drug_id = l.drug_id WHERE s.batch_id = b.id AND s.location_id = b.location_id;
"""


class States:
    """Prepares states in one clinic. Close it when nothing more is to be prepared."""

    def __init__(self, clinic: Clinic, seed: int | None = None) -> None:
        self.clinic = clinic
        self.chance = random.Random(seed)
        self._open = clinic.connected()
        self.connection: psycopg.Connection[Any] = self._open.__enter__()
        self.connection.execute(_SESSIONS_TODAY)
        self.sessions: list[int] = self._column(
            "SELECT s.id FROM clinic_session s JOIN bench.doctor d ON d.id = s.doctor_id WHERE s.date = current_date AND d.i < %s",
            _REGISTERED_WITH,
        )
        self.fee_fen: int = self._column("SELECT fen FROM bench.fee")[0]

    def part(self) -> None:
        """Let no two series count in step, or somebody who looks on could take one's number for another's."""
        for table in ("visit", "bill", "payment", "invoice", "ledger_operation", "prescription", "prescription_line", "charge_line"):
            self._ids(table, self.chance.randrange(1, 90))
        self.connection.execute("UPDATE number_series SET last = last + %s WHERE kind = 'invoice'", (self.chance.randrange(1, 90),))
        for kind in ("bill", "visit", "prescription"):
            self._numbers(kind, self.chance.randrange(1, 90))

    def close(self) -> None:
        """Let the connection go."""
        self._open.__exit__(None, None, None)

    def _column(self, sql: str, *parameters: object) -> list[Any]:
        return [row[0] for row in self.connection.execute(sql, parameters).fetchall()]

    def people(self, kind: str) -> list[Person]:
        """Everybody of a kind (doctor, cashier, pharmacist, registration_clerk), signed in."""
        ids = self._column("SELECT id FROM bench.person WHERE kind = %s ORDER BY i", kind)
        people = [Person(staff_id, secrets.token_urlsafe(32)) for staff_id in ids]
        self.connection.cursor().executemany(
            "INSERT INTO session (token_hash, staff_id, created_at, last_seen_at, expires_at) VALUES (%s, %s, now(), now(), now() + interval '14 h')",
            [(hashlib.sha256(person.token.encode()).digest(), person.staff_id) for person in people],
        )
        return people

    def patients(self, count: int) -> list[int]:
        """Patients who were not here today, each once."""
        ids = self._draw(count * 2 + 200)
        found = self._column("SELECT id FROM patient WHERE id = ANY(%s) AND last_visit IS DISTINCT FROM current_date LIMIT %s", ids, count)
        if len(found) < count:
            raise ValueError(f"this clinic has too few patients for {count} visits more today")
        self.chance.shuffle(found)
        return found

    def _draw(self, count: int) -> list[int]:
        return self.chance.sample(range(1, self.clinic.patients + 1), min(count, self.clinic.patients))

    # --- visits

    def in_consultation(self, count: int) -> list[Visit]:
        """Patients who sit before their doctor, with a diagnosis."""
        with self.connection.transaction():
            self._visits(count, "IN_CONSULT")
        return self._made()

    def approved(self, count: int, lines: int = 4) -> list[Visit]:
        """Patients with an approved prescription of so many lines to pay for."""
        with self.connection.transaction():
            words = self._visits(count, "FINISHED")
            words = self._prescriptions(words, count, lines, "APPROVED")
            words["charges"] = self._ids("charge_line", count * lines)
            self._run(_CHARGES, words)
        return self._made(words, "charge_line")

    def picked(self, count: int, lines: int = 3) -> list[Visit]:
        """Patients whose prescription of so many lines lies on the counter, a pack each. What was paid for it is left out."""
        with self.connection.transaction():
            words = self._visits(count, "FINISHED")
            words = self._prescriptions(words, count, lines, "PICKED")
            self._run(_PICKS, words)
        return self._made(words, "prescription_line")

    def queue(self) -> int:
        """A doctor with a queue of ``QUEUE_LENGTH`` today; gives back the doctor's id."""
        doctor: int = self._column("SELECT id FROM bench.doctor WHERE i = %s", _QUEUE_DOCTOR)[0]
        there = self._column("SELECT count(*) FROM visit WHERE doctor_id = %s AND date = current_date", doctor)[0]
        if there < QUEUE_LENGTH:
            with self.connection.transaction():
                self._visits(QUEUE_LENGTH - there, "WAITING", first=_QUEUE_DOCTOR, doctors=1)
            self._drop()
        return doctor

    def _visits(
        self, count: int, state: str, first: int = _REGISTERED_WITH, doctors: int = _QUEUE_DOCTOR - _REGISTERED_WITH
    ) -> dict[str, Any]:
        words: dict[str, Any] = {"ids": self._draw(count * 5 + 200), "count": count, "first": first, "doctors": doctors, "state": state}
        self._run(_MADE, words)
        if self._column("SELECT count(*) FROM made")[0] < count:
            raise ValueError(f"this clinic has too few patients for {count} visits more today")
        self.connection.execute("ANALYZE made")
        words["visits"] = self._ids("visit", count)
        words["numbers"] = self._numbers("visit", count)
        self._run(_VISITS, words)
        self._run(_AROUND_VISITS, words)
        return words

    def _prescriptions(self, words: dict[str, Any], count: int, each: int, state: str) -> dict[str, Any]:
        words |= {"each": each, "state": state, "prescriptions": self._ids("prescription", count)}
        words |= {"lines": self._ids("prescription_line", count * each), "numbers": self._numbers("prescription", count)}
        self._run(_PRESCRIPTIONS, words)
        return words

    def _made(self, words: dict[str, Any] | None = None, lines: str = "") -> list[Visit]:
        """What was prepared. ``lines`` is the table whose rows a request will name."""
        if words is None:
            rows = self.connection.execute(
                "SELECT v.id, v.patient_id, v.doctor_id FROM made m JOIN visit v ON v.patient_id = m.patient_id AND v.session_id = m.session_id"
                " AND v.state <> 'CANCELLED'"
            ).fetchall()
            self._drop()
            return [Visit(*row) for row in rows]
        on = "t.prescription_line_id = l.id" if lines == "charge_line" else "t.id = l.id"
        rows = self.connection.execute(
            f"SELECT m.i + %(visits)s, m.patient_id, m.doctor_id, m.i + %(prescriptions)s, array_agg(t.id ORDER BY l.id), sum(l.fen)::bigint,"
            f" array_agg(c.code ORDER BY l.id) FROM made m JOIN line l ON l.i = m.i JOIN {lines} t ON {on}"
            " JOIN drug_code c ON c.drug_id = l.drug_id AND c.kind = 'barcode' GROUP BY m.i, m.patient_id, m.doctor_id",
            words,
        ).fetchall()
        self._drop()
        return [Visit(visit, patient, doctor, rx, tuple(ids), due, tuple(codes)) for visit, patient, doctor, rx, ids, due, codes in rows]

    def _drop(self) -> None:
        self.connection.execute("DROP TABLE IF EXISTS made, line")

    def _run(self, sql: str, words: dict[str, Any]) -> None:
        """Run the statements of a script, each with those of ``words`` that it names."""
        for statement in sql.split(";\n"):
            if statement.strip():
                self.connection.execute(statement, words)

    def _ids(self, table: str, count: int) -> int:
        """Reserve so many ids; gives back the number before the first."""
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        first = self._column(f"SELECT nextval({sequence})")[0]
        self._column(f"SELECT setval({sequence}, %s)", first + count)
        return int(first)

    def _numbers(self, kind: str, count: int) -> int:
        """Reserve so many of today's numbers; gives back the one before the first."""
        sql = (
            "INSERT INTO number_series (kind, scope, last) VALUES (%s, to_char(current_date, 'YYYY-MM-DD'), %s)"
            " ON CONFLICT (kind, scope) DO UPDATE SET last = number_series.last + excluded.last RETURNING last"
        )
        return int(self._column(sql, kind, count)[0]) - count
