"""Pictures of windows, for the guides, the demonstration and for looking at one's own work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from pathlib import Path


def render(widget: QWidget, file: Path, *, size: tuple[int, int] | None = None, scale: float = 1.0) -> None:
    """Write ``widget`` as PNG, at ``size`` (logical px) and ``scale`` (1.0 to 2.0), with what hangs open above it.

    Works on any platform plugin, also offscreen. Raises ``OSError`` if the file cannot be written.
    """
    image = picture(widget, size=size, scale=scale)
    file.parent.mkdir(parents=True, exist_ok=True)
    if not image.save(str(file)):
        raise OSError(f"cannot write {file}")


def picture(widget: QWidget, *, size: tuple[int, int] | None = None, scale: float = 1.0) -> QImage:
    """The picture itself."""
    if size is not None:
        widget.resize(*size)
    if not widget.isVisible():
        widget.show()
    settle()
    extent = widget.size()
    image = QImage(QSize(round(extent.width() * scale), round(extent.height() * scale)), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    painter = QPainter(image)
    widget.render(painter, QPoint(0, 0))
    for popup in _above(widget):
        popup.render(painter, widget.mapFromGlobal(popup.pos()))
    painter.end()
    return image


def settle() -> None:
    """Let layouts, paints and queued answers happen."""
    for _ in range(3):
        QCoreApplication.sendPostedEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()


def _above(widget: QWidget) -> list[QWidget]:
    """Popups that belong to the window: lists of fields, tooltips."""
    return [top for top in QApplication.topLevelWidgets() if top is not widget and top.isVisible() and _belongs(top, widget)]


def _belongs(top: QWidget, window: QWidget) -> bool:
    parent = top.parentWidget()
    return parent is not None and parent.window() is window
