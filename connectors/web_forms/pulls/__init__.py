"""What each product's pull API is like: one file for each product that has one.

Room: connectors/web_forms. `contract` says what a file offers, `registry` knows them by name, `entries` reads through
them. A product whose entries only arrive by post has no file here.
"""
