"""Deposits, credit accounts and the green channel at the desk: questions about them, and the acts that take and pay money."""

from server.accounts import credit, deposit, keeping, statement

__all__ = ["credit", "deposit", "keeping", "statement"]
