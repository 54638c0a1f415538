"""From a layout to the bytes of one printer language each."""
