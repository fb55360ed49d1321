"""Zoho Desk: contacts and accounts both ways, tickets to read.

Room: connectors. What Zoho Desk is like is in `README.md`.
"""
