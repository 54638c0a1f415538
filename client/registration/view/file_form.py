"""The form of a new or corrected patient: checked while one types, filled in by the ID number, likely duplicates shown in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from client import theme
from client.format import age_of, name_of
from client.initials import matches
from client.registration.draft import ID_LENGTH, FileDraft
from client.registration.view.allergy_input import AllergyInput
from client.registration.view.choice import Choice
from client.registration.view.patient_card import DOCUMENTS
from client.texts import text
from client.widgets.buttons import Button
from client.widgets.code_input import CodeInput
from client.widgets.form import Form, Label
from client.widgets.inputs import DateInput, TextInput
from client.widgets.table import Column
from common.domain.idcard import normalise
from common.i18n import N_, tr
from common.messages.patients import AllergyState, DocumentKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from common.messages.catalogue import Lists

PAUSE_MS: Final = 250
SEXES: Final = (("1", N_("Male")), ("2", N_("Female")), ("0", N_("sex|Unknown")), ("9", N_("sex|Not stated")))
PAYERS: Final = (("self", N_("Self-paying")), ("insured", N_("Insured")))
ALLERGY_STATES: Final = (
    (AllergyState.NOT_ASKED.value, N_("allergies|Not asked")),
    (AllergyState.NONE_KNOWN.value, N_("allergies|Denied")),
    (AllergyState.KNOWN.value, N_("allergies|Known")),
    (AllergyState.UNAVAILABLE.value, N_("allergies|Could not be asked")),
)
_TEXTS: Final = ("document_number", "name", "phone", "address", "guardian_name", "guardian_phone")


class FileForm(QWidget):
    """Writes into a :class:`FileDraft`. ``edited`` fires on every change, ``settled`` a moment after the last, ``saved`` and ``left`` by key
    or button."""

    edited = Signal()
    settled = Signal()
    saved = Signal()
    left = Signal()

    def __init__(self, today: date, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._today = today
        self.draft = FileDraft()
        self._wanted: set[str] = set()
        self.title = Label(type="section")
        self.save = Button(key="Ctrl+S", run=self.saved.emit)
        self.leave = Button(key="Esc", run=self.left.emit)
        self.form = Form(columns=2)
        self._make_fields()
        self.age = QLabel()
        self.age.setProperty("type", "secondary")
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self.settled.emit)
        self._build()
        self._connect()

    # --- building --------------------------------------------------------------------------------------------------------------

    def _make_fields(self) -> None:
        self.document_kind = Choice(DOCUMENTS)
        self.document_number = TextInput(most=30)
        self.document_number.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.name = TextInput(most=50)
        self.sex = Choice(SEXES, empty=True)
        self.birth_date = DateInput(example="1985-03-14")
        self.phone = TextInput(most=20)
        self.phone.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.address = TextInput(most=200)
        self._ethnic_groups: Sequence[Any] = ()
        self.ethnic_group = CodeInput(
            (Column(title=N_("file|Ethnic group"), text=name_of),),
            look_up=self._look_up_group,
            shown=name_of,
            key=lambda entry: entry.code,
            popup_width=200,
        )
        self.payer = Choice(PAYERS)
        self.guardian_name = TextInput(most=50)
        self.guardian_phone = TextInput(most=20)
        self.allergy_state = Choice(ALLERGY_STATES)
        self.allergies = AllergyInput()

    def _build(self) -> None:
        fields: tuple[tuple[str, QWidget, int, bool], ...] = (
            (N_("file|Document"), self.document_kind, 1, True),
            (N_("Document number"), self.document_number, 1, False),
            (N_("Name"), self.name, 1, True),
            (N_("Sex"), self.sex, 1, True),
            (N_("Birth date"), self.birth_date, 1, True),
            (N_("Phone"), self.phone, 1, False),
            (N_("file|Address"), self.address, 2, False),
            (N_("file|Ethnic group"), self.ethnic_group, 1, False),
            (N_("file|Payer"), self.payer, 1, False),
            (N_("Guardian"), self.guardian_name, 1, False),
            (N_("Guardian's phone"), self.guardian_phone, 1, False),
            (N_("Allergies"), self.allergy_state, 1, True),
            (N_("file|Substances"), self.allergies, 1, False),
        )
        for source, field, span, required in fields:
            self.form.add(source, field, span=span, required=required)
        self.allergies.field.installEventFilter(self.form)
        self._age_into_field()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.GAP, 0, 0)
        layout.setSpacing(theme.GAP)
        layout.addLayout(self._head())
        layout.addWidget(self._scrolled(), 1)

    def _age_into_field(self) -> None:
        """The age stands at the right end of the birth date."""
        inner = QHBoxLayout(self.birth_date)
        inner.setContentsMargins(0, 0, theme.GAP, 0)
        inner.addStretch(1)
        inner.addWidget(self.age)

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, theme.MARGIN, 0)
        head.setSpacing(theme.GAP)
        text(self.save.setText, N_("file|Save"))
        text(self.leave.setText, N_("file|Back"))
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.leave)
        head.addWidget(self.save)
        return head

    def _scrolled(self) -> QScrollArea:
        inside = QWidget()
        inside.setProperty("ground", "surface")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, theme.MARGIN, theme.GAP)
        column.setSpacing(theme.GAP)
        column.addWidget(self.form)
        column.addWidget(self.allergies.chips)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return area

    def _connect(self) -> None:
        for name in _TEXTS:
            field: QLineEdit = getattr(self, name)
            field.textChanged.connect(lambda typed, name=name: self._typed(name, typed))
            field.editingFinished.connect(self._check)
        self.birth_date.date_changed.connect(lambda value: self._typed("birth_date", value))
        self.document_kind.chosen.connect(lambda code: self._typed("document_kind", DocumentKind(code)))
        self.sex.chosen.connect(lambda code: self._typed("sex", code))
        self.payer.chosen.connect(lambda code: self._typed("payer", code))
        self.allergy_state.chosen.connect(lambda code: self._typed("allergy_state", AllergyState(code)))
        self.ethnic_group.chosen.connect(lambda entry: self._typed("ethnic_group", entry.code))
        self.ethnic_group.textEdited.connect(lambda typed: None if typed.strip() else self._typed("ethnic_group", ""))
        self.allergies.changed.connect(self._allergies_changed)
        self.form.finished.connect(self.saved.emit)

    def use(self, lists: Lists | None) -> None:
        """The short lists for ethnic groups and allergens."""
        if lists is not None:
            self._ethnic_groups = lists.ethnic_groups
            self.allergies.use(lists.allergens)

    def _look_up_group(self, typed: str, show: Callable[[Sequence[Any]], None]) -> None:
        found = [
            each
            for each in self._ethnic_groups
            if each.code == typed or max(matches(typed, each.name_zh), matches(typed, each.name_en)) >= 2
        ]
        show(found)

    # --- what is typed ---------------------------------------------------------------------------------------------------------

    def _typed(self, name: str, value: object) -> None:
        setattr(self.draft, name, value)
        if name == "document_number" and len(normalise(str(value))) == ID_LENGTH and self.draft.take_identity(self._today):
            self._show_identity()
        self._after_edit()

    def _allergies_changed(self) -> None:
        self.draft.allergies = self.allergies.allergies()
        if self.draft.allergies and self.draft.allergy_state is not AllergyState.KNOWN:
            self.draft.allergy_state = AllergyState.KNOWN
            self.allergy_state.set_code(AllergyState.KNOWN.value)
        self._after_edit()

    def _after_edit(self) -> None:
        self._say_age()
        self._show_guardian()
        self.document_number.setEnabled(self.draft.document_kind is not DocumentKind.NONE)
        self._check()
        self._pause.start()
        self.edited.emit()

    def _show_identity(self) -> None:
        with QSignalBlocker(self.birth_date):
            self.birth_date.set_date(self.draft.birth_date)
        self.sex.set_code(self.draft.sex)

    def _show_guardian(self) -> None:
        """The guardian's row is there for children, and where one is named already."""
        draft = self.draft
        wanted = draft.needs_guardian(self._today) or bool(draft.guardian_name or draft.guardian_phone)
        grid = self.form.layout()
        assert isinstance(grid, QGridLayout)
        for field in (self.guardian_name, self.guardian_phone):
            found: Any = grid.getItemPosition(grid.indexOf(field))
            row, column = found[:2]
            for place in (row - 1, row, row + 1):
                item = grid.itemAtPosition(place, column)
                widget = item.widget() if item is not None else None
                if widget is not None:
                    widget.setVisible(wanted)

    def _say_age(self) -> None:
        born = self.draft.birth_date
        self.age.setText(age_of(born, self._today) if born is not None and born <= self._today else "")

    def _check(self) -> None:
        wanted = {name: reason for name, reason in self.draft.missing(self._today).items() if name in self._wanted}
        self._mark(wanted | self.draft.wrongs(self._today), spare_typing=True)

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def show_draft(self, draft: FileDraft) -> None:
        """Show a draft and go to the first field that wants something."""
        self.draft = draft
        self._pause.stop()
        self._wanted = set()
        self._fill()
        self.form.clear_wrongs()
        self.retranslate()
        self._check()
        self.first_missing().setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill(self) -> None:
        draft = self.draft
        for name in _TEXTS:
            field: QLineEdit = getattr(self, name)
            with QSignalBlocker(field):
                field.setText(getattr(draft, name))
                field.setCursorPosition(0)
        with QSignalBlocker(self.birth_date):
            self.birth_date.set_date(draft.birth_date)
        for choice, code in (
            (self.document_kind, draft.document_kind.value),
            (self.sex, draft.sex),
            (self.payer, draft.payer),
            (self.allergy_state, draft.allergy_state.value),
        ):
            choice.set_code(code)
        self.ethnic_group.set_entry(next((each for each in self._ethnic_groups if each.code == draft.ethnic_group), None))
        self.allergies.set_allergies(draft.allergies)
        self._say_age()
        self._show_guardian()
        self.document_number.setEnabled(draft.document_kind is not DocumentKind.NONE)

    def first_missing(self) -> QWidget:
        """The first field that still wants something; the number first."""
        missing = self.draft.missing(self._today)
        names = ("document_number", "name", "sex", "birth_date", "guardian_name", "allergies")
        return next((getattr(self, name) for name in names if name in missing), self.phone)

    def mark(self, wrongs: dict[str, str]) -> None:
        """Mark what stood in the way of saving; each mark goes when its field is right."""
        self._wanted = set(wrongs)
        self._mark(wrongs)

    def _mark(self, wrongs: dict[str, str], *, spare_typing: bool = False) -> None:
        """``spare_typing``: a phone that is still being typed is too short at first, and that is no mistake yet."""
        for name in ("document_number", "name", "sex", "birth_date", "phone", "guardian_name", "guardian_phone", "allergies"):
            field: QWidget = getattr(self, name)
            reason = wrongs.get(name, "")
            if spare_typing and name in ("phone", "guardian_phone", "name") and field.hasFocus() and name not in self._wanted:
                reason = ""
            self.form.wrong(field, tr(reason) if reason else "")

    def show_saving(self, saving: bool) -> None:
        """Whether the file is on its way."""
        self.save.setEnabled(not saving)

    def retranslate(self) -> None:
        """Say the title and the marks in the current language."""
        self.title.setText(tr("New file") if self.draft.is_new else tr("Correct file"))
        self._say_age()
        self._check()
