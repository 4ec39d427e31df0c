"""All that compliance may ask, as one value for the endpoints."""

from dataclasses import dataclass

from api.auditing.accesses import Accesses
from api.auditing.figures import Figures
from api.auditing.gaps import Gaps
from api.auditing.proofs import Proofs, Provers
from api.auditing.reads import Reads
from api.auditing.runs import RunSearch
from api.auditing.stories import Stories
from api.auditing.veil import Veil
from api.cursors import Cursors
from api.days import Days
from api.limits import AUDIT_LOOKS_PER_PERSON, AUDIT_PROOFS_PER_PERSON
from api.metrics import HttpMetrics
from api.pages import Pages
from api.rates import RateLimit
from core.clock import Clock
from core.crypto import Keyring
from core.database import Database
from guardrails.personal_data import PersonalDataDetector
from tools.catalogue.models import Catalogue


@dataclass(frozen=True, slots=True)
class AuditDesk:
    """Search, stories, access on a day, figures, gaps in the documents, and proofs."""

    runs: RunSearch
    stories: Stories
    accesses: Accesses
    figures: Figures
    gaps: Gaps
    proofs: Proofs


def audit_desk(
    database: Database,
    keyring: Keyring,
    clock: Clock,
    days: Days,
    metrics: HttpMetrics,
    catalogue: Catalogue,
    provers: Provers,
    pages: Pages,
    detector: PersonalDataDetector,
) -> AuditDesk:
    """Every part over the same door, so that no look goes unrecorded."""
    looks = RateLimit(AUDIT_LOOKS_PER_PERSON, refused=metrics.limited.labels("audit").inc)
    proofs = RateLimit(AUDIT_PROOFS_PER_PERSON, refused=metrics.limited.labels("proofs").inc)
    reads = Reads(database, clock, looks)
    veil = Veil(detector)
    stories = Stories(reads, keyring, clock, catalogue, days, veil)
    return AuditDesk(
        runs=RunSearch(reads, keyring, Cursors(keyring, "audit-runs"), veil),
        stories=stories,
        accesses=Accesses(reads, days),
        figures=Figures(reads, days),
        gaps=Gaps(reads, keyring, days, Cursors(keyring, "audit-abstentions"), veil),
        proofs=Proofs(reads, stories, provers, proofs, clock, pages),
    )
