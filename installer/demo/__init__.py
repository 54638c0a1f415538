"""``xinglin demo``: the sample clinic, with its windows on the screen or, headless, with whole visits led through them."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from common.i18n import LANGUAGES, current_language, set_language, tr
from installer.terminal import SetUpStopped, complain, has_display, say


def options(argv: list[str]) -> argparse.Namespace:
    """The command's own options."""
    parser = argparse.ArgumentParser(prog="xinglin demo", description=tr("Open the sample clinic."))
    parser.add_argument(
        "--headless", action="store_true", help=tr("no windows on the screen: lead whole visits through them and write what happens")
    )
    parser.add_argument(
        "--out", type=Path, default=Path("demo-out"), metavar="DIR", help=tr("where to write visits.json, pictures and papers")
    )
    parser.add_argument("--patients", type=int, default=3, metavar="N", help=tr("how many invented patients"))
    parser.add_argument("--seed", type=int, default=1, metavar="S", help=tr("the same seed gives the same patients"))
    parser.add_argument("--people", type=Path, metavar="FILE", help=tr("take the patients from this CSV file instead"))
    parser.add_argument("--lang", choices=LANGUAGES, default="", help=tr("language of the windows"))
    given = parser.parse_args(argv)
    if given.patients < 1 or given.patients > 500:
        parser.error(tr("--patients: 1 to 500"))
    return given


def main(argv: list[str]) -> int:
    """0 when every patient went through, or the windows were closed; 1 when somebody got stuck."""
    given = options(argv)
    set_language(given.lang or current_language())
    if not (given.headless or has_display()):
        say(tr("There is no display, so the visits are led without one; they are written to {folder}.", folder=given.out.resolve()))
    if given.headless or not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        return _headless(given)
    from installer.demo.windows import open_windows

    return open_windows()


def _headless(given: argparse.Namespace) -> int:
    import msgspec

    from installer.demo.clinic import demo_clinic, demo_home
    from installer.demo.people import invented_people, read_people
    from installer.demo.windows import application
    from server.importing.problems import FileRefused

    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    try:
        people = read_people(given.people, today) if given.people else (invented_people(given.patients, given.seed, today), [])
    except FileRefused as refused:
        raise SetUpStopped(str(refused)) from None
    walkers, refused_rows = people
    for row in refused_rows:
        complain(tr("Line {line} refused: {reason}", line=row.line, reason=row.reason))
    given.out.mkdir(parents=True, exist_ok=True)
    with demo_clinic(fresh=True, capacity=max(60, len(walkers) + 5)) as clinic, demo_home(temporary=True) as folder:
        _silence_offscreen()
        application()
        from installer.demo.walk import walk_all

        walk, smooth = walk_all(clinic, walkers, refused_rows, given.out, folder, today, given.seed)
    (given.out / "visits.json").write_bytes(msgspec.json.format(msgspec.json.encode(walk), indent=2))
    say(
        tr("{visits} visits, {refused} refused: {file}", visits=len(walk.visits), refused=len(walk.refused), file=given.out / "visits.json")
    )
    return 0 if smooth else 1


def _silence_offscreen() -> None:
    """Without a screen Qt complains at every window that it cannot be raised; nothing else of what it says is kept back."""
    from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

    def tell(_kind: QtMsgType, _where: QMessageLogContext, said: str) -> None:
        if not said.startswith("This plugin does not support"):
            complain(said)

    qInstallMessageHandler(tell)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
