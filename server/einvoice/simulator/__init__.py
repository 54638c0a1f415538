"""An e-invoice platform to practise and to test with: both wires, one process, and every way in which a line can fail.

``python -m server.einvoice.simulator --port 0 --state FILE`` prints where it listens as one line of JSON. What it has issued it remembers in FILE,
also when it is killed. The control address orders faults and shows the book; it has no part in the wires.
"""
