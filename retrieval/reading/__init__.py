"""The contents of an edition coming in: text first, then vectors by stretches, then all of it at once a draft."""
