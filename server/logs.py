"""Structured logs: one JSON object a line on standard error. What is logged is chosen so that no patient's name, number or phone is in it;
as a second lock, anything that looks like an ID number or a mobile phone is masked."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Final

_ID_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
_PHONE: Final = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_VALUES: Final = re.compile(r"(DETAIL|CONTEXT|Failing row contains).*", re.DOTALL)


def masked(text: str) -> str:
    """``text`` without ID numbers, mobile phones and the rows that PostgreSQL quotes in its errors."""
    return _VALUES.sub("…", _PHONE.sub("1**********", _ID_NUMBER.sub("*" * 18, text)))


class JsonLines(logging.Formatter):
    """A record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Time (UTC), level, where from, what, and the trace of an exception."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "from": record.name,
            "text": masked(record.getMessage()),
        }
        if record.exc_info:
            line["trace"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def set_up(level: str) -> None:
    """Send all logs there."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("uvicorn.error").setLevel("WARNING" if level == "INFO" else level)
