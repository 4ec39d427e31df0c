"""What one round of the crash test does, all of it drawn from a seed: who asks for what, what is killed when, what
goes wrong in the bank's system. Only how the machine happens to schedule it is left to chance."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Victim(StrEnum):
    """What is killed with signal 9. There are two workers, alike. `database` is the postmaster alone, `machine` is it
    and all its processes. `frozen` is a worker that stands still until it is taken for dead, and then goes on."""

    WORKER = "worker"
    SECOND = "second"
    FROZEN = "frozen"
    API = "api"
    DATABASE = "database"
    MACHINE = "machine"

    @property
    def process(self) -> str:
        """What is hit: a second blow to the same waits until it runs again."""
        return {Victim.MACHINE: "database", Victim.FROZEN: "worker"}.get(self, self.value)


class Moment(StrEnum):
    """From when on a blow's delay counts, in one of the round's requests."""

    ASKING = "asking"
    PROPOSED = "proposed"
    SIGNING = "signing"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Wish:
    """One request for a note. Its `signers` decide at the same instant, each of them `times` times at once."""

    maker: str
    tenant: str
    case_id: str
    text: str
    signers: tuple[str, ...]
    approve: bool
    times: int
    long_lived: bool
    """In the maker's one long conversation; else in a new one."""

    @property
    def message(self) -> str:
        return f"Add a note to case {self.case_id}: {self.text}"


@dataclass(frozen=True, slots=True)
class Blow:
    """One kill -9, `delay_s` after a moment of the wish with this index; started again (or going on) after `down_s`."""

    victim: Victim
    wish: int
    moment: Moment
    delay_s: float
    down_s: float


@dataclass(frozen=True, slots=True)
class Round:
    """One round. `rules` are what the bank's fault switch is told, with a seed of its own."""

    number: int
    wishes: tuple[Wish, ...]
    blows: tuple[Blow, ...]
    rules: tuple[Mapping[str, Any], ...]
    fault_seed: int


MAKERS: Final = (("anna", "harbour", True), ("omar", "harbour", False), ("anna", "harbour", False),
                 ("boris", "vale", True))  # fmt: skip
SIGNERS: Final = {"harbour": ("sam", "sofia"), "vale": ("sasha",)}
CASES: Final = {"harbour": ("C-1042", "C-1043", "C-1060", "C-1063"), "vale": ("C-2001", "C-2002")}
CALL_TIMEOUT_S: Final = 1.0
"""What a signed call may take here, so that one which takes longer costs a round a second and not ten."""

_AIMED: Final = 0.3
"""Of the rounds this part is aimed at the call of the bank's system; the others strike anywhere."""

# What clerks write. Of each hundred such notes the screener takes some for attacks: those are refused and not counted.
_OPENINGS: Final = ("customer called the", "customer phoned the", "customer visited the", "customer came to the")
_PAPERS: Final = (
    "bank statement", "utility bill", "payslip", "rent receipt", "tax notice", "invoice", "insurance letter",
    "phone bill", "pension statement", "loan statement", "water bill", "account summary",
)  # fmt: skip
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_TOWNS: Final = (
    "Eastbrook", "Westhaven", "Northfield", "Southgate", "Millbridge", "Oakham", "Ashford", "Redhill", "Kingsport",
    "Fairview", "Stonebury", "Lakeside",
)  # fmt: skip
_WRITES: Final = ["addCaseNote"]


