"""Zoho CRM: contacts, accounts, leads and any other module, read and written over its REST API v8.

Room: connectors, one system. Imports nothing of another system. README.md: credentials, scopes, limits, oddities.
"""
