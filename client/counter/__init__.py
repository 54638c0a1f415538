"""The virtual counter: the devices beside a desk, for demonstration and training, without a single real one."""
