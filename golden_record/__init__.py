"""Decide who is who and which value wins; keep it. Room: golden_record. Knows no system by name."""
