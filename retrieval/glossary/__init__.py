"""The bank's glossary: abbreviations and synonyms, ours and the bank's own, and what a question becomes by them."""
