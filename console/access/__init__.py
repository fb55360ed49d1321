"""Who may do what in the console and over the API: roles, acts, one pure function; and a shell. Room: console."""
