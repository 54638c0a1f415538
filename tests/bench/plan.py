"""The floor of a request: its very statements as straight-line code on raw psycopg, without any layer of ours.

Written from traces (:mod:`tests.bench.trace`) of several requests of one kind with different values. A parameter that was the same in all of
them is a constant; any other is looked for in the request and in the rows of earlier statements, as it stands, multiplied, or within a longer
text. So the floor follows the service's statements by itself when those change. A value that the service computed (an amount) and that is
found nowhere stays what it was in the first trace: it costs the database the same.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec
from psycopg.types.json import Jsonb

from common.wire import encode, wire_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.bench.trace import Step, Trace


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A request's floor: source of ``floor(c, q, body, rid, now)``, the values it uses by name, and what stayed as it was traced."""

    name: str
    source: str
    values: dict[str, Any]
    as_traced: list[str]

    def compiled(self) -> Callable[..., bytes]:
        """The function: connection, decoded request, its body, request id, the time → the reply's body."""
        scope: dict[str, Any] = {"encode": encode, "Jsonb": Jsonb, "sha256": hashlib.sha256, **self.values}
        exec(compile(self.source, f"<floor of {self.name}>", "exec"), scope)
        function: Callable[..., bytes] = scope["floor"]
        return function


def plan_of(traces: Sequence[Trace]) -> Plan:
    """The floor of the traced kind. Raises ``ValueError`` if the traces do not run the same statements.

    A query may look once more where the first look did not bring enough, as a search does whose rows are twice the same patient's: its floor is
    what most of them run.
    """
    if not type(traces[0].request).writes:
        usual, often = Counter(tuple(step.sql for step in trace.steps) for trace in traces).most_common(1)[0]
        if often * 2 > len(traces):
            traces = [trace for trace in traces if tuple(step.sql for step in trace.steps) == usual]
    return _Writer(traces).plan()


class _Writer:
    """Writes one plan."""

    def __init__(self, traces: Sequence[Trace]) -> None:
        self.traces = traces
        self.values: dict[str, Any] = {}
        self.as_traced: list[str] = []
        self.name = wire_name(type(traces[0].request))
        self.writes = type(traces[0].request).writes
        statements = [[step.sql for step in trace.steps] for trace in traces]
        if any(one != statements[0] for one in statements):
            raise ValueError(f"the traces of {self.name} differ in their statements")

    def plan(self) -> Plan:
        lines = [self._line(number, [trace.steps[number] for trace in self.traces]) for number in range(len(self.traces[0].steps))]
        indent = "        " if self.writes else "    "
        reply = self._reply()
        at = next((n for n, line in enumerate(lines) if "reply" in line.split("(", 1)[1]), len(lines))
        lines.insert(at, f"reply = {reply}")
        head = "def floor(c, q, body, rid, now):\n" + ("    with c.transaction():\n" if self.writes else "")
        source = head + "".join(f"{indent}{line}\n" for line in lines) + "    return reply\n"
        return Plan(name=self.name, source=source, values=self.values, as_traced=self.as_traced)

    def _reply(self) -> str:
        """A command's reply has the traced one's size; a query's is its rows as they come, with their names."""
        if self.writes:
            return f"encode({self._constant(msgspec.json.decode(self.traces[0].reply))})"
        parts = [
            f"[dict(zip({self._constant(step.columns)}, row)) for row in r{number}]"
            for number, step in enumerate(self.traces[0].steps)
            if step.rows is not None
        ]
        return f"encode([{', '.join(parts)}])"

    def _line(self, number: int, steps: Sequence[Step]) -> str:
        parameters = ", ".join(
            f"{name!r}: {self._expression(number, f'{number}.{name}', [step.parameters[name] for step in steps])}"
            for name in steps[0].parameters
        )
        call = f"c.execute({self._constant(steps[0].sql)}, {{{parameters}}}, prepare=True)"
        return f"r{number} = {call}.fetchall()" if steps[0].rows is not None else call

    def _constant(self, value: Any) -> str:
        """``value`` under a name."""
        name = f"k{len(self.values)}"
        self.values[name] = value
        return name

    # --- where a value comes from

    def _expression(self, number: int, where: str, values: Sequence[Any]) -> str:
        first = values[0]
        if isinstance(first, Jsonb):
            return f"Jsonb({self._constant(msgspec.json.decode(encode(first.obj)))}, dumps=encode)"
        if isinstance(first, list) and all(len(value) == len(first) for value in values):
            parts = [self._expression(number, f"{where}[{n}]", [value[n] for value in values]) for n in range(len(first))]
            return f"[{', '.join(parts)}]"
        found = self._special(values) or (self._constant(first) if all(value == first for value in values) else None)
        found = found or self._found(number, values)
        if found is None:
            self.as_traced.append(where)
            found = self._constant(first)
        return found

    def _special(self, values: Sequence[Any]) -> str | None:
        """What belongs to the call itself: its id, its time, its payload's hash, its reply."""
        for source, of in _OF_THE_CALL.items():
            if all(type(value) is type(of(trace)) and value == of(trace) for value, trace in zip(values, self.traces, strict=True)):
                return source
        if all(isinstance(value, datetime) for value in values) and len(set(values)) == len(values):
            return "now"
        return None

    def _found(self, number: int, values: Sequence[Any]) -> str | None:
        candidates = list(self._candidates(number))
        for rule in (_same, _multiple, _within):
            for source, seen in candidates:
                found = rule(source, seen, values)
                if found is not None:
                    return found
        return None

    def _candidates(self, number: int) -> Iterator[tuple[str, list[Any]]]:
        """Everything known before statement ``number``: parts of the request, and cells of rows, with what they were in each trace."""
        paths = list(_paths("q", self.traces[0].request))
        for path in paths:
            yield path, [dict(_leaves("q", trace.request)).get(path) for trace in self.traces]
        for earlier in range(number):
            tables = [trace.steps[earlier].rows or [] for trace in self.traces]
            for row in range(min(len(table) for table in tables)):
                for column in range(len(tables[0][row])):
                    yield f"r{earlier}[{row}][{column}]", [table[row][column] for table in tables]


