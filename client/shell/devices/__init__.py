"""The devices of this desk: where each one is, and whether it answers."""