def plan(seed: int, number: int) -> Round:
    """Round `number` (from 0) of the run with this seed."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 -- repeatable, not secret
    wishes = tuple(_wish(chance, number, index) for index in range(len(MAKERS)))
    if chance.random() < _AIMED:
        blows, rules = _aimed(chance, wishes)
    else:
        blows = tuple(_blow(chance, len(wishes)) for _ in range(chance.choices((1, 2, 3), (6, 3, 1))[0]))
        rules = _rules(chance)
    return Round(number, wishes, blows, rules, chance.randrange(2**31))


def _wish(chance: random.Random, number: int, index: int) -> Wish:
    maker, tenant, long_lived = MAKERS[index]
    signers = chance.sample(SIGNERS[tenant], len(SIGNERS[tenant]))
    return Wish(
        maker=maker,
        tenant=tenant,
        case_id=chance.choice(CASES[tenant]),
        text=f"{chance.choice(_OPENINGS)} {_paper(number * len(MAKERS) + index)}",
        signers=tuple(signers[: chance.choices((1, 2), (5, 1))[0]]),
        approve=chance.random() < 0.9,
        times=chance.choices((1, 2), (4, 1))[0],
        long_lived=long_lived,
    )


def _paper(number: int) -> str:
    """A branch and a paper that no other number has: notes are told apart by it, and digits could be personal data."""
    number, paper = divmod(number, len(_PAPERS))
    number, month = divmod(number, len(_MONTHS))
    more, town = divmod(number, len(_TOWNS))
    return f"{_TOWNS[town]} branch{' again' * more} about the {_PAPERS[paper]} of {_MONTHS[month]}"


def _blow(chance: random.Random, wishes: int) -> Blow:
    victim = chance.choices(
        (Victim.WORKER, Victim.SECOND, Victim.FROZEN, Victim.API, Victim.DATABASE, Victim.MACHINE),
        (4, 2, 2, 2, 2, 1),
    )[0]
    # A whole turn takes a tenth of a second on an idle machine: most blows fall within it, some well after.
    longest = chance.choices((0.03, 0.2, 1.0), (4, 4, 2))[0]
    return Blow(
        victim=victim,
        wish=chance.randrange(wishes),
        moment=chance.choices(tuple(Moment), (1, 2, 3, 3))[0],
        delay_s=chance.uniform(0, longest),
        down_s=chance.uniform(0.5, 3.0) if victim is Victim.FROZEN else chance.uniform(0, 0.3),
    )


def _aimed(chance: random.Random, wishes: Sequence[Wish]) -> tuple[tuple[Blow, ...], tuple[Mapping[str, Any], ...]]:
    """Blows into the call itself: the bank's system takes its time with every note, and whoever waits for it dies."""
    slow_ms = CALL_TIMEOUT_S * 700
    index = chance.randrange(len(wishes))
    victims = chance.choice(
        ((Victim.WORKER, Victim.SECOND), (Victim.FROZEN, Victim.SECOND), (Victim.DATABASE,), (Victim.MACHINE,))
    )
    blows = [
        Blow(
            victim=victim,
            wish=index,
            moment=Moment.SIGNED,
            delay_s=chance.uniform(0, CALL_TIMEOUT_S),
            down_s=2.8 if victim is Victim.FROZEN else chance.uniform(0, 0.3),
        )
        for victim in victims
    ]
    rules = ({"fault": "slow", "probability": 1.0, "delay_ms": slow_ms, "count": 8, "operations": _WRITES},)
    return tuple(blows), rules


def _rules(chance: random.Random) -> tuple[Mapping[str, Any], ...]:
    """Up to two of the bank's faults, each for part of the calls that carry a note."""
    late_ms = CALL_TIMEOUT_S * 1000 + 200
    faults: Sequence[Mapping[str, Any]] = (
        {"fault": "slow", "probability": 0.8, "delay_ms": chance.randrange(50, 600)},
        {"fault": "slow", "probability": 0.5, "delay_ms": late_ms, "count": 2},
        {"fault": "slow_after", "probability": 0.5, "delay_ms": late_ms, "count": 2},
        {"fault": "http_500", "probability": 0.7},
        {"fault": "http_500_after", "probability": 0.8},
        {"fault": "drop", "probability": 0.7},
        {"fault": "drop_after", "probability": 0.8},
        {"fault": "in_progress", "probability": 0.5},
    )
    chosen = chance.sample(faults, chance.choices((0, 1, 2), (2, 5, 3))[0])
    # Bounded in number: an outage that goes on is waited out longer and longer, which a round has no time for.
    return tuple({"count": chance.randint(1, 6), **fault, "operations": _WRITES} for fault in chosen)
