"""The house that the stock machine acts on: two shelves, two drugs' lots, one patient, and the account of what lies where."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from argon2 import PasswordHasher
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from common.messages.catalogue import StockRow
from common.messages.consult import CallVisit, StartConsult
from common.messages.patients import AllergyState, DocumentKind, PatientFile, RegisterPatient
from common.messages.registration import RegisterVisit
from common.messages.store import ReceiveStock
from common.messages.store_papers import (
    PaperFacts,
)
from installer.postgres import EmbeddedPostgres
from installer.sample import PASSWORD
from tests.simulation.books import DRUGS as BY_PACK
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
    Rx,
    Service,
    attempt,
    differences,
)
from tests.visits import cash

_DRUG_FACTS = "SELECT id, default_dose, default_frequency, code, pack_size, default_route, price FROM drug WHERE code = ANY(%s) ORDER BY id"
ID_NUMBER = "11010519491231002X"
NARCOTIC = "D0590"
SLICES = ("D0521", "D0523", "D0525")
GOODS = (*BY_PACK, NARCOTIC, *SLICES)
#: The second person's password is checked often; what it costs is not what is measured here.
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_SESSION = (
    "SELECT s.id, round(i.price * 100)::int FROM clinic_session s JOIN staff p ON p.id = s.doctor_id"
    " JOIN clinic_session_fee f ON f.session_id = s.id JOIN service_item i ON i.id = f.service_item_id"
    " WHERE p.login = %s ORDER BY s.date DESC, s.starts LIMIT 1"
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
        House.renew()
        House.name = self._new_database()
        self.service = Service(self.postgres.dsn(dbname=House.name))
        self.goods = {row[0]: row for row in self.service.rows(_DRUG_FACTS, list(GOODS))}
        #: What is prescribed by the pack; the others have prescriptions of their own kind.
        self.drugs = {number: row for number, row in self.goods.items() if row[3] in BY_PACK}
        self.began = self.today
        self.patient = self._patient()
        self.visit = self._into_the_room()
        self.model = Model(self.service)
        self.prices: dict[int, Decimal] = {number: row[6] for number, row in self.goods.items()}
        self.unpaid: list[tuple[str, Rx]] = []
        self.sent: list[PaperFacts] = []
        self.drafts: list[PaperFacts] = []
        self.damaged: list[PaperFacts] = []
        self.holds: list[tuple[int, int, str, list[tuple[str, int, Decimal]]]] = []
        self.counts: list[tuple[int, list[tuple[str, int, Decimal]]]] = []

    @classmethod
    def renew(cls) -> None:
        """Each run finds a house where nothing has happened, so that what was drawn alone says what it finds."""
        if cls.name:
            cls.postgres.drop(cls.name)
        cls.name = ""

    def _new_database(self) -> str:
        name = f"stock_{next(_names)}"
        self.postgres.create_from_template(name, self.template)
        with psycopg.connect(self.postgres.dsn("xinglin_owner", name)) as connection:
            connection.execute("UPDATE clinic_session SET capacity = 1000000")
            connection.execute(_PREFIX, (list(BY_PACK),))
            connection.execute("UPDATE staff SET password_hash = %s", (_CHEAP.hash(PASSWORD),))
        return name

    @property
    def today(self) -> date:
        """The clinic's day."""
        return self.service.clock.now().date()

    def owned(self, sql: str, *parameters: object) -> None:
        """What no desk does, by the database's owner."""
        with psycopg.connect(self.postgres.dsn("xinglin_owner", House.name)) as connection:
            connection.execute(sql.encode(), parameters)

    def _patient(self) -> int:
        file = PatientFile(
            name="陈一",
            sex="2",
            birth_date=date(1949, 12, 31),
            document_kind=DocumentKind.ID_CARD,
            document_number=ID_NUMBER,
            allergy_state=AllergyState.NONE_KNOWN,
        )
        known = self.service.rows("SELECT id FROM patient WHERE document_number = %s", ID_NUMBER)
        return known[0][0] if known else self.service.do(CLERK, RegisterPatient(file=file)).id

    def _into_the_room(self) -> int:
        session, fee = self.service.row(_SESSION, DOCTOR)
        request = RegisterVisit(patient_id=self.patient, session_id=session, expected_fee_fen=fee, tenders=cash(fee))
        visit = self.service.do(CLERK, request).visit_id
        self.service.do(DOCTOR, CallVisit(visit_id=visit))
        self.service.do(DOCTOR, StartConsult(visit_id=visit))
        return visit

    @invariant()
    def both_agree(self) -> None:
        """Balances, moves, picks, reservations, lines and codes are what they have to be."""
        House.steps += 1
        assert list(differences(self.service, self.model)) == []

    @rule(drug=index, packs=st.integers(1, 5), lot=st.integers(0, 2), place=places, crash=crashes)
    def receive(self, drug: int, packs: int, lot: int, place: str, crash: Crash | None) -> None:
        """Goods come in; of a lot that is kept out of use they do not."""
        number, _, _, code, pack_size, *_ = list(self.goods.values())[drug % len(self.goods)]
        if number not in self.drugs and code != NARCOTIC:
            packs *= 50  # slices are by the gram
        expires = self.began + timedelta(days=400 + 30 * (lot % 3))
        row = StockRow(drug_code=code, lot=self.lot(lot), expires=expires, packs=Decimal(packs), purchase_price=Decimal(1))
        self.goods_in(ReceiveStock(rows=(row,), place=place), number, packs * pack_size, crash)

    def lot(self, number: int) -> str:
        """A lot of its own in each run: what another run left keeps its own expiry."""
        return f"{self.began:%y%m%d}S{number}"

    def goods_in(self, request: ReceiveStock, drug: int, quantity: Decimal, crash: Crash | None, allowed: Sequence[str] = ()) -> Any:
        """Booked in, unless the lot is kept out of use."""
        (row,) = request.rows
        before = set(self.batches(drug))
        said = attempt(self.service, KEEPER, request, crash, ("LotKeptOut", *allowed))
        kept_out = any((drug, row.lot) == hold[1:3] for hold in self.holds)
        assert (said == "LotKeptOut") == kept_out or said in allowed, said
        if not isinstance(said, str):
            mine = {batch for batch, of in self.batches(drug).items() if of == (row.lot, request.supplier)}
            (batch,) = (set(self.batches(drug)) - before) or mine
            self.model.move(request.place, batch, quantity)
        return said

    def batches(self, drug: int) -> dict[int, tuple[str, str]]:
        return {row[0]: (row[2], row[3]) for row in self.service.rows(BATCHES, [drug])}

    def lying(self, place: str, at: int) -> tuple[int, Decimal] | None:
        """A batch of a place, and what lies there free."""
        ours = self.ours()
        there = sorted(
            (batch, quantity) for (code, batch), quantity in self.model.at.items() if code == place and quantity and batch in ours
        )
        if not there:
            return None
        batch, quantity = there[at % len(there)]
        return batch, quantity - (self.model.picked(batch) if place == PHARMACY else ZERO)

    def ours(self) -> dict[int, tuple[int, str]]:
        return {row[0]: (row[1], row[2]) for row in self.service.rows(BATCHES, list(self.goods))}

    def arrived(self, batch: int, quantity: Decimal, place: str) -> None:
        """On its shelf, or where its lot is kept out of use."""
        drug, lot = self.ours()[batch]
        kept_out = next((hold for hold in self.holds if hold[1:3] == (drug, lot)), None)
        self.model.carry(batch, quantity, TRANSIT, QUARANTINE if kept_out is not None else place)
        if kept_out is not None:
            kept_out[3].append((place, batch, quantity))
