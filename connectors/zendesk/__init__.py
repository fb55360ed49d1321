"""Zendesk Support: users and organizations in and out, tickets in.

Room: connectors. Speaks to one Zendesk account over HTTP; knows nothing of mappings or profiles.
"""
