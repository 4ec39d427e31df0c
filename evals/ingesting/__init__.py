"""Taking files in under measurement: the documents, the process, and what the database says of it."""
