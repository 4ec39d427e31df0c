"""What requests and replies look like, one module per resource."""
