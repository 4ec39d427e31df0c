"""The parts that endpoints work with, built once per process by the composition root."""

from dataclasses import dataclass

from api.identity import Authenticator
from api.metrics import HttpMetrics
from api.pages import Pages
from api.readiness import ReadinessCheck
from api.sessions import CookieJar, Sessions
from api.sign_in import SignIn
from core.clock import Clock
from core.crypto import Keyring
from core.database import Database


@dataclass(frozen=True, slots=True)
class Services:
    """Handed to endpoints by `api.dependencies`."""

    base_url: str
    clock: Clock
    database: Database
    keyring: Keyring
    authenticator: Authenticator
    sessions: Sessions
    sign_in: SignIn
    cookies: CookieJar
    pages: Pages
    metrics: HttpMetrics
    readiness: ReadinessCheck
