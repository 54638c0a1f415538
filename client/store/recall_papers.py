"""The list of a recall on paper: the service counts the copy, then it goes to the printer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from common.i18n import tr
from common.messages.recalls import PrintRecallList
from common.wire import new_request_id
from printing.documents.base import Copy
from printing.documents.recall_list import RecallSheet

if TYPE_CHECKING:
    from datetime import tzinfo

    from client.store.view.desk import StoreDesk
    from common.messages.recalls import RecallCopy


def recall_sheet(counted: RecallCopy, zone: tzinfo | None) -> RecallSheet:
    """召回通知单: every patient with phone, and room for what they say; times are the clinic's."""
    recall = msgspec.structs.replace(
        counted.recall,
        at=counted.recall.at.astimezone(zone),
        deadline=counted.recall.deadline.astimezone(zone),
        closed_at=counted.recall.closed_at.astimezone(zone) if counted.recall.closed_at else None,
    )
    patients = tuple(
        msgspec.structs.replace(
            patient, at=patient.at.astimezone(zone), called_at=patient.called_at.astimezone(zone) if patient.called_at else None
        )
        for patient in counted.patients
    )
    at = counted.at.astimezone(zone)
    return RecallSheet(
        clinic=counted.clinic, copy=Copy(number=counted.copy, at=at, by=counted.by), printed_at=at, recall=recall, patients=patients
    )


def print_recall(desk: StoreDesk, recall_id: int) -> None:
    """Print a recall with all of its patients."""
    request_id = new_request_id()

    def counted(copy: RecallCopy) -> None:
        desk.place.paper.print(recall_sheet(copy, desk.place.now().tzinfo), "a5", request_id)
        desk.tell(tr("recall|{number} is printed: {n} patients.", number=copy.recall.number, n=len(copy.patients)))

    desk.send(PrintRecallList(recall_id=recall_id), counted, request_id=request_id, key=f"print recall {recall_id}")
