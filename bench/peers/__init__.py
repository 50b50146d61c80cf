"""What Sapa is measured against, each a process of its own: `python -m bench.peers.<name> PORT API_URL`."""
