"""Texts that follow the language while the program runs."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit

from client.texts import bind, speak, text
from common.i18n import CHINESE, ENGLISH

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication


def test_a_bound_text_changes_and_what_was_typed_does_not(app: QApplication) -> None:
    label, field = QLabel(), QLineEdit("张三")
    text(label.setText, "Find patient")
    text(field.setPlaceholderText, "Password")
    assert label.text() == "找患者"
    speak(ENGLISH)
    assert (label.text(), field.placeholderText(), field.text()) == ("Find patient", "Password", "张三")
    speak(CHINESE)
    assert (label.text(), field.placeholderText()) == ("找患者", "密码")


def test_fields_are_asked_each_time(app: QApplication) -> None:
    label, amount = QLabel(), ["¥1.00"]
    text(label.setText, "Unpaid {amount}", amount=lambda: amount[0])
    amount[0] = "¥2.00"
    speak(ENGLISH)
    assert label.text() == "Unpaid ¥2.00"


def test_a_second_text_takes_the_place_of_the_first(app: QApplication) -> None:
    label = QLabel()
    text(label.setText, "Sign in")
    text(label.setText, "Signing in …")
    speak(ENGLISH)
    assert label.text() == "Signing in …"


def test_a_widget_that_is_gone_is_forgotten(app: QApplication) -> None:
    from client import texts

    label, calls = QLabel(), []
    bind(label, lambda _label: calls.append(1))
    del label
    gc.collect()
    speak(ENGLISH)
    assert calls == [1]
    destroyed = QLabel()
    bind(destroyed, lambda target: target.setText("x"))
    destroyed.deleteLater()
    app.processEvents()
    app.sendPostedEvents(None, 52)
    speak(CHINESE)
    assert texts.signals() is not None


def test_only_methods_of_widgets_can_be_bound(app: QApplication) -> None:
    with pytest.raises(TypeError):
        text(print, "Sign in")
