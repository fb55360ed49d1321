"""Udesk (沃丰): customers both ways.

Room: connectors. What Udesk is like is in `README.md`.
"""
