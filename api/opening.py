"""Opens what the HTTP process works with, and closes it in order: the lower half of the composition root."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx

from api.asking import Asking
from api.audiences import Audiences
from api.auditing.desk import audit_desk
from api.auditing.proofs import Provers
from api.cursors import Cursors
from api.days import Days
from api.facts import FactReader
from api.idempotency import Acts, Idempotency
from api.identity import Authenticator
from api.jwks import Algorithm, ProviderKeys
from api.limits import FACTS_PER_PERSON, UPLOADS_PER_PERSON, Rate
from api.metrics import HttpMetrics
from api.page_cache import PageCache
from api.pages import Pages
from api.proving import Replayer, proving
from api.publishing import PublishingViews
from api.rates import RateLimit
from api.readiness import ReadinessCheck, Reason
from api.schemas.health import BankReadiness
from api.services import Services
from api.sessions import CookieJar, Sessions
from api.sign_in import DIRECT, SignIn
from api.signing import Signing
from api.streaming import EventStreams
from api.tokens import ClaimNames, Issuer, TokenVerifier
from core.clock import Clock
from core.crypto import Keyring
from core.database import Database
from core.settings import IssuerSettings, Settings, WorkerPlace
from guardrails.planted import reads_like_orders
from jobs.assembly import Parts, register
from jobs.documents import DocumentDesk
from jobs.metrics import GuardMetrics
from jobs.queue import APPROVALS, TURNS, Queue, queue_app
from jobs.sealing import sealing
from jobs.service import working
from jobs.turns import TurnDesk
from jobs.worker import Heartbeat
from retrieval.glossary.desk import GlossaryDesk
from retrieval.glossary.expander import GlossaryExpander
from runs.feed import EventFeed
from tools.approvals.decisions import Decisions
from tools.people.directory import Directory
from tools.stops.switch import StopSwitch

Assemble = Callable[[Settings, Database], Parts]
"""Builds models, guards and search from the settings."""

Issuers = dict[str, tuple[Issuer, ProviderKeys]]


@asynccontextmanager
async def opened(
    settings: Settings, clock: Clock, metrics: HttpMetrics, pages: Pages, assemble: Assemble
) -> AsyncGenerator[Services]:
    """The services, and the worker of turns where it is embedded. Raises `Unavailable` without a database."""
    async with AsyncExitStack() as stack:
        url = settings.database_url.get_secret_value()
        database = await Database(url, max_size=settings.database_pool_size).open()
        stack.push_async_callback(database.close)
        keyring = Keyring(settings.master_key_bytes)
        feed = EventFeed(database.url)
        feed.start()
        reasons: list[Reason] = [lambda: None if feed.is_alive else "Live answers are not being followed."]
        stack.push_async_callback(feed.close)
        parts = assemble(settings, database)
        stack.push_async_callback(parts.aclose)
        app = queue_app(url)
        await stack.enter_async_context(app.open_async())
        decisions = parts.decisions(database, keyring, clock, Queue(app))
        if settings.worker is WorkerPlace.EMBEDDED:
            register(app, parts, database, keyring, clock, GuardMetrics(metrics.registry))
            heartbeat = Heartbeat(settings.worker_heartbeat_s, settings.worker_dead_after_s)
            worker = await stack.enter_async_context(
                working(app, queues=[TURNS, APPROVALS], concurrency=settings.worker_concurrency, heartbeat=heartbeat)
            )
            reasons.append(lambda: None if worker.is_alive else "The worker of turns has stopped.")
            await stack.enter_async_context(sealing(settings, database, clock))
        issuers = await _issuers(settings, clock, stack)
        replayer = Replayer(parts, database, keyring, clock, Queue(app))
        provers = await stack.enter_async_context(proving(settings, clock, replayer))
        core = _Core(settings, clock, database, keyring, metrics, tuple(reasons), provers)
        yield _services(core, pages, parts, feed, Queue(app), issuers, decisions)


@dataclass(frozen=True, slots=True)
class _Core:
    settings: Settings
    clock: Clock
    database: Database
    keyring: Keyring
    metrics: HttpMetrics
    reasons: tuple[Reason, ...]
    provers: Provers


def _services(
    core: _Core,
    pages: Pages,
    parts: Parts,
    feed: EventFeed,
    queue: Queue,
    issuers: Issuers,
    decisions: Decisions,
) -> Services:
    settings, clock, database, keyring = core.settings, core.clock, core.database, core.keyring
    base_url = settings.base_url
    verifier = TokenVerifier(issuers, clock)
    sessions = Sessions(database, keyring, verifier, clock)
    cookies = CookieJar(secure=base_url.startswith("https://"))
    days = Days(clock, settings.tenant_time_zones)
    idempotency = Idempotency(keyring, clock)
    # An act under a key takes two connections: at most half of them are taken by those that wait for their second.
    acts = Acts(database, idempotency, at_once=max(1, settings.database_pool_size // 2))
    desk = TurnDesk(keyring, queue, settings.questions_waiting)
    limited = core.metrics.limited
    rate = RateLimit(
        Rate(settings.questions_per_second, settings.questions_burst), refused=limited.labels("questions").inc
    )
    by_two = frozenset(settings.two_owner_libraries)
    return Services(
        base_url=base_url,
        clock=clock,
        days=days,
        database=database,
        keyring=keyring,
        authenticator=Authenticator(verifier, sessions, Directory(database), cookies, clock, base_url=base_url),
        sessions=sessions,
        sign_in=SignIn(issuers, verifier, keyring, clock, base_url=base_url),
        cookies=cookies,
        pages=pages,
        metrics=core.metrics,
        readiness=_readiness(core, parts),
        idempotency=idempotency,
        acts=acts,
        thread_cursors=Cursors(keyring, "threads"),
        document_cursors=Cursors(keyring, "documents"),
        glossary_cursors=Cursors(keyring, "glossary"),
        asking=Asking(
            database, keyring, clock, desk, idempotency, days, rate, refused_by_queue=limited.labels("queue").inc
        ),
        streams=EventStreams(database, keyring, feed, core.metrics),
        searcher=parts.searcher,
        documents=DocumentDesk(database, queue, clock, by_two),
        audiences=Audiences(keyring, clock, by_two),
        glossary=GlossaryDesk(clock, reads_like_orders),
        expander=GlossaryExpander(database),
        publishing=PublishingViews(database, clock, days, Cursors(keyring, "changes"), by_two),
        decisions=decisions,
        signing=_signing(core, parts, decisions, acts),
        stops=StopSwitch(database, keyring, clock, parts.catalogue),
        audit=audit_desk(
            database,
            keyring,
            clock,
            days,
            core.metrics,
            parts.catalogue,
            core.provers,
            pages,
            parts.guards.personal_data,
        ),
        upload_rate=RateLimit(UPLOADS_PER_PERSON, refused=limited.labels("uploads").inc),
        page_images=PageCache(),
    )


def _readiness(core: _Core, parts: Parts) -> ReadinessCheck:
    place = core.settings.worker.value
    return ReadinessCheck(core.database, place, parts.active_guards, parts.gateway.describe, _bank(parts), core.reasons)


def _signing(core: _Core, parts: Parts, decisions: Decisions, acts: Acts) -> Signing:
    looks = RateLimit(FACTS_PER_PERSON, refused=core.metrics.limited.labels("facts").inc)
    return Signing(
        database=core.database,
        keyring=core.keyring,
        clock=core.clock,
        catalogue=parts.catalogue,
        connector=parts.connector,
        decisions=decisions,
        facts=FactReader(parts.catalogue, parts.connector, core.database, core.clock, looks),
        acts=acts,
        cursors=Cursors(core.keyring, "approvals"),
    )


def _bank(parts: Parts) -> BankReadiness:
    catalogue = parts.catalogue
    return BankReadiness(
        connected=parts.connector is not None,
        system=catalogue.system,
        catalogue=catalogue.version,
        tools=sorted(catalogue.tools),
    )


async def _issuers(settings: Settings, clock: Clock, stack: AsyncExitStack) -> Issuers:
    """The configured identity providers; their keys are fetched with the first token."""
    http = await stack.enter_async_context(httpx.AsyncClient(mounts=DIRECT))
    issuers: Issuers = {}
    for entry in settings.oidc_issuers:
        issuer = _issuer(entry)
        keys = ProviderKeys(issuer.url, issuer.algorithm, http, clock, plain_http=settings.is_development)
        stack.push_async_callback(keys.close)
        issuers[issuer.url] = (issuer, keys)
    return issuers


def _issuer(entry: IssuerSettings) -> Issuer:
    return Issuer(
        url=entry.issuer,
        tenants=frozenset(entry.tenants),
        client_id=entry.client_id,
        audience=entry.audience,
        algorithm=Algorithm(entry.algorithm),
        client_secret=None if entry.client_secret is None else entry.client_secret.get_secret_value(),
        claims=ClaimNames(
            person=entry.claim_person,
            name=entry.claim_name,
            tenant=entry.claim_tenant,
            branch=entry.claim_branch,
            roles=entry.claim_roles,
            signing_limit=entry.claim_signing_limit,
        ),
    )
