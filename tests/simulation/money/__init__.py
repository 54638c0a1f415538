"""The ledger as a state machine: everything that a cashier can do with money, against a model in plain Python."""
