"""From a request to the calls of tools that would serve it; nothing here is carried out."""
