"""Freshdesk: contacts and companies both ways, tickets and satisfaction ratings to read.

Room: connectors. What Freshdesk is like is in `README.md`.
"""
