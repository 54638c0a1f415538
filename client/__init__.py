"""The workstations: one Qt program, four desks. Start at ``client/README.md`` (how to write a desk)."""
