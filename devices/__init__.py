"""The hardware that stands beside a workstation: card readers, scanners, printers, customer displays, and a simulator of each."""
