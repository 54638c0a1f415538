"""The finance desk's screens."""
