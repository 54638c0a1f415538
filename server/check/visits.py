"""Visits, clinic sessions, queues, records and patient files."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

_SLACK: Final = "interval '10 seconds'"

VISITS: Final = (
    Rule(
        "session_taken",
        "clinic_session",
        N_("{count} clinic sessions count another number of taken places than they have visits."),
        "SELECT s.id, s.taken, count(v.id) AS visits FROM clinic_session s LEFT JOIN visit v ON v.session_id = s.id AND v.state <> 'CANCELLED'"
        " GROUP BY s.id HAVING s.taken <> count(v.id) OR s.taken NOT BETWEEN 0 AND s.capacity",
    ),
    Rule(
        "queue_once",
        "visit",
        N_("{count} queue numbers were given twice in one clinic session."),
        "SELECT min(v.id) AS id, v.session_id, v.queue_number, count(*) AS times FROM visit v GROUP BY v.session_id, v.queue_number"
        " HAVING count(*) > 1",
    ),
    Rule(
        "visit_once",
        "visit",
        N_("{count} patients have two visits in one clinic session."),
        "SELECT min(v.id) AS id, v.patient_id, v.session_id FROM visit v WHERE v.state <> 'CANCELLED' GROUP BY v.patient_id, v.session_id"
        " HAVING count(*) > 1",
    ),
    Rule(
        "visit_session",
        "visit",
        N_("{count} visits name another day, doctor or department than their clinic session."),
        "SELECT v.id, v.number, v.session_id FROM visit v LEFT JOIN clinic_session s ON s.id = v.session_id WHERE s.id IS NULL"
        " OR s.date <> v.date OR s.doctor_id <> v.doctor_id OR s.department_id <> v.department_id",
    ),
    Rule(
        "visit_steps",
        "visit",
        N_("{count} visits lack the time of a step that their state has behind it."),
        "SELECT v.id, v.number, v.state FROM visit v WHERE v.state IN ('WAITING', 'CALLED', 'IN_CONSULT') AND v.waiting_since IS NULL"
        " OR v.state IN ('CALLED', 'PASSED', 'IN_CONSULT', 'ON_HOLD', 'FINISHED', 'CLOSED') AND v.called_at IS NULL"
        " OR v.state IN ('IN_CONSULT', 'ON_HOLD', 'FINISHED', 'CLOSED') AND v.started_at IS NULL"
        " OR v.state IN ('FINISHED', 'CLOSED') AND v.finished_at IS NULL"
        " OR v.state IN ('UNPAID', 'REGISTERED', 'CHECKED_IN', 'WAITING', 'PASSED', 'CANCELLED') AND v.started_at IS NOT NULL"
        " OR (v.state = 'CANCELLED' AND v.cancel_reason = '')",
    ),
    Rule(
        "visit_times",
        "visit",
        N_("{count} visits took their steps in an order of time that cannot be."),
        "SELECT v.id, v.number, v.registered_at, v.called_at, v.started_at, v.finished_at FROM visit v"
        f" WHERE v.waiting_since < v.registered_at - {_SLACK} OR v.called_at < v.registered_at - {_SLACK}"
        f" OR v.started_at < v.called_at - {_SLACK} OR v.finished_at < v.started_at - {_SLACK}"
        " OR (v.registered_at AT TIME ZONE %(zone)s)::date > v.date",
    ),
    Rule(
        "visit_fee",
        "visit",
        N_("{count} visits have a registration fee in a state that the visit contradicts."),
        "SELECT v.id, v.number, v.state, c.id AS charge_line_id, c.state AS charge_state FROM visit v"
        " JOIN charge_line c ON c.visit_id = v.id AND c.source = 'registration' WHERE c.patient_id <> v.patient_id"
        " OR v.state = 'CANCELLED' AND c.state NOT IN ('REFUNDED', 'VOIDED') OR v.state NOT IN ('CANCELLED', 'UNPAID', 'NO_SHOW')"
        " AND c.state NOT IN ('SETTLED', 'PART_REFUNDED')",
    ),
    Rule(
        "visit_record",
        "visit",
        N_("{count} finished visits have no signed record."),
        "SELECT v.id, v.number, v.state FROM visit v WHERE v.state IN ('FINISHED', 'CLOSED')"
        " AND NOT EXISTS (SELECT FROM record r WHERE r.visit_id = v.id AND r.signed_at IS NOT NULL)"
        " AND NOT EXISTS (SELECT FROM record_version o WHERE o.visit_id = v.id AND o.signed_at IS NOT NULL)",
    ),
    Rule(
        "record_versions",
        "record_version",
        N_("{count} kept versions of a record are not older than the record itself, or were never signed."),
        "SELECT o.visit_id AS id, o.version, r.version AS latest FROM record_version o LEFT JOIN record r ON r.visit_id = o.visit_id"
        " WHERE r.visit_id IS NULL OR o.version >= r.version OR o.signed_at IS NULL",
    ),
    Rule(
        "patient_versions",
        "patient",
        N_("{count} patient files were changed without keeping every earlier version."),
        "SELECT p.id, p.number, p.version, count(o.version) AS kept FROM patient p LEFT JOIN patient_version o ON o.patient_id = p.id"
        " AND o.version < p.version GROUP BY p.id HAVING count(o.version) <> p.version - 1",
    ),
)
