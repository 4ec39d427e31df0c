"""Opaque page cursors: sealed, so that they tell nothing and work only for the person and list they were made for."""

import base64
import binascii
import json
from typing import Any

from core.crypto import Keyring, SealBroken
from core.errors import BadRequest
from core.principal import Principal

MAX_CHARS = 1_024


class Cursors:
    """Makes and reads the cursors of one list."""

    def __init__(self, keyring: Keyring, listing: str) -> None:
        self._keyring = keyring
        self._listing = listing

    def make(self, principal: Principal, place: list[Any]) -> str:
        """The cursor for the page after `place`, which is JSON."""
        sealed = self._keyring.seal(json.dumps(place).encode(), self._context(principal))
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def read(self, principal: Principal, cursor: str | None) -> list[Any] | None:
        """The place behind a cursor; raises `BadRequest` for one that was not made for this person and list."""
        if cursor is None:
            return None
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            place = json.loads(self._keyring.open(base64.urlsafe_b64decode(padded), self._context(principal)))
        except (SealBroken, binascii.Error, ValueError) as error:
            raise BadRequest("This cursor is not valid. Start again from the first page.") from error
        return list(place)

    def _context(self, principal: Principal) -> str:
        return f"cursor|{self._listing}|{principal.tenant}|{principal.person}"
