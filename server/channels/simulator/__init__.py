"""The other end of the payment channels' wire, as a process of its own: an acquirer whose four channels answer, forget nothing, and fail on order.

``python -m server.channels.simulator --port 0 --state FILE`` prints ``{"port": …, "control_port": …, "secret": …, "merchant": …}`` on one line.
"""

from server.channels.simulator.process import Simulator, start_simulator

__all__ = ["Simulator", "start_simulator"]
