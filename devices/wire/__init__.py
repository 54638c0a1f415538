"""The wire itself: serial ports and TCP ports that carry a serial line, and the device's end of one for simulators."""
