"""The cashier desk's widgets: debtors, bill, tenders, shift."""
