"""Web forms: entries that senders post to the hub's inbox, and that are pulled where the product has an API.

Room: connectors. One configured system is one product (`product:`); each has a file in `senders/`. Whatever the way in,
an entry becomes the same record of the one stream `entries` (`submission.py`), so that a push and a pull land once.
Nothing is ever written to a form.
"""
