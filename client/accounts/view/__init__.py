"""The widgets of deposits and credit: whose account, the account itself, the act that is being filled in."""
