"""Alerts: what is told to whom when something is wrong with the hub, once, again, and when it is over."""
