"""A run as compliance reads it: pure functions over its records, its events and what was asked for signature."""
