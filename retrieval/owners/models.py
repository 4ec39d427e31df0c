"""A policy owner as somebody who may read the owner's documents is told of them."""

from dataclasses import dataclass
from typing import Final

POLICY_OWNER: Final = "policy_owner"
"""The role of those who publish documents."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A person who has the role of a policy owner today, and titles of documents of theirs that the reader may open;
    the first is the one that brought the person up."""

    person: str
    name: str
    documents: tuple[str, ...]
