"""Documents and their editions: registering, storing, publishing, reading."""
