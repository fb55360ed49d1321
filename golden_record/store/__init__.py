"""The store: the only place of the golden record that touches a database. One small file per table group."""
