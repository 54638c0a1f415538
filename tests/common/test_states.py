"""The lives of objects: every state is named, can be reached, and only the edges are edges."""

from __future__ import annotations

import pytest

from common.domain.states import MACHINES, PAYMENT, PRESCRIPTION, SHIFT, VISIT, Machine
from common.i18n import CHINESE, ENGLISH, language

#: Where a life may end; everything else goes on to something.
ENDS = {
    "visit": {"CLOSED", "CANCELLED", "NO_SHOW"},
    "prescription": {"VOIDED", "EXPIRED", "RETURNED"},
    "charge_line": {"VOIDED", "REFUNDED"},
    "payment": {"VOIDED", "REFUNDED"},
    "invoice": {"VOIDED", "REVERSED"},
    "shift": {"ROLLED_UP"},
    "settlement": {"DONE", "FAILED"},
    "channel_call": {"REJECTED", "REVERSED"},
    "insurance_call": {"REJECTED", "REVERSED"},
    "insurance_settlement": {"CANCELLED"},
    "einvoice": {"ISSUED"},
    "decoction": {"COLLECTED", "DELIVERED", "CANCELLED"},
    "drug_change": {"APPLIED", "WITHDRAWN", "REFUSED"},
    "stock_take": {"CONFIRMED", "VOIDED"},
    "price_change": {"APPLIED", "VOIDED"},
    "purchase_order": {"RECEIVED", "CLOSED"},
    "stock_paper": {"REJECTED", "SERVED", "VOIDED", "RECEIVED", "CALLED_BACK", "CLOSED"},
    "quarantine": {"RELEASED"},
    "recall": {"CLOSED"},
}

machines = pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)


def reachable(machine: Machine, start: frozenset[str]) -> set[str]:
    found, open_states = set(start), list(start)
    while open_states:
        for state in machine.edges.get(open_states.pop(), frozenset()) - found:
            found.add(state)
            open_states.append(state)
    return found


@machines
def test_edges_join_named_states(machine: Machine) -> None:
    named = set(machine.labels)
    assert machine.initial <= named
    assert set(machine.edges) | {state for after in machine.edges.values() for state in after} == named


@machines
def test_every_state_can_be_reached_and_left_unless_it_is_an_end(machine: Machine) -> None:
    assert reachable(machine, machine.initial) == set(machine.labels)
    assert {state for state in machine.labels if not machine.edges.get(state)} == ENDS[machine.name]
    for state in machine.labels:
        assert reachable(machine, frozenset({state})) & ENDS[machine.name]


@machines
def test_labels_tell_states_apart_in_both_languages(machine: Machine) -> None:
    for code in (CHINESE, ENGLISH):
        with language(code):
            labels = [machine.label(state) for state in machine.labels]
        assert len(set(labels)) == len(labels)
        assert not any("|" in label for label in labels)
    with language(CHINESE):
        assert all(any("一" <= sign <= "鿿" for sign in machine.label(state)) for state in machine.labels)


@pytest.mark.parametrize(
    ("machine", "old", "new", "allowed"),
    [
        (VISIT, "WAITING", "CALLED", True),
        (VISIT, "WAITING", "IN_CONSULT", False),
        (VISIT, "IN_CONSULT", "CANCELLED", False),
        (VISIT, "CANCELLED", "WAITING", False),
        (PRESCRIPTION, "SUBMITTED", "PAID", False),  # nothing is paid before its review
        (PRESCRIPTION, "APPROVED", "PAID", True),
        (PRESCRIPTION, "APPROVED", "DISPENSED", False),
        (PRESCRIPTION, "VOIDED", "DRAFT", False),
        (PAYMENT, "UNKNOWN", "PAID", True),
        (SHIFT, "OPENED", "CLOSED", False),
        (SHIFT, "OPENED", "OPENED", False),
        (SHIFT, "no such state", "OPENED", False),
    ],
)
def test_some_edges(machine: Machine, old: str, new: str, allowed: bool) -> None:
    assert machine.allows(old, new) is allowed
