"""Who is calling: a bearer token, or the browser's session with a CSRF token and our own Origin."""

from dataclasses import dataclass

from starlette.requests import Request

from api.sessions import CookieJar, Session, Sessions
from api.tokens import Identity, Refusal, TokenRefused, TokenVerifier
from core.clock import Clock
from core.errors import Forbidden, Unauthenticated
from core.principal import Principal
from core.telemetry import logger
from tools.people.directory import Directory

log = logger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "X-CSRF-Token"


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated caller; `session` only where a browser's session vouches."""

    identity: Identity
    session: Session | None = None

    @property
    def principal(self) -> Principal:
        return self.identity.principal


class Authenticator:
    """Turns a request into its caller."""

    def __init__(
        self,
        verifier: TokenVerifier,
        sessions: Sessions,
        directory: Directory,
        cookies: CookieJar,
        clock: Clock,
        *,
        base_url: str,
    ) -> None:
        self._verifier = verifier
        self._sessions = sessions
        self._directory = directory
        self._cookies = cookies
        self._clock = clock
        self._base_url = base_url

    async def authenticate(self, request: Request) -> Caller:
        """The caller; raises `Unauthenticated`, or `Forbidden` for a session used from elsewhere."""
        authorization = request.headers.get("authorization")
        if authorization is not None:
            caller = Caller(await self._by_token(authorization))
        else:
            session = await self.session(request)
            if session is None:
                raise Unauthenticated("Sign in, or send an access token as: Authorization: Bearer TOKEN.")
            if request.method not in SAFE_METHODS:
                self.check_origin(request, session, request.headers.get(CSRF_HEADER, ""))
            caller = Caller(session.identity, session)
        await self._note(caller.identity)
        return caller

    async def session(self, request: Request) -> Session | None:
        """The browser's session, if it has one."""
        cookie = request.cookies.get(self._cookies.session)
        return await self._sessions.resume(cookie) if cookie else None

    async def visitor(self, request: Request) -> Caller | None:
        """Who looks at a page: the session's person, or nobody."""
        session = await self.session(request)
        if session is None:
            return None
        await self._note(session.identity)
        return Caller(session.identity, session)

    def check_origin(self, request: Request, session: Session, csrf_token: str) -> None:
        """Raise `Forbidden` unless one of our own pages sent this."""
        if request.headers.get("origin") != self._base_url:
            log.warning("foreign_origin")
            raise Forbidden("This request did not come from a page of this service.")
        if not session.accepts(csrf_token):
            raise Forbidden(f"The header {CSRF_HEADER} is missing or stale. Load the page again.")

    async def _note(self, identity: Identity) -> None:
        await self._directory.note(
            identity.principal,
            self._clock.now(),
            asserted_at=identity.issued_at,
            signing_limit=identity.signing_limit,
        )

    async def _by_token(self, authorization: str) -> Identity:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated("Send the access token as: Authorization: Bearer TOKEN.")
        try:
            return await self._verifier.verify(token.strip())
        except TokenRefused as refused:
            level = log.info if refused.reason is Refusal.EXPIRED else log.warning
            level("token_refused", reason=refused.reason.value)
            raise
