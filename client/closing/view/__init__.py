"""The widgets of the daily close: the list of shifts and days, the count, the hand-over, the sheet, open matters."""
