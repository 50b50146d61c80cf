"""Guards: what must stay true of the repository itself."""
