"""Fxiaoke (纷享销客, ShareCRM): accounts, contacts, leads and any other object, both ways, over its OpenAPI.

Room: connectors, one system's folder. Facts about the API and how certain they are: README.md beside this file.
"""
