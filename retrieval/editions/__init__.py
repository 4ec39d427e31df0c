"""Editions coming in: registering a file, filling in what was read from it, publishing and withdrawing."""
