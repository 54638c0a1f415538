"""The refunds desk's widgets: bills, the bill in hand, what goes back."""
