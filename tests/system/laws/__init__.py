"""The laws of the design, held against the whole hub: people edit, systems fail, syncs die; then all must be quiet.

A state machine of Hypothesis over real sandboxes and a real project. Every random choice is Hypothesis's, so a story
that failed can be told again. `cast` says who is known where, `week` what happens, `post_room` what becomes of
webhooks, `mishaps` how systems fail and processes die, `rest` what must hold when all is quiet, `tell` runs many.
"""