_OF_THE_CALL: Final[dict[str, Callable[[Trace], Any]]] = {
    "rid": lambda trace: trace.request_id,
    "int.from_bytes(rid.bytes[:8], 'big', signed=True)": lambda trace: int.from_bytes(trace.request_id.bytes[:8], "big", signed=True),
    "sha256(body).digest()": lambda trace: trace.payload_hash,
    "reply": lambda trace: trace.reply,
}


def _same(source: str, seen: Sequence[Any], values: Sequence[Any]) -> str | None:
    same = all(type(value) is type(other) and value == other for value, other in zip(values, seen, strict=True))
    return source if same else None


def _multiple(source: str, seen: Sequence[Any], values: Sequence[Any]) -> str | None:
    """A whole multiple, most often the value with its sign turned round."""
    numbers = all(type(value) in (int, Decimal) and type(value) is type(other) and other for value, other in zip(values, seen, strict=True))
    factors = {value / other for value, other in zip(values, seen, strict=True)} if numbers else set()
    factor = factors.pop() if len(factors) == 1 else 0
    return f"{source} * {int(factor)}" if factor and factor == int(factor) else None


def _within(source: str, seen: Sequence[Any], values: Sequence[Any]) -> str | None:
    """A text that holds the value between two constant parts: a prefix search, or a number with leading zeros after its day."""
    if not all(isinstance(value, str) and isinstance(other, int | str) for value, other in zip(values, seen, strict=True)):
        return None
    for width in range(12, -1, -1):
        texts = [str(other).zfill(width) for other in seen] if isinstance(seen[0], int) else [str(other) for other in seen]
        parts = {tuple(value.split(text, 1)) if text and text in value else (None,) for value, text in zip(values, texts, strict=True)}
        if len(parts) == 1 and len(only := parts.pop()) == 2:
            inner = f"{{{source}:0{width}d}}" if isinstance(seen[0], int) and width else f"{{{source}}}"
            return f"f{_quoted(only[0], inner, only[1])}"
    return None


def _quoted(before: str | None, inner: str, after: str | None) -> str:
    return f'"{_escaped(before or "")}{inner}{_escaped(after or "")}"'


def _escaped(text: str) -> str:
    return repr(text)[1:-1].replace("{", "{{").replace("}", "}}").replace('"', '\\"')


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from _leaves(f"{path}.{field}", getattr(value, field))
    elif isinstance(value, tuple | list):
        for number, item in enumerate(value):
            yield from _leaves(f"{path}[{number}]", item)
    elif value is not None and not isinstance(value, bool | uuid.UUID):
        yield path, value


def _paths(path: str, value: Any) -> Iterator[str]:
    return (found for found, _ in _leaves(path, value))
