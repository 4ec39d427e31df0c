"""How the settings become the parts of a worker; both processes that host one build them here."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from procrastinate import App

from core.clock import Clock, SystemClock
from core.crypto import Keyring
from core.database import Database
from core.settings import DenseIndexKind, Settings
from gateway.classifying import OnnxClassifier
from gateway.embeddings import Embedder
from gateway.entailment import OnnxEntailment
from gateway.factory import Gateway, build_embedder, build_gateway
from gateway.reranking import OnnxReranker
from graph.build import build
from graph.context import Acting, Guards, Services
from graph.execute import TurnRunner
from guardrails import detecting
from guardrails.fail_closed import NOBODY, SoundDetector, Watch, sound_vectors
from guardrails.instructions import by_rules
from guardrails.linear import packaged
from guardrails.planted import reads_like_orders
from guardrails.reinforced import packaged_guard, packaged_instructions
from guardrails.scope import ScopeJudge
from guardrails.screening import Screener
from jobs import approvals, turns
from jobs.approvals import ApprovalDesk
from jobs.queue import Queue
from prompts import loader
from retrieval.chunking import chunks
from retrieval.dense import DenseIndex, MemoryDense, SqlDense
from retrieval.glossary.expander import GlossaryExpander
from retrieval.ingest import Reading
from retrieval.parsing.apart import ParserProcess
from retrieval.search import Searcher
from retrieval.sentences import sentences
from retrieval.stages import Stages
from retrieval.terms import terms
from tools.approvals.decisions import Decisions
from tools.catalogue.load import load
from tools.catalogue.models import Catalogue
from tools.connector.http import HttpConnector
from tools.connector.ports import Connector
from tools.planning.builtin import BuiltInPlanner


@dataclass(frozen=True, slots=True)
class Parts:
    """What a process that executes turns or searches holds."""

    gateway: Gateway
    searcher: Searcher
    guards: Guards
    active_guards: Mapping[str, str]
    """What each guard that was built covers, in words for the platform's engineer."""
    catalogue: Catalogue
    connector: Connector | None = None
    """The way to the bank's systems; None: none is configured, so nothing is looked up or done there."""
    reranker: OnnxReranker | None = None
    classifier: OnnxClassifier | None = None
    entailment: OnnxEntailment | None = None

    async def aclose(self) -> None:
        """Release what was opened."""
        await self.gateway.aclose()
        if self.reranker is not None:
            self.reranker.close()
        if self.classifier is not None:
            self.classifier.close()
        if self.entailment is not None:
            self.entailment.close()
        if self.connector is not None:
            await self.connector.aclose()

    def decisions(self, database: Database, keyring: Keyring, clock: Clock, queue: Queue) -> Decisions:
        """The door through which requests for a signature are decided."""
        desk = ApprovalDesk(queue)
        return Decisions(database, keyring, self.catalogue, clock, desk.resume, desk.schedule_expiry)

    def runner(
        self, database: Database, keyring: Keyring, clock: Clock, queue: Queue, watch: Watch = NOBODY
    ) -> TurnRunner:
        """The executor of turns over these parts; `watch` is told what the guards come to."""
        services = Services(
            database=database,
            keyring=keyring,
            clock=clock,
            search=self.searcher,
            embedder=self.gateway.embedder,
            guards=self.guards,
            writer=self.gateway.writer,
            quoter=self.gateway.quoter,
            rewriter=self.gateway.rewriter,
            answer_prompt=loader.get("answer"),
            acting=self._acting(queue),
            watch=watch,
        )
        return TurnRunner(services, build())

    def _acting(self, queue: Queue) -> Acting | None:
        if self.connector is None:
            return None
        return Acting(
            catalogue=self.catalogue,
            connector=self.connector,
            built_in=BuiltInPlanner(self.catalogue),
            planner=self.gateway.planner,
            plan_prompt=loader.get("plan"),
            schedule_expiry=ApprovalDesk(queue).schedule_expiry,
        )


