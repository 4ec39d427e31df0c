"""A witness: cosigns a log's checkpoints after checking that the log only grew. It shares no code with the product."""
