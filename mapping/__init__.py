"""Turn source records into normalised records and back: pure functions over YAML that ops own.

Room: mapping. No I/O but reading YAML; no database, network, clock, environment or chance.
"""
