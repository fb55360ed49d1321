"""Many records at once through Splink: score whole bases, train models. Shell around the pure halves of matching.

What Splink sees are columns of texts in a database of its own that lives in memory and ends with the work.
"""
