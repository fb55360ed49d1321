"""Tables and views of a database: PostgreSQL, MySQL and MariaDB, SQLite, SQL Server.

Order of reading: source -> reader, writer -> table (one table as it is there) -> keyset, boundary (pure), database.
"""
