"""One file a messenger: verify, name the arrival, parse, send."""
