"""The built-in planner: what a message asks for by rules, without a model and without a network.

Deterministic and conservative: it proposes a call only where the person's words name the tool and give every value;
what is missing is asked for in fixed sentences. It reads requests, never results: those only tell it what is done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.canonical import canonical_json
from gateway.planning.ports import PastStep, Plan, PlannedCall, PlanningTask
from tools.catalogue.models import Catalogue
from tools.planning.folded import fold
from tools.planning.hints import ArgumentWords, Kind, ToolWords, read_words
from tools.planning.orders import Reading, read_order
from tools.planning.requests import MOST, is_question, read_message
from tools.planning.values import Found, due_date, find_all
from tools.planning.wording import SAYS_NO_MORE

_TOO_MANY: Final = f"Ask for at most {MOST} things in one message."


@dataclass(frozen=True, slots=True)
class _Request:
    """A call with what is still missing of it, in sentences."""

    tool: ToolWords
    args: Mapping[str, Any]
    missing: tuple[str, ...]


class BuiltInPlanner:
    """Plans over the tools of one catalogue. Raises HintsError for a catalogue whose hints can't be used."""

    name: Final = "built-in-1"

    def __init__(self, catalogue: Catalogue) -> None:
        read = (read_words(tool) for tool in catalogue.tools.values())
        self._tools = tuple(words for words in read if words.plannable)

    async def plan(self, task: PlanningTask) -> Plan:
        """The next call alone: ask again with its result among the past steps. Nothing is proposed while anything
        that the request asks for lacks a value. Raises no ModelError."""
        offered = {tool.name for tool in task.tools}
        requests = [request for request in self._requests(task.request) if request.tool.name in offered]
        if len(requests) > MOST:
            return Plan(missing=_TOO_MANY, planner=self.name)
        missing = list(dict.fromkeys(sentence for request in requests for sentence in request.missing))
        if missing:
            return Plan(missing=" ".join(missing), planner=self.name)
        left = _not_done(requests, task.past)
        return Plan(calls=tuple(PlannedCall(r.tool.name, r.args) for r in left[:1]), planner=self.name)

    async def aclose(self) -> None:
        """Nothing is held open."""

    def recognises(self, text: str) -> bool:
        """Whether the message asks for a tool of the catalogue: a change, or a look at a record that it names."""
        return bool(read_message(self._tools, text))

    def joined(self, earlier: str, reply: str) -> str | None:
        """The request to plan when `reply` gives (some of) what `earlier` was found to lack; None where it doesn't:
        where it is a question, an order of its own or says no."""
        lacking = _lacking(self._requests(earlier))
        low = fold(reply).low.strip()
        if not lacking or not low or is_question(reply) or SAYS_NO_MORE.fullmatch(low):
            return None
        if read_order([tool for tool in self._tools if not tool.reads], fold(reply)) is not None:
            return None
        both = f"{earlier.rstrip()}\n{reply.strip()}"
        return both if len(_lacking(self._requests(both))) < len(lacking) else None

    def _requests(self, message: str) -> list[_Request]:
        requested = read_message(self._tools, message)
        requests = [_complete(one, requested, message) for one in requested]
        if len(requests) > MOST:
            return requests
        return list({_fingerprint(request): request for request in reversed(requests)}.values())[::-1]


def _fingerprint(request: _Request) -> bytes:
    """The same for requests that ask for the same."""
    return canonical_json([request.tool.name, dict(request.args), list(request.missing)])


def _lacking(requests: Sequence[_Request]) -> list[str]:
    return [sentence for request in requests for sentence in request.missing]


def _complete(one: Reading, all_of_them: Sequence[Reading], message: str) -> _Request:
    """The arguments that its words, or failing those the rest of the message, give."""
    args: dict[str, Any] = {}
    missing: list[str] = []
    for argument in one.tool.arguments:
        found = _value(argument, one, all_of_them, message)
        if found.value is not None:
            args[argument.name] = found.value
        elif found.ambiguous:
            missing.append(f"Give only one value for “{argument.label}”.")
        elif argument.required or (argument.kind is Kind.DATE and one.undated):
            missing.append(argument.ask)
    return _Request(one.tool, args, tuple(missing))


def _value(argument: ArgumentWords, one: Reading, others: Sequence[Reading], message: str) -> Found:
    found = one.found.get(argument.name, Found(one.cut.text) if argument.kind is Kind.TEXT else Found())
    if found != Found():
        return found
    if argument.kind is Kind.PATTERN and argument.required:
        given = {other.found.get(argument.name, Found()) for other in others} - {Found()}
        return given.pop() if len(given) == 1 else Found()
    if argument.kind is Kind.PATTERN and one.cut.text:
        return _only_one(find_all([argument], fold(one.cut.text))[argument.name])
    if argument.kind is Kind.DATE and one.cut.text:
        return due_date(fold(one.cut.text))
    if argument.kind is Kind.ENUM and argument.required:
        return _only_one(find_all([argument], fold(message))[argument.name])
    return Found()


def _only_one(found: Found) -> Found:
    return Found(found.value)


def _not_done(requests: Sequence[_Request], past: Sequence[PastStep]) -> list[_Request]:
    """The requests that no past step stands for. A change that was made otherwise than the rules read it (a model
    planned it) counts as made: nothing is proposed twice."""
    left, steps = list(requests), list(past)
    for exactly in (True, False):
        for step in list(steps):
            match = next((request for request in left if _stands_for(step, request, exactly=exactly)), None)
            if match is not None:
                left.remove(match)
                steps.remove(step)
    return left


def _stands_for(step: PastStep, request: _Request, *, exactly: bool) -> bool:
    if step.tool != request.tool.name:
        return False
    return canonical_json(dict(step.args)) == canonical_json(dict(request.args)) if exactly else not request.tool.reads
