"""The house that the stock machine acts on: two shelves, two drugs' lots, one patient, and the account of what lies where."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal

import psycopg
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from common.messages.catalogue import StockRow
from common.messages.consult import CallVisit, StartConsult
from common.messages.patients import AllergyState, PatientFile, RegisterPatient
from common.messages.registration import RegisterVisit
from common.messages.store import ReceiveStock
from common.messages.store_papers import (
    PaperFacts,
)
from installer.postgres import EmbeddedPostgres
from tests.simulation.books import DRUGS
from tests.simulation.stock.shelves import (
    CLERK,
    DOCTOR,
    KEEPER,
    PHARMACY,
    QUARANTINE,
    STORE,
    TRANSIT,
    ZERO,
    Crash,
    Model,
    Service,
    attempt,
    differences,
)
from tests.visits import cash

_DRUG_FACTS = "SELECT id, default_dose, default_frequency, code, pack_size FROM drug WHERE code = ANY(%s) ORDER BY id"
_SESSION = (
    "SELECT s.id, round(i.price * 100)::int FROM clinic_session s JOIN staff p ON p.id = s.doctor_id"
    " JOIN clinic_session_fee f ON f.session_id = s.id JOIN service_item i ON i.id = f.service_item_id"
    " WHERE p.login = %s ORDER BY s.starts LIMIT 1"
)
BATCHES = "SELECT id, drug_id, lot, supplier FROM stock_batch WHERE drug_id = ANY(%s)"
_PREFIX = "INSERT INTO drug_code (kind, code, drug_id) SELECT 'trace_prefix', lpad((8100000 + id)::text, 7, '8'), id FROM drug WHERE code = ANY(%s)"
_names = itertools.count(1)
#: What may be said of stock that others hold, moved, or keep out of use.
SHORT = ("NotEnoughInBatch", "HeldForPatients", "NotEnoughStock")
STATE = ("WrongState",)

crashes = st.one_of(
    *[st.none()] * 12,
    st.builds(Crash, st.just("statement"), st.integers(1, 40), st.just(1)),
    st.sampled_from((Crash("before"), Crash("after"), Crash("after", times=2))),
)
index = st.integers(0, 200)
places = st.sampled_from((PHARMACY, STORE))


class House(RuleBasedStateMachine):
    """A pharmacy and a store with little on their shelves; what the model knows of them."""

    postgres: EmbeddedPostgres
    template: str
    name = ""
    #: What was drawn since somebody set them to nothing.
    sequences = 0
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        House.sequences += 1
        if not House.name:
            House.name = self._new_database()
        self.service = Service(self.postgres.dsn(dbname=House.name))
        self.drugs = {row[0]: row for row in self.service.rows(_DRUG_FACTS, list(DRUGS))}
        self.session, self.fee = self.service.row(_SESSION, DOCTOR)
        self.patient, self.visit = self._room()
        self.model = Model(self.service)
        self.model.prescriptions = []
        self.sent: list[PaperFacts] = []
        self.drafts: list[PaperFacts] = []
        self.damaged: list[PaperFacts] = []
        self.holds: list[tuple[int, int, str, list[tuple[str, int, Decimal]]]] = []
        self.counts: list[tuple[int, list[tuple[str, int, Decimal]]]] = []

    def _new_database(self) -> str:
        name = f"stock_{next(_names)}"
        self.postgres.create_from_template(name, self.template)
        with psycopg.connect(self.postgres.dsn("xinglin_owner", name)) as connection:
            connection.execute("UPDATE clinic_session SET capacity = 1000000")
            connection.execute(_PREFIX, (list(DRUGS),))
        return name

    def _room(self) -> tuple[int, int]:
        file = PatientFile(
            name="陈一", sex="1", birth_date=self.service.clock.now().date() - timedelta(days=15000), allergy_state=AllergyState.NONE_KNOWN
        )
        patient = self.service.do(CLERK, RegisterPatient(file=file, another_person=True)).id
        visit = self.service.do(
            CLERK, RegisterVisit(patient_id=patient, session_id=self.session, expected_fee_fen=self.fee, tenders=cash(self.fee))
        ).visit_id
        self.service.do(DOCTOR, CallVisit(visit_id=visit))
        self.service.do(DOCTOR, StartConsult(visit_id=visit))
        return patient, visit

    @invariant()
    def both_agree(self) -> None:
        """Balances, moves, picks, reservations, lines and codes are what they have to be."""
        House.steps += 1
        assert list(differences(self.service, self.model)) == []

    @rule(drug=index, packs=st.integers(1, 5), lot=st.integers(0, 2), place=places, crash=crashes)
    def receive(self, drug: int, packs: int, lot: int, place: str, crash: Crash | None) -> None:
        """Goods come in; of a lot that is kept out of use they do not."""
        number, _, _, code, pack_size = list(self.drugs.values())[drug % len(self.drugs)]
        expires = self.service.clock.now().date() + timedelta(days=400 + 30 * (lot % 3))
        row = StockRow(drug_code=code, lot=f"S{lot}", expires=expires, packs=Decimal(packs), purchase_price=Decimal(1))
        before = set(self.batches(number))
        said = attempt(self.service, KEEPER, ReceiveStock(rows=(row,), place=place), crash, ("LotKeptOut",))
        assert (said == "LotKeptOut") == any((number, f"S{lot}") == hold[1:3] for hold in self.holds), said
        if isinstance(said, str):
            return
        (batch,) = (set(self.batches(number)) - before) or {b for b, lot_no in self.batches(number).items() if lot_no == (f"S{lot}", "")}
        self.model.move(place, batch, packs * pack_size)

    def batches(self, drug: int) -> dict[int, tuple[str, str]]:
        return {row[0]: (row[2], row[3]) for row in self.service.rows(BATCHES, [drug])}

    def lying(self, place: str, at: int) -> tuple[int, Decimal] | None:
        """A batch of a place, and what lies there free."""
        there = sorted((batch, quantity) for (code, batch), quantity in self.model.at.items() if code == place and quantity)
        there = [each for each in there if each[0] in self.ours()]
        if not there:
            return None
        batch, quantity = there[at % len(there)]
        return batch, quantity - (self.model.picked(batch) if place == PHARMACY else ZERO)

    def ours(self) -> dict[int, tuple[int, str]]:
        return {row[0]: (row[1], row[2]) for row in self.service.rows(BATCHES, list(self.drugs))}

    def arrived(self, batch: int, quantity: Decimal, place: str) -> None:
        """On its shelf, or where its lot is kept out of use."""
        drug, lot = self.ours()[batch]
        kept_out = next((hold for hold in self.holds if hold[1:3] == (drug, lot)), None)
        self.model.carry(batch, quantity, TRANSIT, QUARANTINE if kept_out is not None else place)
        if kept_out is not None:
            kept_out[3].append((place, batch, quantity))
