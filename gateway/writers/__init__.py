"""Writers: they turn a question and numbered sources into draft claims. `ports` says how they are used."""
