"""Payment channels: what the patient's telephone pays with, by the code that it shows (DOMAIN.md §5.3)."""
