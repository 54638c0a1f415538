"""Prometheus figures of one service process. No label ever holds anything of a patient."""

from __future__ import annotations

from functools import cache
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY: Final = CollectorRegistry()
REQUESTS: Final = Counter("xinglin_requests", "Requests by name and HTTP status", ["request", "status"], registry=REGISTRY)
SECONDS: Final = Histogram(
    "xinglin_request_seconds",
    "Time from the last byte of the request to the first of the reply",
    ["request"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
    registry=REGISTRY,
)
DESKS: Final = Gauge("xinglin_desks_listening", "Desks connected to the change feed", registry=REGISTRY)
SEALED: Final = Gauge("xinglin_audit_sealed_entries", "Audit entries hashed into the tree", registry=REGISTRY)


@cache
def _request(name: str, status: int) -> Counter:
    return REQUESTS.labels(name, str(status))


@cache
def _seconds(name: str) -> Histogram:
    return SECONDS.labels(name)


def observe(name: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    _request(name, status).inc()
    _seconds(name).observe(seconds)


def exposition() -> bytes:
    """All figures in Prometheus' text format."""
    return generate_latest(REGISTRY)
