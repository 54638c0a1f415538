"""Stock as a state machine: every paper of the store and every way of handing out, in any order."""
