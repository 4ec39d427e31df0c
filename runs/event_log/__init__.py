"""The numbered events of a run, and what its executions took from outside, as they are kept."""
