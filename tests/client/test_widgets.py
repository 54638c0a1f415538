"""Fields and tables: what people type, where the focus goes, what stays where it is."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from client import capture, texts, theme
from client.widgets.choice import Choice
from client.widgets.code_input import CodeInput
from client.widgets.form import Form
from client.widgets.inputs import DateInput, MoneyInput, TextInput, parse_date
from client.widgets.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

NUMBERS = (Column(title="Name", text=str, strong=True), Column(title="Close", text=lambda n: f"{n}.00", width=80, align="right"))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("19850314", date(1985, 3, 14)),
        ("1985-3-14", date(1985, 3, 14)),
        ("1985年3月14日", date(1985, 3, 14)),
        ("1985.03.14", date(1985, 3, 14)),
        ("19850230", None),
        ("85-3-14", None),
        ("", None),
    ],
)
def test_a_date_as_people_type_it(typed: str, found: date | None) -> None:
    assert parse_date(typed) == found


def test_a_date_is_written_out_when_the_field_is_left(app: QApplication, qtbot: QtBot) -> None:
    box, field, other = QWidget(), DateInput(), TextInput()
    _in(box, field, other)
    qtbot.addWidget(box)
    _open(box)
    field.setFocus()
    QTest.keyClicks(field, "19850314")
    other.setFocus()
    assert field.text() == "1985-03-14"
    assert field.date() == date(1985, 3, 14)


def test_money_is_typed_in_yuan_and_read_in_fen(app: QApplication, qtbot: QtBot) -> None:
    field = MoneyInput()
    qtbot.addWidget(field)
    heard: list[int | None] = []
    field.fen_changed.connect(heard.append)
    QTest.keyClicks(field, "1a2x.5")
    assert field.text() == "12.5"
    assert field.fen() == 1250
    assert heard[-1] == 1250
    field.set_fen(123450)
    assert field.text() == "1,234.50"
    field.setText("1.234")
    assert field.fen() is None
    assert field.alignment() & Qt.AlignmentFlag.AlignRight


def test_enter_goes_to_the_next_field_and_ends_the_form(app: QApplication, qtbot: QtBot) -> None:
    form, first, hidden, last, prose = Form(columns=2), TextInput(), TextInput(), TextInput(), QPlainTextEdit()
    for title, field in (("Key", first), ("Close", hidden), ("Keys", prose), ("Help", last)):
        form.add(title, field)
    hidden.setEnabled(False)
    finished: list[bool] = []
    form.finished.connect(lambda: finished.append(True))
    qtbot.addWidget(form)
    _open(form)
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Return)
    assert prose.hasFocus(), "a disabled field is passed over"
    QTest.keyClick(prose, Qt.Key.Key_Return)
    assert prose.hasFocus(), "text of several lines keeps its Enter"
    last.setFocus()
    QTest.keyClick(last, Qt.Key.Key_Enter)
    assert finished == [True]


def test_a_wrong_field_is_marked_and_says_why(app: QApplication, qtbot: QtBot) -> None:
    form, field = Form(), TextInput()
    form.add("Key", field, required=True)
    qtbot.addWidget(form)
    form.wrong(field, "太短")
    assert field.property("wrong") is True
    form.clear_wrongs()
    assert field.property("wrong") is False


@pytest.fixture
def table(app: QApplication, qtbot: QtBot) -> Table:
    made = Table(NUMBERS, key=lambda number: number, empty="No action has this name.")
    made.resize(300, 200)
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_first_fitting_row_is_selected(app: QApplication, qtbot: QtBot) -> None:
    table = Table(NUMBERS, key=lambda number: number, fits=lambda number: number > 3)
    qtbot.addWidget(table)
    table.set_rows([1, 2, 5, 7])
    assert table.current() == 5


def test_a_refresh_keeps_row_and_place(table: Table) -> None:
    table.set_rows(list(range(100)))
    table.select(50)
    capture.settle()
    place = table.verticalScrollBar().value()
    moved: list[Any] = []
    table.moved.connect(moved.append)
    table.set_rows([*range(100), 100])
    assert table.current() == 50
    assert table.verticalScrollBar().value() == place
    assert moved == [], "the hand did not move"
    table.set_rows([number for number in range(101) if number != 50])
    assert table.current() == 0
    table.set_rows([])
    assert table.current() is None


def test_enter_chooses_and_a_copy_has_all_rows(table: Table, app: QApplication) -> None:
    chosen: list[int] = []
    table.chosen.connect(chosen.append)
    table.set_rows([1, 2])
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert chosen == [2]
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert app.clipboard().text() == "姓名\t关闭\n1\t1.00\n2\t2.00"


def test_a_long_list_is_virtual(table: Table) -> None:
    asked: list[int] = []

    def text(number: int) -> str:
        asked.append(number)
        return str(number)

    long = Table((Column(title="Key", text=text),), key=lambda number: number)
    long.resize(300, 200)
    long.show()
    long.set_rows(list(range(50_000)))
    capture.settle()
    assert 0 < len(set(asked)) < 100
    long.close()


class Codes:
    """A look-up that answers when it is told to."""

    def __init__(self, *, late: bool = False) -> None:
        self.late = late
        self.waiting: list[Callable[[], None]] = []

    def look_up(self, text: str, show: Callable[[Sequence[str]], None]) -> None:
        found = [code for code in ("qd", "bid", "tid", "qid") if text in code]
        if self.late:
            self.waiting.append(lambda: show(found))
        else:
            show(found)


def code_input(qtbot: QtBot, codes: Codes) -> tuple[QWidget, CodeInput]:
    box = QWidget()
    field = CodeInput((Column(title="Key", text=str),), look_up=codes.look_up, shown=str.upper, key=str)
    _in(box, field, TextInput())
    qtbot.addWidget(box)
    _open(box)
    field.setFocus()
    return box, field


def test_a_code_is_found_and_taken_by_enter(app: QApplication, qtbot: QtBot) -> None:
    _box, field = code_input(qtbot, Codes())
    chosen: list[str] = []
    field.chosen.connect(chosen.append)
    QTest.keyClicks(field, "id")
    qtbot.waitUntil(lambda: field._popup.isVisible(), timeout=10_000)
    QTest.keyClick(field, Qt.Key.Key_Down)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert chosen == ["tid"]
    assert (field.entry(), field.text()) == ("tid", "TID")
    assert not field._popup.isVisible()
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    assert field.entry() is None, "a changed text is no entry any more"


def test_enter_waits_for_the_answer_and_escape_keeps_what_was_typed(app: QApplication, qtbot: QtBot) -> None:
    codes = Codes(late=True)
    _box, field = code_input(qtbot, codes)
    QTest.keyClicks(field, "qi")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.entry() is None
    qtbot.waitUntil(lambda: bool(codes.waiting), timeout=10_000)
    codes.waiting[-1]()
    assert field.entry() == "qid"
    codes.late = False
    field.clear()
    QTest.keyClicks(field, "bi")
    qtbot.waitUntil(lambda: field._popup.isVisible(), timeout=10_000)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not field._popup.isVisible()
    assert field.text() == "bi"


def _open(window: QWidget) -> None:
    window.show()
    window.activateWindow()
    capture.settle()


def _in(box: QWidget, *widgets: QWidget) -> None:
    layout = QVBoxLayout(box)
    for widget in widgets:
        layout.addWidget(widget)


def test_headings_are_passed_over_and_never_chosen(app: QApplication, qtbot: QtBot) -> None:
    rows = ["内科", "a", "b", "外科", "c"]
    table = Table(NUMBERS, key=lambda row: row, heading=lambda row: row if len(row) > 1 else "", dim=lambda row: row == "b")
    qtbot.addWidget(table)
    _open(table)
    chosen: list[object] = []
    table.chosen.connect(chosen.append)
    table.set_rows(rows)
    assert table.current() == "a", "the first fitting row is no heading"
    table.setFocus()
    for expected in ("b", "c"):
        QTest.keyClick(table, Qt.Key.Key_Down)
        assert table.current() == expected
    for expected in ("b", "a", "a"):
        table.step(-1)
        assert table.current() == expected
    assert not table.select("外科")
    assert table.columnSpan(3, 0) == len(NUMBERS)
    assert table.columnSpan(1, 0) == 1
    heading = table.visualRect(table.rows_model.index(0, 0)).center()
    QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=heading)
    assert chosen == []
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert chosen == ["a"]


def test_keys_typed_while_enter_waits_go_where_the_focus_goes(app: QApplication, qtbot: QtBot) -> None:
    shows: list[Callable[[Sequence[Any]], None]] = []
    box, other = QWidget(), TextInput()
    field = CodeInput(NUMBERS, look_up=lambda _typed, show: shows.append(show), shown=str, key=str)
    _in(box, field, other)
    qtbot.addWidget(box)
    _open(box)
    field.chosen.connect(lambda _entry: other.setFocus())
    after: list[str] = []
    painted: list[str] = []
    field.painted.connect(lambda typed, _ns: painted.append(typed))
    field.setFocus()
    QTest.keyClicks(field, "am")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClicks(field, "3x")
    field.in_turn(lambda: after.append(other.text()))
    assert field.holding()
    assert field.text() == "am"
    qtbot.waitUntil(lambda: bool(shows), timeout=10_000)
    shows[-1](["amoxicillin"])
    assert field.entry() == "amoxicillin"
    assert other.text() == "3x"
    assert after == ["3x"], "in the order in which it was asked for"
    assert not field.holding()
    field.setFocus()
    QTest.keyClicks(field, "b")
    qtbot.waitUntil(lambda: len(shows) == 2, timeout=10_000)
    shows[-1](["b1", "b2"])
    qtbot.waitUntil(lambda: painted == ["b"], timeout=10_000)


def test_keys_are_let_go_when_no_answer_comes(app: QApplication, qtbot: QtBot) -> None:
    field = CodeInput(NUMBERS, look_up=lambda _typed, _show: None, shown=str, key=str)
    box = QWidget()
    _in(box, field)
    qtbot.addWidget(box)
    _open(box)
    field.setFocus()
    QTest.keyClicks(field, "am")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClicks(field, "o")
    field._patience.setInterval(1)
    field._patience.start()
    qtbot.waitUntil(lambda: field.text() == "amo", timeout=10_000)
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClicks(field, "z")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not field.holding()
    assert field.text() == "amo", "Esc takes back what was not carried out"


def test_the_popup_goes_with_its_window(app: QApplication, qtbot: QtBot) -> None:
    field = CodeInput(NUMBERS, look_up=lambda _typed, show: show(["a"]), shown=str, key=str, opens=True)
    box = QWidget()
    _in(box, TextInput(), field)
    qtbot.addWidget(box)
    _open(box)
    field.setFocus()
    qtbot.waitUntil(field.popup_open, timeout=10_000)
    field.move(field.x() + 3, field.y())
    assert field.popup_open(), "a new layout is no reason to go"
    box.move(box.x() + 20, box.y())
    capture.settle()
    assert not field.popup_open()


def test_a_choice_is_made_by_arrows_digits_and_pointer(app: QApplication, qtbot: QtBot) -> None:
    choice = Choice([("1", "Male"), ("2", "Female"), ("9", "sex|Not stated")])
    qtbot.addWidget(choice)
    _open(choice)
    heard: list[str] = []
    choice.chosen.connect(heard.append)
    choice.setFocus()
    QTest.keyClick(choice, Qt.Key.Key_Right)
    QTest.keyClick(choice, Qt.Key.Key_3)
    QTest.keyClick(choice, Qt.Key.Key_Right)
    QTest.keyClick(choice, Qt.Key.Key_Left)
    QTest.mouseClick(choice, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert heard == ["2", "9", "2", "1"]
    choice.set_code("9")
    assert choice.code() == "9"
    assert heard[-1] == "1", "the program's own choice is not a person's"
    choice.resize(60, 40)
    capture.settle()
    assert choice.height() > 3 * 32, "what does not fit goes on below"


def test_words_that_grow_with_the_language_stay_in_one_row(app: QApplication, qtbot: QtBot) -> None:
    window, choice = QWidget(), Choice((("", "invoices|All"), ("REPRINTED", "invoices|Reprinted"), ("REVERSED", "invoices|Reversed")))
    qtbot.addWidget(window)
    choice.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    row = QHBoxLayout(window)
    row.addWidget(choice)
    row.addStretch(1)
    window.resize(900, 80)
    _open(window)
    narrow, height = choice.width(), choice.height()
    texts.speak("en")
    capture.settle()
    assert choice.width() > narrow
    assert choice.height() == height


def test_home_and_end_go_to_the_first_and_last_row(app: QApplication, qtbot: QtBot) -> None:
    table = Table(NUMBERS, key=lambda row: row, heading=lambda row: row if len(row) > 1 else "")
    qtbot.addWidget(table)
    _open(table)
    table.set_rows(["内科", "a", "b", "c", "外科"])
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_End)
    assert table.current() == "c", "headings are passed over"
    QTest.keyClick(table, Qt.Key.Key_Home)
    assert table.current() == "a"


def test_a_list_without_titles_has_no_header(app: QApplication, qtbot: QtBot) -> None:
    words, named = Table((Column(title="", text=str),), key=str), Table(NUMBERS, key=str)
    for table in (words, named):
        qtbot.addWidget(table)
    assert words.horizontalHeader().isHidden()
    assert not named.horizontalHeader().isHidden()


def test_what_matches_nothing_is_said_and_typed_anew(app: QApplication, qtbot: QtBot) -> None:
    codes = Codes(late=True)
    box, field = code_input(qtbot, codes)
    other = box.findChild(TextInput)
    assert other is not None
    QTest.keyClicks(field, "xy")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClicks(field, "3")
    qtbot.waitUntil(lambda: bool(codes.waiting), timeout=10_000)
    codes.waiting[-1]()
    assert (field.text(), other.text()) == ("xy", ""), "what was typed for the next field goes nowhere"
    assert field._popup.isVisible()
    assert "xy" in field._popup.note.text()
    codes.late = False
    QTest.keyClicks(field, "b")
    assert field.text() == "b", "the next key begins anew"
    qtbot.waitUntil(lambda: field._popup.list.rows() == ["bid"], timeout=10_000)
    assert field._popup.note.isHidden()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.entry() == "bid"


def test_a_badge_stands_at_the_side_of_its_column(app: QApplication, qtbot: QtBot) -> None:
    inks = []
    for align in ("left", "right"):
        table = Table((Column(title="left", text=str, width=200, align=align, tone=lambda _row: "danger"),), key=str)
        qtbot.addWidget(table)
        table.resize(220, 90)
        _open(table)
        table.set_rows(["2"])
        picture = capture.picture(table)
        y = table.horizontalHeader().height() + table.rowHeight(0) // 2
        ground = theme.now().tone("danger").ground.lower()
        inks.append([x for x in range(200) if picture.pixelColor(x, y).name() == ground])
    assert max(inks[0]) < 100 < min(inks[1])
