"""The store, on both databases; it is never faked."""
