"""Columns that go where there is no room: on a small screen a table shows fewer of them, and none of them is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QResizeEvent

from client import texts
from common.i18n import CHINESE, current_language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.widgets.table import Column, Table


class Fitting(QObject):
    """Watches a table with one column that shares what is left over, of at least ``least`` px, in English ``least_english``.

    ``first_to_go`` are the places of the others that may be left out, the one that matters least first.
    """

    def __init__(self, table: Table, *, least: int, first_to_go: Sequence[int], least_english: int = 0) -> None:
        super().__init__(table)
        self._table = table
        self._columns = table.rows_model.columns
        self._least, self._least_english = least, least_english or least
        self._first_to_go = [self._columns[place] for place in first_to_go]
        table.viewport().installEventFilter(self)
        texts.signals().changed.connect(self._language_changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(event, QResizeEvent):
            self._fit(event.size().width())
        return super().eventFilter(watched, event)

    def _language_changed(self, _language: str) -> None:
        self._fit(self._table.viewport().width())

    def _fit(self, width: int) -> None:
        kept = self._that_fit(width)
        if kept != self._table.rows_model.columns:
            show_columns(self._table, kept, width)

    def _that_fit(self, width: int) -> tuple[Column, ...]:
        least = self._least if current_language() == CHINESE else self._least_english
        kept = list(self._columns)
        for column in self._first_to_go:
            if sum(each.width for each in kept) + least <= width:
                break
            kept.remove(column)
        return tuple(kept)


def show_columns(table: Table, columns: tuple[Column, ...], width: int) -> None:
    """Other columns over the same rows, in a table of ``width``; the row that is current stays so."""
    model = table.rows_model
    rows, current = table.rows(), table.currentIndex().row()
    table.blockSignals(True)
    model.beginResetModel()
    model.columns = columns
    model.endResetModel()
    table.set_rows(rows)
    table.setCurrentIndex(model.index(current, 0))
    table.blockSignals(False)
    shared = width - sum(each.width for each in columns)
    for place, column in enumerate(columns):
        table.setColumnWidth(place, column.width or shared)
