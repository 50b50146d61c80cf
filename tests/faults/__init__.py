"""Faults, attacks and bad inputs, by their ids in the acceptance list."""
