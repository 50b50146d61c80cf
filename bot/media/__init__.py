"""Files that people send, looked at by a process of their own and kept as clean copies."""
