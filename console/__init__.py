"""Where people come in: the command line, the HTTP API, later the pages. Room: console."""
