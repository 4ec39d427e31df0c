"""Where a passage points to: other sections, appendices, and the definitions of the terms it uses."""
