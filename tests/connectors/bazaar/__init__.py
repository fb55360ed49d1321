"""The Bazaar CRM, which nobody sells: a connector made from a page of API description.

Its simulator is hostile on purpose: empty pages in the middle, records that come twice, emoji, tokens that die after
two pages, and, where the faults say so, batches of which half fails.
"""
