"""National codes of doctors, pharmacists and departments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt

from client.insurance import words
from client.insurance.view.page import InsurancePage
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.i18n import N_, tr
from common.messages.insurance_mapping import ListNationalCodes, NationalCode, NationalCodes, SetNationalCode

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from client.insurance.view.desk import InsuranceDesk


class CodePage(InsurancePage):
    """See the user guide."""

    def __init__(self, desk: InsuranceDesk) -> None:
        super().__init__(desk)
        self.missing = Label("", "secondary")
        self.table = Table(
            (
                Column(title=N_("code|Kind"), text=lambda row: words.word(words.KINDS, row.kind), width=88, quiet=True),
                Column(title=N_("code|Name"), text=lambda row: row.name, strong=True),
                Column(title=N_("code|Title"), text=lambda row: row.title, width=112, quiet=True),
                Column(title=N_("code|Department"), text=lambda row: row.department, width=112),
                Column(title=N_("code|National code"), text=lambda row: row.code or "–", width=172),
                Column(title=N_("code|Speciality"), text=lambda row: row.extra, width=96),
            ),
            key=lambda row: (row.kind, row.own_id),
            empty=N_("code|Nobody is entered yet."),
        )
        self.who = Label("", "emphasis")
        self.code, self.extra = TextInput(most=30), TextInput(most=10)
        self.form = Form()
        self.form.add(N_("code|National code"), self.code)
        self.form.add(N_("code|Code of the speciality"), self.extra)
        self.form.finished.connect(lambda: desk.act("save"))
        self.lay_out(
            (bar(SectionTitle(N_("insurance page|National codes")), self.missing), self.table),
            (SectionTitle(N_("code|Enter or correct")), self.who, self.form),
            320,
        )
        self.table.moved.connect(self._moved)
        self.table.chosen.connect(lambda _row: self.code.setFocus(Qt.FocusReason.TabFocusReason))
        for field in (self.code, self.extra):
            field.textChanged.connect(lambda _text: self.changed.emit())

    def load(self) -> None:
        self.desk.send(ListNationalCodes(), self._show, self.desk.fail)

    def _show(self, found: NationalCodes) -> None:
        without = sum(1 for one in found.codes if not one.code)
        self.missing.setText(tr("code|{n} without a code", n=without) if without else tr("code|everybody has one"))
        self.table.set_rows(found.codes)
        self._moved(self.table.current())

    def _moved(self, row: Any) -> None:
        one = row if isinstance(row, NationalCode) else None
        self.who.setText(one.name if one else "")
        self.code.setText(one.code if one else "")
        self.extra.setText(one.extra if one else "")
        self.form.show_field(self.extra, one is not None and one.kind == "department")
        self.changed.emit()

    def work(self) -> QWidget:
        return self.table

    def detail(self) -> QWidget:
        return self.code

    def _changed_row(self) -> NationalCode | None:
        row = self.table.current()
        typed = (self.code.text().strip(), self.extra.text().strip())
        return row if isinstance(row, NationalCode) and typed != (row.code, row.extra) else None

    def why_not(self) -> str:
        return "" if self._changed_row() is not None else tr("Nothing was changed.")

    def finish(self) -> None:
        row = self._changed_row()
        if row is None:
            return
        request = SetNationalCode(kind=row.kind, own_id=row.own_id, code=self.code.text().strip(), extra=self.extra.text().strip())
        self.send(request, lambda _done: self._saved(row.name))

    def _saved(self, name: str) -> None:
        self.desk.tell(tr("The code of {name} is saved.", name=name))
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.table.step(1)
