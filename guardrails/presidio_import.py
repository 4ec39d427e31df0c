"""Import Presidio and spaCy as if torch and transformers were not installed.

Both look for them at import and load them where they find them: five seconds and half a gigabyte in every process,
for nothing that is used here. Import this module before anything of Presidio's.
"""

import sys

_HEAVY = [name for name in ("torch", "transformers") if name not in sys.modules]
sys.modules.update(dict.fromkeys(_HEAVY))  # pyright: ignore[reportArgumentType, reportCallIssue] -- None: not importable

import presidio_analyzer as presidio_analyzer  # noqa: E402, PLC0414 -- under the spell above, for those who follow
import spacy as spacy  # noqa: E402, PLC0414

for _name in _HEAVY:
    del sys.modules[_name]
