"""What the drug store's desk looks like."""
