"""The database's frozen history."""
