"""Everything around a desk: pairing, sign-in, chooser, frame, palette, help, lock."""
