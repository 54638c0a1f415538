"""The virtual counter: the devices beside a desk, for demonstration and training, without a single real one.

::

    devices = VirtualDevices()  # client.counter.devices; no Qt
    window = DeskWindow(DeskSettings(devices=VirtualDevices.settings()), …, virtual=devices.addresses)
    counter = Counter(devices)  # client.counter.window
"""
