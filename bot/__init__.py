"""The program: settings, wiring, processes, channels."""
