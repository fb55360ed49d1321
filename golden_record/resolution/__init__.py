"""Resolve changed records into profiles: index, score, settle. Shell around the pure halves of golden_record.

Each step works off rows marked for it and moves them on in the same transaction, so that a killed run goes on where
it stood and the order of batches does not matter.
"""
