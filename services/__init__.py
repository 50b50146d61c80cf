"""What can be done. Plain async functions on an open unit of work; the caller commits."""
