"""What all simulators share: state with history, a virtual clock, faults, counters, the control port, the server."""
