"""What can go wrong between a desk and a device: the errors that every kind of device shares."""

from __future__ import annotations

from dataclasses import dataclass

from common.errors import Refusal, Trouble
from common.i18n import N_


class DeviceTrouble(Trouble):
    """A device, its cable or its port does not do what it should."""


@dataclass(eq=False)
class AddressWrong(Refusal):
    """The address of a device cannot be understood."""

    address: str
    text = N_("“{address}” is not the address of a device.")
    remedy = N_("Examples: serial://COM3, serial:///dev/ttyUSB0?baud=115200, tcp://192.168.1.50:9100.")


@dataclass(eq=False)
class TransportNotFit(Refusal):
    """This kind of device cannot be reached in this way."""

    device: str
    transport: str
    text = N_("This device cannot be connected by “{transport}”.")
    remedy = N_("Choose another connection in this desk's settings.")


@dataclass(eq=False)
class NoVirtualDevice(Refusal):
    """The address is VIRTUAL, but no simulator runs."""

    device: str
    text = N_("The virtual device is not running.")
    remedy = N_("Open the virtual counter, or choose a real device in this desk's settings.")


@dataclass(eq=False)
class PortNotFound(DeviceTrouble):
    """The port cannot be opened: no such device, in use by another program, or no right to use it. ``cause`` is the system's word."""

    port: str
    cause: str
    text = N_("{port} cannot be opened.")
    remedy = N_("Check the cable and the power, and that no other program uses it ({cause}).")


@dataclass(eq=False)
class PortLost(DeviceTrouble):
    """The port was open and is gone: unplugged or switched off. It is opened again by itself. ``cause`` is the system's word."""

    port: str
    cause: str
    text = N_("The connection to {port} broke.")
    remedy = N_("Plug the device in again; the program finds it by itself ({cause}).")


@dataclass(eq=False)
class WrongPortThread(DeviceTrouble):
    """A programming error: two threads used one device."""

    call: str
    owner: str
    caller: str
    text = N_("The program used a device from the wrong thread ({call}: {caller} instead of {owner}).")


@dataclass(eq=False)
class WorkerStopped(DeviceTrouble):
    """The port's thread has ended; nothing more is carried out."""

    worker: str
    text = N_("The device {worker} is switched off in this program.")
