"""The sandbox bank with documents that not everybody may read, another bank beside it, and a model server in a process
of its own."""

import os
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx

from core.principal import Principal
from core.settings import ROOT
from evals.adversary.arena import Arena, Asks, oracle_of
from evals.child_process import ChildProcess
from evals.golden_questions import load_golden
from evals.replay_world import DAY, PEOPLE, POLICIES, World, open_world, scratch_database, take_in
from jobs.manifest import Defaults, incoming
from retrieval.chunking import chunks
from retrieval.ingest import Reading
from retrieval.parsing import parse
from retrieval.parsing.spool import here

TUNING: Final = ROOT / "evals" / "tuning"
RESTRICTED: Final = ("fraud-desk-playbook", "hr-disciplinary")
OTHER_BANK: Final = "vale"
WITHIN_S: Final = 30.0


@asynccontextmanager
async def open_arena() -> AsyncGenerator[Arena]:
    """Everything that the campaign needs, gone at its end."""
    with tempfile.TemporaryDirectory(prefix="cs-adversary-") as folder, _model_server(Path(folder)) as server:
        address = server.wait_until(lambda: server.said("model server "), within_s=WITHIN_S).removesuffix("/v1")
        with scratch_database("adversary") as urls:
            async with open_world(urls) as world, httpx.AsyncClient(timeout=WITHIN_S) as http:
                await _restricted(world)
                services = world.runner.services
                arena = Arena(
                    services=services,
                    keyring=world.keyring,
                    decisions=world.decisions,
                    bank=world.bank,
                    questions=_questions(),
                    server=address,
                    oracle=await oracle_of(services, (world.system.tenant, OTHER_BANK)),
                    http=http,
                )
                await arena.open()
                try:
                    yield arena
                finally:
                    await arena.close()


def _model_server(folder: Path) -> ChildProcess:
    command = [sys.executable, "-m", "sandbox", "serve-model", "--port", "0"]
    environment = {**os.environ, "ENVIRONMENT": "development", "PYTHONUNBUFFERED": "1"}
    return ChildProcess.start("the model server", command, environment=environment, log=folder / "model.log", cwd=ROOT)


async def _restricted(world: World) -> None:
    """Documents of other roles, and of another bank."""
    reading = Reading(parse=here(parse), chunks=chunks, embedder=world.runner.services.embedder)
    for manifest, system in (
        (POLICIES / "manifest.json", world.system),
        (POLICIES / "vale" / "manifest.json", Principal.system(OTHER_BANK)),
    ):
        for item in incoming([], manifest, Defaults(None, None, DAY)):
            if system.tenant == OTHER_BANK or item.metadata.document in RESTRICTED:
                await take_in(world.database, system, item, reading)


def _questions() -> list[Asks]:
    return [
        Asks(PEOPLE[each.persona], each.turns[0], each.as_of or DAY)
        for each in load_golden(TUNING)
        if each.persona in PEOPLE and each.id.startswith("tuning-policy-") and len(each.turns) == 1
    ]
