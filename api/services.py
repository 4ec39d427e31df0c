"""The parts that endpoints work with, built once per process by the composition root."""

from dataclasses import dataclass

from api.asking import Asking
from api.audiences import Audiences
from api.auditing.desk import AuditDesk
from api.cursors import Cursors
from api.days import Days
from api.idempotency import Acts, Idempotency
from api.identity import Authenticator
from api.metrics import HttpMetrics
from api.page_cache import PageCache
from api.pages import Pages
from api.publishing import PublishingViews
from api.rates import RateLimit
from api.readiness import ReadinessCheck
from api.sessions import CookieJar, Sessions
from api.sign_in import SignIn
from api.signing import Signing
from api.streaming import EventStreams
from core.clock import Clock
from core.crypto import Keyring
from core.database import Database
from jobs.documents import DocumentDesk
from retrieval.glossary.desk import GlossaryDesk
from retrieval.glossary.models import Expander
from retrieval.search import Searcher
from tools.approvals.decisions import Decisions
from tools.stops.switch import StopSwitch


@dataclass(frozen=True, slots=True)
class Services:
    """Handed to endpoints by `api.dependencies`."""

    base_url: str
    clock: Clock
    days: Days
    database: Database
    keyring: Keyring
    authenticator: Authenticator
    sessions: Sessions
    sign_in: SignIn
    cookies: CookieJar
    pages: Pages
    metrics: HttpMetrics
    readiness: ReadinessCheck
    idempotency: Idempotency
    acts: Acts
    thread_cursors: Cursors
    document_cursors: Cursors
    glossary_cursors: Cursors
    asking: Asking
    streams: EventStreams
    searcher: Searcher
    documents: DocumentDesk
    audiences: Audiences
    glossary: GlossaryDesk
    expander: Expander
    publishing: PublishingViews
    decisions: Decisions
    signing: Signing
    stops: StopSwitch
    audit: AuditDesk
    upload_rate: RateLimit
    page_images: PageCache
