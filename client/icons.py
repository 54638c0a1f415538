"""Our own icons: as few strokes as will do, on a 24 × 24 grid, drawn in the theme's colours while they are painted."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap

from client import theme

_STROKES: Final = {
    "register": '<circle cx="9" cy="8" r="3.5"/><path d="M3 20c0-4 2.5-6 6-6s6 2 6 6M18 7v6M15 10h6"/>',
    "doctor": '<path d="M6 3v6a4 4 0 0 0 8 0V3M10 13v3a5 5 0 0 0 9 2.5V15"/><circle cx="19" cy="13" r="2"/>',
    "cashier": '<rect x="3" y="6" width="18" height="12" rx="2"/><circle cx="12" cy="12" r="2.6"/><path d="M6.5 9.5v5M17.5 9.5v5"/>',
    "refunds": '<path d="M8 5L4 9l4 4M4 9h9.500a5.500 5.500 0 0 1 0 11H7"/>',
    "pharmacy": '<path d="M5.3 12.7l6.4-6.4a4 4 0 0 1 5.7 5.7l-6.4 6.4a4 4 0 0 1-5.7-5.7zM8.6 9.4l5.7 5.7"/>',
    "windows": '<path d="M4 20V5h16v15M4 13h16M12 5v8M8.500 16.500h7"/>',
    "store": '<path d="M3.500 9L12 4l8.500 5v11h-17zM7.500 20v-7h9v7M7.500 16.500h9"/>',
    "closing": '<rect x="3" y="9" width="18" height="11" rx="2"/><path d="M6 9V4h12v5M9 6.500h6M3 14h18M10.500 14v2h3v-2"/>',
    "accounts": '<path d="M4 7.500c0-1.400 1-2.500 2.500-2.500H18v4M4 7.500V17a2 2 0 0 0 2 2h14V9H6a2 2 0 0 1-2-1.500z"/>'
    '<path d="M20 12.500h-4a1.500 1.500 0 0 0 0 3h4"/>',
    "finance": '<path d="M4 20V4M4 20h16M8.5 16.500v-4M12.500 16.500V8M16.500 16.500v-6.500"/>',
    "invoices": '<path d="M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6M9 15.500h3"/>',
    "insurance": '<path d="M12 3l7.500 3v5.500c0 4.500-3 7.700-7.500 9.500-4.500-1.800-7.500-5-7.500-9.500V6zM12 8.500v7M8.500 12h7"/>',
    "desk": '<rect x="3" y="4" width="18" height="12" rx="2"/><path d="M9 20h6M12 16v4"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6"/><path d="M15 15l5.5 5.5"/>',
    "lock": '<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>',
    "person": '<circle cx="12" cy="8" r="3.5"/><path d="M5 20c0-4 3-6 7-6s7 2 7 6"/>',
    "pair": '<path d="M10 14l4-4M9 8l2-2a4 4 0 0 1 6 6l-2 2M15 16l-2 2a4 4 0 0 1-6-6l2-2"/>',
    "printer": '<path d="M7 9V4h10v5M7 17H4v-8h16v8h-3"/><path d="M7 14h10v6H7z"/>',
    "help": '<circle cx="12" cy="12" r="8.5"/><path d="M9.6 9.5a2.5 2.5 0 1 1 3.4 2.6c-.7.3-1 .8-1 1.6M12 16.6v.2"/>',
}
_APRICOT: Final = (
    '<path d="M12 21c-5 0-8-3.4-8-7.4C4 9.600 7 7 11 7c5.600 0 9 2.800 9 6.800C20 17.800 17 21 12 21z" fill="{brand}" stroke="none"/>'
    '<path d="M12.400 7.400c-2.600 3.600-2.600 8.600-.4 13.200" fill="none" stroke="{ground}" stroke-width="1.300"/>'
    '<path d="M12 7.200C12.400 4.400 14.800 2.600 18.400 3c-.4 3-2.800 4.600-6.400 4.200z" fill="{leaf}" stroke="none"/>'
)
_FRAME: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="{ink}" '
    'stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">{strokes}</svg>'
)


class _Engine(QIconEngine):
    """Draws when asked, so that an icon is right in every theme, at every size and on every screen."""

    def __init__(self, name: str, colour: str) -> None:
        super().__init__()
        self._name = name
        self._colour = colour

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._colour)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:  # noqa: ARG002 - Qt's signature
        look = theme.now()
        ink = look.secondary if mode is QIcon.Mode.Disabled else str(getattr(look, self._colour))
        draw(painter, rect.toRectF(), self._name, ink)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        made = QPixmap(size)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return made


def icon(name: str, colour: str = "text") -> QIcon:
    """The icon ``name`` in a colour of the theme (a field of :class:`client.theme.Theme`)."""
    return QIcon(_Engine(name, colour))


def draw(painter: QPainter, box: QRectF, name: str, ink: str) -> None:
    """Draw an icon into ``box``; ``brand`` is the apricot in its own colours."""
    from PySide6.QtSvg import QSvgRenderer

    look = theme.now()
    strokes = _APRICOT.format(brand=look.brand, ground=look.surface, leaf=look.primary) if name == "brand" else _STROKES[name]
    QSvgRenderer(QByteArray(_FRAME.format(ink=ink, strokes=strokes).encode())).render(painter, box)


def names() -> list[str]:
    """Every icon there is."""
    return sorted([*_STROKES, "brand"])
