"""The thin service in front of PostgreSQL."""
