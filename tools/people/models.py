"""Who may sign, as the newest token about the person said."""

from dataclasses import dataclass

from core.principal import Principal


@dataclass(frozen=True, slots=True)
class Signer:
    """A person with today's roles, and the whole US dollars that she may sign up to.

    `signing_limit` None: the directory sets no personal limit, so only those of the roles count; 0: may sign no amount.
    """

    principal: Principal
    signing_limit: int | None
