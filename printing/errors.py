"""What can go wrong between a document and its paper."""

from __future__ import annotations

from dataclasses import dataclass

from common.errors import Refusal
from common.i18n import N_, tr


class PrintRefused(Refusal):
    """The paper cannot be made. Nothing left for the printer."""


@dataclass(eq=False)
class GlyphMissing(PrintRefused):
    """No installed font can draw these characters; they would vanish from the paper without a word."""

    characters: str
    text = N_("The printer's font has no character {characters}.")
    remedy = N_("Install the font HanaMin (package fonts-hanazono), or SimSun-ExtB on Windows, then print again.")

    def shown(self) -> dict[str, object]:
        return {"characters": " ".join(f"{char} (U+{ord(char):04X})" for char in self.characters)}


@dataclass(eq=False)
class FontNotInstalled(PrintRefused):
    """The wheel that carries the project's font is missing."""

    family: str
    text = N_("The font {family} is not installed.")
    remedy = N_("Run the set-up again.")


@dataclass(eq=False)
class NotABarcode(PrintRefused):
    """``number`` cannot stand in a barcode: it is empty, longer than 32, or has other characters than letters, digits and ``-``."""

    number: str
    text = N_("“{number}” cannot be printed as a barcode.")


@dataclass(eq=False)
class WrongMedia(PrintRefused):
    """The document is not made for this printer or its paper; ``printer`` names both."""

    document: str
    printer: str
    text = N_("{document} cannot be printed here: {printer}.")
    remedy = N_("Choose another printer in this desk's settings.")

    def shown(self) -> dict[str, object]:
        return {"document": tr(self.document), "printer": self.printer}


@dataclass(eq=False)
class UnknownCommand(PrintRefused):
    """The bytes hold something at ``offset`` that this language's interpreter does not know."""

    printer_language: str
    offset: int
    command: str
    text = N_("Unknown {printer_language} command {command} at byte {offset}.")


@dataclass(eq=False)
class NoSuchJob(PrintRefused):
    """The journal has no job of this number."""

    job_id: int
    text = N_("Print job {job_id} is not in the journal.")
    status = 404


@dataclass(eq=False)
class JobNotReady(PrintRefused):
    """The job's state does not allow the step; ``state`` is an English source string."""

    job_id: int
    state: str
    text = N_("Print job {job_id} is “{state}”, so this cannot be done now.")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"job_id": self.job_id, "state": tr(self.state)}
