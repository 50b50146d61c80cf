"""Tests of Sapa."""
