"""Settlements with outside parties, against the real simulators."""
