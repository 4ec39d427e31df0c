"""A model that means harm against the whole guarded turn, and an oracle that shares no code with the checks."""
