"""Scales that send the weight all the time, as those on the counter of a pharmacy do."""

from devices.scale.protocol import Reading, Scale

__all__ = ["Reading", "Scale"]
