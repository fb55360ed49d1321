"""Who posts entries: one file per sender, each ending in a `SENDER`; `registry` finds them by name.

To add one: write `senders/<name>.py`, add it to the registry and to `settings.Product`.
"""