def assemble(settings: Settings, database: Database) -> Parts:
    """Load the models and guards. Raises `ModelMisconfigured` when `make setup` has not built them, or the reranking
    model is none; ValueError for a stage of search that there is not."""
    key = settings.openai_api_key
    gateway = build_gateway(
        embedding_model_dir=settings.embedding_model_dir,
        split=sentences,
        terms=terms,
        openai_api_key=None if key is None else key.get_secret_value(),
        openai_base_url=settings.openai_base_url,
        openai_model=settings.openai_model,
        bedrock_model=settings.bedrock_model,
        aws_region=settings.aws_region,
        timeout_s=settings.model_timeout_s,
        rewrite_instructions=loader.get("rewrite").text,
    )
    dense: DenseIndex = MemoryDense() if settings.dense_index is DenseIndexKind.MEMORY else SqlDense(database)
    reranker = None if settings.reranker_model_dir is None else OnnxReranker(settings.reranker_model_dir)
    searcher = Searcher(
        database,
        gateway.embedder,
        dense,
        reranker=reranker,
        expander=GlossaryExpander(database),
        stages=Stages.without(settings.retrieval_stages),
        flags=by_rules,
    )
    connector = _connector(settings)
    classifier = None if settings.injection_model_dir is None else OnnxClassifier(settings.injection_model_dir)
    entailment = None if settings.nli_model_dir is None else OnnxEntailment(settings.nli_model_dir)
    built = guards(
        gateway.embedder,
        actions_available=connector is not None,
        spacy_model=settings.spacy_model,
        classifier=classifier,
        entailment=entailment,
    )
    return Parts(
        gateway=gateway,
        searcher=searcher,
        guards=built,
        active_guards=describe(built, classifier),
        catalogue=load(settings.tool_catalogue),
        connector=connector,
        reranker=reranker,
        classifier=classifier,
        entailment=entailment,
    )


def _connector(settings: Settings) -> Connector | None:
    if not settings.core_banking_url:
        return None
    return HttpConnector(
        settings.core_banking_url, settings.core_banking_secret.get_secret_value(), clock=SystemClock()
    )


def register(app: App, parts: Parts, database: Database, keyring: Keyring, clock: Clock, watch: Watch = NOBODY) -> None:
    """Teach the queue's app to execute turns and to let approvals expire."""
    queue = Queue(app)
    turns.register(app, parts.runner(database, keyring, clock, queue, watch))
    approvals.register(app, parts.decisions(database, keyring, clock, queue))


def describe(built: Guards, classifier: OnnxClassifier | None = None) -> dict[str, str]:
    """What the guards cover, each under the name of what was built, so that a replaced one does not go unseen."""
    kinds = "; ".join(f"{kind} ({how})" for kind, how in built.covered.items())
    return {
        "access": "tenant by row-level security, audience and publication in every read",
        "injection": f"{type(built.screener).__name__}: rules and a packaged classifier"
        + ("" if classifier is None else f", with {classifier.name}"),
        "scope": f"{type(built.scope).__name__}: rules and a packaged classifier",
        "personal_data": f"{built.detector}: {kinds}",
        "claims": "citations, figures, wording, conditions, support by "
        + ("a packaged model" if built.entailment is None else built.entailment.name),
    }


def guards(
    embedder: Embedder,
    *,
    actions_available: bool = False,
    spacy_model: str | None = None,
    classifier: OnnxClassifier | None = None,
    entailment: OnnxEntailment | None = None,
) -> Guards:
    """Every guard of a turn, with the packaged models, and the bank's own classifier of attacks where it has one.
    Raises `PipelineUnusable` for a wrong `spacy_model`."""
    detector = detecting.build(spacy_model)
    personal_data, embed = SoundDetector(detector), sound_vectors(embedder.embed)
    return Guards(
        screener=Screener(packaged_guard(embed, classifier), personal_data),
        scope=ScopeJudge(packaged("scope"), embed, actions_available=actions_available),
        personal_data=personal_data,
        entailment=entailment,
        detector=detector.name,
        covered={kind.value: how for kind, how in detector.covered.items()},
    )


def reading(model_dir: Path, *, threads: int = 1) -> Reading:
    """What the document reader needs: no chat model and no guards, only the parser, in a process apart that is
    started at the first document, and an embedder of its own, whose `threads` give way to whoever wants the cores."""
    embedder = build_embedder(model_dir, threads=threads, background=True)
    return Reading(
        parse=ParserProcess().opened,
        chunks=chunks,
        embedder=embedder,
        is_suspicious=reads_like_orders,
        flags=packaged_instructions(embedder.embed).scan,
    )


def available_cores() -> int:
    """Those that this process may run on."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
