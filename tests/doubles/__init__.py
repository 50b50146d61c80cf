"""Working stand-ins: Telegram, the program as a process, PostgreSQL."""
