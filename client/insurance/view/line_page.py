"""The line to the bureau: its set-up, a try of it, and who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client import format, texts
from client.insurance import words
from client.insurance.view.list_page import errand_table
from client.insurance.view.page import InsurancePage
from client.widgets.badge import Badge
from client.widgets.choice import Choice
from client.widgets.form import Form, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.i18n import N_, tr
from common.messages.insurance import (
    ErrandKind,
    ErrandList,
    ForgetSignIn,
    GetInsuranceSetup,
    InsuranceSetup,
    InsuranceSetupFacts,
    ListErrands,
    ListSignIns,
    SetInsuranceSetup,
    SignInFacts,
    SignOutOfInsurance,
    TestInsurance,
)
from common.permissions import Permission

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from client.insurance.view.desk import InsuranceDesk

_TEXTS = ("url", "fixmedins_code", "fixmedins_name", "mdtrtarea_admvs", "recer_sys_code")


class LinePage(InsurancePage):
    """See the user guide."""

    def __init__(self, desk: InsuranceDesk) -> None:
        super().__init__(desk)
        self.facts: InsuranceSetupFacts | None = None
        self.connected = Choice([("yes", N_("setup|connected")), ("no", N_("setup|not connected"))])
        self.province = Choice([("", "–")])
        self.fields = {name: TextInput(most=most) for name, most in zip(_TEXTS, (300, 12, 200, 6, 10), strict=True)}
        self.seconds = TextInput(most=3)
        self.card = TextInput(placeholder=N_("setup|ID number of somebody insured"), most=50)
        self.up = Badge()
        self.form, self.trial = self._form(), Form()
        self.trial.add(N_("setup|Try the line with"), self.card)
        self.trial.finished.connect(lambda: desk.act("try"))
        self.sign_ins, self.errands = self._sign_ins(), errand_table()
        self.errands.setFixedHeight(124)
        self.lay_out(
            (
                bar(SectionTitle(N_("setup|A try of the line")), self.trial, stretch=1),
                self.errands,
                bar(SectionTitle(N_("sign-in|Signed in at the bureau"))),
                self.sign_ins,
            ),
            (SectionTitle(N_("setup|The line")), self.up, self.form),
            432,
        )
        self.connected.chosen.connect(lambda _code: self.changed.emit())
        self.province.chosen.connect(lambda _code: self.changed.emit())
        for field in (*self.fields.values(), self.seconds, self.card):
            field.textChanged.connect(lambda _text: self.changed.emit())
        self.sign_ins.moved.connect(lambda _row: self.changed.emit())
        texts.signals().changed.connect(self._language)

    def _form(self) -> Form:
        form = Form(columns=2)
        form.add(N_("setup|Province (confidence)"), self.province, span=2, required=True)
        form.add(N_("setup|State"), self.connected, span=2)
        titles = (
            N_("setup|Address"),
            N_("setup|Institution code"),
            N_("setup|Institution name"),
            N_("setup|Region"),
            N_("setup|Receiving system"),
        )
        for name, title in zip(_TEXTS, titles, strict=True):
            form.add(title, self.fields[name], span=2 if name == "url" else 1, required=True)
        form.add(N_("setup|Time-out in seconds"), self.seconds, required=True)
        form.finished.connect(lambda: self.desk.act("save"))
        return form

    def _sign_ins(self) -> Table:
        return Table(
            (
                Column(title=N_("sign-in|Day"), text=lambda row: f"{row.day}", width=104),
                Column(title=N_("sign-in|Operator"), text=lambda row: row.name, strong=True),
                Column(title=N_("sign-in|Number"), text=lambda row: row.sign_no, width=264, quiet=True),
                Column(title=N_("sign-in|In"), text=lambda row: format.clock(row.signed_in_at), width=64),
                Column(title=N_("sign-in|Out"), text=lambda row: format.clock(row.signed_out_at) if row.signed_out_at else "", width=64),
            ),
            key=lambda row: row.id,
            empty=N_("sign-in|Nobody signed in on these days. Settling signs in by itself."),
            dim=lambda row: row.signed_out_at is not None,
        )

    # --- reading ---------------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        self.desk.send(GetInsuranceSetup(), self._show, self.desk.fail)
        self.desk.send(ListSignIns(), lambda found: self.sign_ins.set_rows(found.sign_ins), self.desk.fail)
        self.desk.send(ListErrands(), self._show_errands, self.desk.fail)

    def _show_errands(self, found: ErrandList) -> None:
        self.errands.set_rows([one for one in found.errands if one.kind in (ErrandKind.TEST, ErrandKind.SIGN_OUT)][:3])

    def _show(self, facts: InsuranceSetupFacts) -> None:
        """What was being typed stays."""
        first, typing = self.facts is None, self.facts is not None and self._typed() != self.facts.setup
        self.facts = facts
        if first or not typing:
            self._fill(facts)
        self._language("")
        self.changed.emit()

    def _fill(self, facts: InsuranceSetupFacts) -> None:
        self.province.offer(self._provinces(facts))
        self.province.set_code(facts.setup.province)
        self.connected.set_code("yes" if facts.setup.connected else "no")
        for name, field in self.fields.items():
            field.setText(str(getattr(facts.setup, name)))
        self.seconds.setText(str(facts.setup.timeout_seconds))

    def _provinces(self, facts: InsuranceSetupFacts) -> list[tuple[str, str]]:
        names = [(one.name, f"{one.label_zh if words.chinese() else one.label} ({one.confidence})") for one in facts.provinces]
        return names if facts.setup.province else [("", "–"), *names]

    def _language(self, _language: str) -> None:
        if self.facts is not None:
            code = self.province.code()
            self.province.offer(self._provinces(self.facts))
            self.province.set_code(code)
            stands = self.facts.line_is_up
            self.up.set(tr("setup|The line stands") if stands else tr("setup|There is no line"), "done" if stands else "warning")

    def _typed(self) -> InsuranceSetup:
        seconds = self.seconds.text().strip()
        return InsuranceSetup(
            connected=self.connected.code() == "yes",
            province=self.province.code(),
            timeout_seconds=int(seconds) if seconds.isdigit() else 0,
            **{name: field.text().strip() for name, field in self.fields.items()},
        )

    def work(self) -> QWidget:
        return self.sign_ins

    def detail(self) -> QWidget:
        return self.province

    # --- acts ------------------------------------------------------------------------------------------------------------------

    def why_not(self) -> str:
        if not self.desk.place.may(Permission.INSURANCE_MANAGE):
            return tr("Only who maintains the insurance may change the line.")
        if not self.seconds.text().strip().isdigit() or not 5 <= int(self.seconds.text()) <= 120:
            return tr("The time-out is 5 to 120 seconds.")
        return "" if self.facts is not None and self._typed() != self.facts.setup else tr("Nothing was changed.")

    def finish(self) -> None:
        self.send(SetInsuranceSetup(setup=self._typed()), self._saved)

    def _saved(self, facts: InsuranceSetupFacts) -> None:
        self.facts = facts
        self.desk.tell(tr("The set-up is saved; the service takes the line up anew within seconds."))

    def why_not_try(self) -> str:
        """Whether there is something to try the line with."""
        return "" if self.card.text().strip() else tr("Type the ID number of somebody insured first.")

    def try_it(self) -> None:
        """F11: sign in and ask for a person."""
        request = TestInsurance(certificate_number=self.card.text().strip())
        self.send(request, lambda _errand: self.desk.tell(tr("The line is being tried …"), "info"))

    def standing(self) -> SignInFacts | None:
        """The sign-in in hand, if it stands."""
        row = self.sign_ins.current()
        return row if isinstance(row, SignInFacts) and row.signed_out_at is None else None

    def why_not_take_away(self) -> str:
        """Whether a sign-in that stands is in hand."""
        return "" if self.standing() is not None else tr("Choose a sign-in that stands.")

    def take_away(self) -> None:
        """Ctrl+D: sign the operator out."""
        row = self.standing()
        if row is not None:
            self.send(
                SignOutOfInsurance(sign_in_id=row.id),
                lambda _errand: self.desk.tell(tr("{name} is being signed out …", name=row.name), "info"),
            )

    def forget(self) -> None:
        """Ctrl+G: the bureau does not know it any more."""
        row = self.standing()
        if row is not None:
            self.send(
                ForgetSignIn(sign_in_id=row.id), lambda _done: self.desk.tell(tr("The next call of {name} signs in anew.", name=row.name))
            )
