"""Copies of a whole store in one sealed file, and stores made from them."""
