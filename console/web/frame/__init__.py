"""The frame that every page stands in: who asks, language, layout, forms, errors, static files. Room: console."""
