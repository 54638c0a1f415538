"""Pure rules of the clinic, one concept a file."""
