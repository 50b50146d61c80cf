"""What Sapa knows and says: articles, the region, and the choice of what a message asks for. Reads files, no more."""
