"""Files that people deliver: CSV, Excel, JSON Lines and Parquet in folders; read only.

Order of reading: source -> reader (which files, which rows) -> opening (one file as rows) -> tables of each format.
"""
