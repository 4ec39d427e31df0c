"""How search grows with the number of chunks: a measurement of its own, `python -m evals scale`."""
