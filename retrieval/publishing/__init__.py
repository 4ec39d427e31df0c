"""Putting editions in force: which days each of them counts, what a publication changes, what became of cited ones."""
