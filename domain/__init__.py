"""The rules of Sapa: standard library only, no I/O; `now` is always an argument."""
