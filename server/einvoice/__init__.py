"""Electronic invoices: the queue in the database, the platforms' wires, and who carries between them (DOMAIN.md §5.4)."""
