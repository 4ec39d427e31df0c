"""What a publisher is shown before, and what is kept of it after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from retrieval.publishing.calendar import Stretch
from retrieval.publishing.findings import Finding, FindingKind


@dataclass(frozen=True, slots=True)
class Prospect:
    """What publishing or withdrawing an edition would do. `digest` names all that it depends on: both texts, the days,
    the audience and every published edition of the document. `base`: the edition that it is compared with."""

    base: UUID | None
    digest: str
    findings: tuple[Finding, ...]
    calendar: tuple[Stretch, ...]
    """The document's days as they would be."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What is kept of a publication. `digest`: of what the publisher had been shown, None where nothing was asked."""

    base: UUID | None
    digest: str | None
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "base": None if self.base is None else str(self.base),
            "digest": self.digest,
            "findings": [as_json(finding) for finding in self.findings],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Publication":
        base = kept["base"]
        return cls(
            base=None if base is None else UUID(base),
            digest=kept["digest"],
            findings=tuple([_finding(each) for each in kept["findings"]]),
        )


def as_json(finding: Finding) -> dict[str, Any]:
    """The finding as it is stored and recorded."""
    return {
        "kind": finding.kind.value,
        "first": finding.first.isoformat(),
        "until": None if finding.until is None else finding.until.isoformat(),
        "edition": None if finding.edition_id is None else str(finding.edition_id),
        "version": finding.version,
    }


def _finding(kept: Mapping[str, Any]) -> Finding:
    until, edition = kept["until"], kept["edition"]
    return Finding(
        kind=FindingKind(kept["kind"]),
        first=date.fromisoformat(kept["first"]),
        until=None if until is None else date.fromisoformat(until),
        edition_id=None if edition is None else UUID(edition),
        version=kept["version"],
    )
