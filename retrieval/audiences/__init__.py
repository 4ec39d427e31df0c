"""Who a document is meant for, and was meant for: changing its audience, and the history of that."""
