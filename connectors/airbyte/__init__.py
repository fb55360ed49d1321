"""Any Airbyte source: a program that speaks the Airbyte protocol, or a declarative manifest; read only.

Order of reading: source -> run (one run of a program, as messages) -> program (its process); catalog, states, masking
(pure).
"""
