"""Payment channels, against the real simulator process."""
