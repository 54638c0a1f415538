"""The national insurance 医保 (fsi) as the service reaches it, and a simulator that speaks the same wire (docs/interfaces/insurance.md)."""
