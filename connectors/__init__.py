"""Speak to outside systems: one folder per system, the same file names in each.

Room: connectors. Knows nothing of mappings, profiles or the hub's store; what it needs kept
(rotating tokens, the rate budget) it declares as protocols in `connectors.ports`.
"""
