"""A small system of record: customers, accounts, cards, limits, cases and tasks of the sandbox's two banks."""
