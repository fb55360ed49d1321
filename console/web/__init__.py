"""The HTTP side of `crmhub serve`: webhooks, health, metrics, API. Room: console."""
