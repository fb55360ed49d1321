"""One file per command: it parses, calls one function of `flows`, and prints."""
