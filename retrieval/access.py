"""Who may read what: the one predicate behind every read of a document, and the scope of a search.

Two questions, kept apart. *Access* is always today's roles against the document's present audience. The *as-of day*
only chooses among the editions that access admits. Both predicates are SQL because they are applied in SQL,
under row-level security, in every statement that reads a document; this module is the only place that spells them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from core.principal import EVERYONE, Permission, Principal

IN_AUDIENCE = "(%(everything)s OR d.audience && %(audiences)s::text[])"
"""The document `d` is meant for the caller; the system of the tenant, which no endpoint admits, reads all of it."""

READABLE = f"""({IN_AUDIENCE} AND (e.state = 'published' OR %(everything)s OR %(may_write)s)
    OR %(may_write)s AND d.created_by = %(person)s)"""
"""The edition `e` of the document `d` may be opened.

Published: by its audience, also when a newer edition has replaced it, so that an old answer's citation still opens.
Parsing, draft, failed or withdrawn: only by policy owners who are in the audience, or who created the document. Who
uploaded one of its editions and is no longer in the audience reads none of them.

The row-level policies `readers` of the database say the same a second time (migration 0011): this is what queries mean,
those are what a query that forgets it runs into. Both change together.
"""

IN_FORCE = f"""{IN_AUDIENCE} AND e.state = 'published'
    AND e.effective_from <= %(day)s AND (e.effective_to IS NULL OR %(day)s < e.effective_to)
    AND (%(libraries)s::text[] IS NULL OR d.library = ANY(%(libraries)s::text[]))
    AND NOT EXISTS (
        SELECT 1 FROM app.editions later
        WHERE later.document_id = e.document_id AND later.state = 'published' AND later.effective_from <= %(day)s
          AND (later.effective_from, later.published_at, later.id) > (e.effective_from, e.published_at, e.id))"""  # noqa: S608 -- our own text; values are parameters
"""The edition `e` is the one of its document that counts on the day and may be searched by the caller.

A later published edition replaces the earlier ones from its first day on and for good: when it ends, they stay
replaced, because an assistant must not revive a rule that the bank has replaced.
"""


def reader(principal: Principal) -> dict[str, object]:
    """The parameters of `READABLE` for this caller."""
    return {
        "everything": principal.is_system,
        "audiences": sorted({*principal.roles, EVERYONE}),
        "may_write": principal.may(Permission.DOCUMENT_WRITE),
        "person": principal.person,
    }


@dataclass(frozen=True, slots=True)
class Scope:
    """What a search may look at: a caller, the day whose policy counts, and perhaps some libraries only."""

    principal: Principal
    day: date
    libraries: tuple[str, ...] | None = None

    @classmethod
    def of(cls, principal: Principal, day: date, libraries: Sequence[str] | None) -> Self:
        """The scope with its libraries in canonical order; no libraries means all of them."""
        return cls(principal, day, tuple(sorted(set(libraries))) if libraries is not None else None)

    def parameters(self) -> dict[str, object]:
        """The parameters of `IN_FORCE`."""
        libraries = None if self.libraries is None else list(self.libraries)
        return {**reader(self.principal), "day": self.day, "libraries": libraries}
