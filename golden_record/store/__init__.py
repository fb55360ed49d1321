"""The store: the only place of the golden record that touches a database. One small file per table group."""

from golden_record.store import access_tables as access_tables  # all tables are known to whoever knows one of them
