"""Browser sessions: the cookie is a sealed random secret, the row its hash, the tokens stay sealed on the server."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime

from api import store
from api.tokens import Identity, TokenRefused, TokenVerifier
from audit.ledger import append
from audit.records import SIGN_INS_STREAM, Entry, RecordKind
from core.clock import Clock
from core.crypto import Keyring, SealBroken
from core.database import Database, Transaction
from core.principal import Principal
from core.telemetry import logger

log = logger(__name__)

_COOKIE = "cookie|session"
_MAX_COOKIE_CHARS = 2_048


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the cookie carries: whose session it is and the secret that proves it."""

    tenant: str
    person: str
    secret: str

    @property
    def id_hash(self) -> bytes:
        return hashlib.sha256(self.secret.encode()).digest()

    @property
    def csrf_token(self) -> str:
        """Derived from the secret, which no script can read; pages carry it, other origins can't know it."""
        return hmac.new(self.secret.encode(), b"csrf", hashlib.sha256).hexdigest()

    @property
    def principal(self) -> Principal:
        """Enough of a principal to find the session's row and no other right."""
        return Principal(tenant=self.tenant, person=self.person)

    @property
    def place(self) -> str:
        return f"session|{self.tenant}|{self.id_hash.hex()}"


@dataclass(frozen=True, slots=True)
class Session:
    """A browser's sign-in that holds at this moment."""

    identity: Identity
    ticket: Ticket
    id_token: str

    def accepts(self, csrf_token: str) -> bool:
        """Whether the token is this session's, compared in constant time."""
        return hmac.compare_digest(self.ticket.csrf_token.encode(), csrf_token.encode())


class Sessions:
    """Starts, resumes and ends sessions. A session lasts as long as its access token verifies."""

    def __init__(self, database: Database, keyring: Keyring, verifier: TokenVerifier, clock: Clock) -> None:
        self._database = database
        self._keyring = keyring
        self._verifier = verifier
        self._clock = clock

    async def start(self, identity: Identity, *, access_token: str, id_token: str) -> str:
        """Keep a new session and return its cookie's value."""
        principal = identity.principal
        ticket = Ticket(principal.tenant, principal.person, secrets.token_urlsafe(32))
        tokens = json.dumps({"access_token": access_token, "id_token": id_token}).encode()
        now = self._clock.now()
        async with self._database.transaction(principal) as tx:
            await store.delete_expired_sessions(tx, now)
            await store.insert_session(
                tx,
                ticket.id_hash,
                self._keyring.seal(tokens, ticket.place),
                created_at=now,
                expires_at=identity.expires_at,
            )
            await _record(tx, RecordKind.SIGN_IN, ticket, now, issuer=identity.issuer)
        return self._cookie(ticket)

    async def resume(self, cookie: str) -> Session | None:
        """The session behind a cookie, or None where there is none any more. The access token is verified anew."""
        ticket = self._ticket(cookie)
        if ticket is None:
            return None
        async with self._database.transaction(ticket.principal) as tx:
            sealed = await store.session(tx, ticket.id_hash, self._clock.now())
        if sealed is None:
            return None
        try:
            tokens = json.loads(self._keyring.open(sealed, ticket.place))
            identity = await self._verifier.verify(tokens["access_token"])
        except TokenRefused:
            return None
        except SealBroken:
            log.exception("session_seal_broken")
            return None
        if (identity.principal.tenant, identity.principal.person) != (ticket.tenant, ticket.person):
            return None
        return Session(identity, ticket, tokens["id_token"])

    async def end(self, session: Session) -> None:
        """Forget the session; its cookie is worth nothing afterwards."""
        async with self._database.transaction(session.ticket.principal) as tx:
            if await store.delete_session(tx, session.ticket.id_hash):
                now = self._clock.now()
                await _record(tx, RecordKind.SIGN_OUT, session.ticket, now, issuer=session.identity.issuer)

    def _cookie(self, ticket: Ticket) -> str:
        content = json.dumps([ticket.tenant, ticket.person, ticket.secret]).encode()
        return base64.urlsafe_b64encode(self._keyring.seal(content, _COOKIE)).decode()

    def _ticket(self, cookie: str) -> Ticket | None:
        if len(cookie) > _MAX_COOKIE_CHARS:
            return None
        try:
            content = self._keyring.open(base64.urlsafe_b64decode(cookie.encode()), _COOKIE)
        except (SealBroken, binascii.Error, UnicodeEncodeError, ValueError):
            return None
        tenant, person, secret = json.loads(content)
        return Ticket(tenant, person, secret)


async def _record(tx: Transaction, kind: RecordKind, ticket: Ticket, at: datetime, *, issuer: str) -> None:
    """Put the sign-in or sign-out into the ledger, in the transaction that makes it so."""
    session_id = ticket.id_hash.hex()[:32]
    entry = Entry(kind, step=f"{kind.value}:{session_id}", body={"session": session_id, "issuer": issuer})
    await append(tx, SIGN_INS_STREAM, [entry], actor=ticket.person, at=at)


@dataclass(frozen=True, slots=True)
class CookieJar:
    """Names and attributes of our cookies: `__Host-` and Secure wherever the service is reached by https."""

    secure: bool

    @property
    def session(self) -> str:
        return self._name("countersign_session")

    @property
    def attempt(self) -> str:
        return self._name("countersign_sign_in")

    def _name(self, plain: str) -> str:
        return f"__Host-{plain}" if self.secure else plain

    def set(self, name: str, value: str, *, max_age_s: int) -> str:
        """The value of a Set-Cookie header."""
        return f"{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax" + (
            "; Secure" if self.secure else ""
        )

    def clear(self, name: str) -> str:
        return self.set(name, "", max_age_s=0)


def seconds_until(moment: datetime, now: datetime) -> int:
    return max(0, int((moment - now).total_seconds()))
