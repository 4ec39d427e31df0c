"""The people of the sandbox's two banks. A persona's key is the `sub` of its tokens."""

from dataclasses import dataclass

BANKS = {"harbour": "Harbour Bank", "vale": "Vale Bank"}

ROLE_NAMES = {
    "staff": "Branch staff",
    "analyst": "Analyst",
    "supervisor": "Supervisor",
    "compliance": "Compliance",
    "policy_owner": "Policy owner",
    "hr": "HR",
    "fraud_desk": "Fraud desk",
}


@dataclass(frozen=True, slots=True)
class Persona:
    """One person of one bank (`tenant`), with the roles that her tokens carry."""

    key: str
    name: str
    tenant: str
    roles: tuple[str, ...]
    branch: str | None = None
    about: str = ""
    signing_limit: int | None = None
    """Up to what amount she may sign, in whole US dollars; None: her tokens name no limit of her own."""

    @property
    def bank(self) -> str:
        return BANKS[self.tenant]

    @property
    def work(self) -> str:
        """What she does in words, as in `Branch staff · Branch 001`."""
        words = [ROLE_NAMES[role] for role in self.roles]
        return " · ".join([*words, f"Branch {self.branch}"] if self.branch else words)

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split())


_EVERYONE = (
    Persona("anna", "Anna Keller", "harbour", ("staff",), "001", "Asks policy questions"),
    Persona("omar", "Omar Haddad", "harbour", ("analyst", "fraud_desk"), None, "Works on cases and forms"),
    Persona("sam", "Sam Okafor", "harbour", ("supervisor",), "001", "Decides on paused actions", 20_000),
    Persona("sofia", "Sofia Lindqvist", "harbour", ("supervisor",), None, "Decides on paused actions", 50_000),
    Persona("lea", "Lea Marsh", "harbour", ("supervisor",), "002", "Decides on paused actions"),
    Persona("carla", "Carla Mendes", "harbour", ("compliance",), None, "Looks up past answers"),
    Persona("pia", "Pia Novak", "harbour", ("policy_owner", "hr"), None, "Publishes circulars"),
    Persona("paul", "Paul Brandt", "harbour", ("policy_owner", "fraud_desk"), None, "Publishes circulars"),
    Persona("boris", "Boris Wendt", "vale", ("staff",), None, "Asks policy questions"),
    Persona("sasha", "Sasha Ruiz", "vale", ("supervisor",), None, "Decides on paused actions"),
)

PERSONAS = {persona.key: persona for persona in _EVERYONE}


def by_bank() -> list[tuple[str, list[Persona]]]:
    """Each bank's name with its people, in the order in which a sign-in page lists them."""
    return [(name, [one for one in _EVERYONE if one.tenant == tenant]) for tenant, name in BANKS.items()]
