"""Decide which records are one customer: evidence in, links, clusters and profile ids out.

Room: golden_record, the pure half. May import mapping's words. May not touch database, network, clock,
environment or chance; ids and counts come in as arguments.

In the order of the work: `evidence` (what one record says), `blocking` (who is compared with whom), `levels` and
`model` (what agreement is worth), `frequencies` (how common a value is), `scorer` (a pair's weight in bits),
`clusters` (who is one customer), `identity` (under which profile id), `explain` and `evaluate` (why, and how well).
"""
