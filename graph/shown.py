"""What an interrupted execution of a run has shown already, so that the next one shows nothing twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from core.canonical import digest
from retrieval.models import Passage
from runs.events import Claim, Stage
from runs.models import StoredEvent


@dataclass(frozen=True, slots=True)
class Shown:
    """Checked claims, the chunks of the sources they cite by number, and stages by name and status."""

    claims: tuple[Claim, ...] = ()
    chunks: tuple[UUID, ...] = ()
    stages: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, events: Iterable[StoredEvent]) -> "Shown":
        """Read from the run's log; the last `sources` count."""
        claims: list[Claim] = []
        chunks: tuple[UUID, ...] = ()
        stages: set[tuple[str, str]] = set()
        for event in events:
            if event.kind == "claim":
                claims.append(Claim.model_validate(event.data))
            elif event.kind == "sources":
                passages = [source for source in event.data["sources"] if source["kind"] == "passage"]
                chunks = tuple(UUID(source["chunk_id"]) for source in passages)
            elif event.kind == "stage":
                stages.add((event.data["name"], event.data["status"]))
        return cls(tuple(claims), chunks, frozenset(stages))

    def has(self, stage: Stage) -> bool:
        return (stage.name.value, stage.status) in self.stages

    def withdrawn_by(self, passages: Iterable[Passage]) -> list[int]:
        """The claims that no longer hold: all of them once their numbers stand for other passages."""
        if self.chunks == tuple(passage.chunk_id for passage in passages):
            return []
        return [claim.index for claim in self.claims]


def evidence_key(passages: Iterable[Passage]) -> str:
    """Part of a step's name: the same evidence again is the same step."""
    return digest([str(passage.chunk_id) for passage in passages])[:16]
