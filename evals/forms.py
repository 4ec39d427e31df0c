"""`python -m evals forms`: checklists over the sandbox bank's policies, item by item and place by place, over HTTP.

A request counts each expected item that the form has (recall), and each item of the form that is expected (precision);
optional items count for neither. Every field must stand word for word or checked in a passage that it cites.
"""

import argparse
import asyncio
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from evals.asking import CHAT
from evals.errors import DataError
from evals.gates import FORMS_GATE
from evals.golden import POLICIES
from evals.service import Documents, ScratchOptions, running_service, scratch_service
from evals.stream import Connection
from runs.forms import Checklist

CASES: Final = Path(__file__).parent / "forms_cases"
PERSON: Final = "omar"
_PARAGRAPH: Final = re.compile(r"\d+\.\d+")
_NUMBER: Final = re.compile(r"\W*(\d+)\b")


class Request(BaseModel):
    """One request with the places of its items: `3.3` for a paragraph, `3:P1` for the row P1 of section 3."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    ask: str
    document: str
    items: Annotated[frozenset[str], Field(min_length=1)]
    optional: frozenset[str] = frozenset()
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """What came of one request."""

    request: Request
    outcome: str
    found: frozenset[str]
    wrong: tuple[str, ...]

    @property
    def recall(self) -> float:
        return len(self.found) / len(self.request.items)

    @property
    def precision(self) -> float:
        given = len(self.found) + len(self.wrong)
        return len(self.found) / given if given else 0.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cases", type=Path, default=CASES, metavar="DIR", help="a folder of *.yaml")
    parser.add_argument("--only", action="append", metavar="ID", help="ids that begin so (repeatable); no gate then")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the development data: its regulations beside")
    parser.add_argument("--model", action="store_true", help="let the sandbox model server write")
    parser.add_argument("--url", help="a running service with the documents in it")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the database here for a second run")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Ask and count. `gate_passed` is None where only some requests were picked."""
    requests = [r for r in load(args.cases) if args.only is None or r.id.startswith(tuple(args.only))]
    if not requests:
        raise DataError(args.cases, "no request is left")
    documents = [Documents("harbour", POLICIES / "manifest.json")]
    if args.data is not None:
        regulations = args.data / "regulations" / "manifest.json"
        documents.append(Documents("harbour", regulations, library="regulations", audience="*"))
    options = ScratchOptions(documents, with_model=args.model, keep=args.keep)
    with running_service(args.url) if args.url else scratch_service(options) as service:
        counted = asyncio.run(_ask_all(service.base_url, service.token(PERSON), requests))
    return scores(counted, whole=args.only is None)


def load(folder: Path) -> list[Request]:
    """Every request of a folder; raises DataError for one that is none."""
    found: list[Request] = []
    for file in sorted(folder.glob("*.yaml")):
        try:
            found += TypeAdapter(list[Request]).validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))
        except (yaml.YAMLError, ValidationError) as error:
            raise DataError(file, f"it holds no requests: {error}") from error
    return found


async def _ask_all(base_url: str, token: str, requests: Sequence[Request]) -> list[Counted]:
    connection = Connection(base_url)
    counted: list[Counted] = []
    try:
        for request in requests:
            body = {"message": request.ask, "mode": "checklist"}
            events = [event async for event in connection.post_events(CHAT, token, body)]
            last = {event.kind: event.fields() for event in events}
            outcome = str(last.get("run.finished", {}).get("status", "unfinished"))
            counted.append(count(request, outcome, last.get("answer")))
            print(_line(counted[-1]), file=sys.stderr)
    finally:
        await connection.close()
    return counted


def count(request: Request, outcome: str, answer: dict[str, Any] | None) -> Counted:
    """The places of the form's items against those that are expected."""
    if answer is None:
        return Counted(request, outcome, frozenset(), ())
    form = Checklist.model_validate(answer["structured"])
    sources = {source["ref"]: source for source in answer["sources"]}
    places = [(sources[item.citations[-1]], item) for item in form.items]
    named = [(str(source["document"]), place(source["section"], item.mark, item.text)) for source, item in places]
    mine = frozenset(where for document, where in named if document == request.document)
    wrong = [f"{d} {w}" for d, w in named if d != request.document or w not in request.items | request.optional]
    return Counted(request, outcome, mine & request.items, tuple(dict.fromkeys(wrong)))


def place(section: Sequence[str], mark: str | None, text: str) -> str:
    """Where an item stands: its paragraph's number, or its section's and the first cell of its row."""
    if mark is not None and _PARAGRAPH.fullmatch(mark):
        return mark
    number = _NUMBER.match(section[0]) if section else None
    return f"{'' if number is None else number.group(1)}:{text.split(' | ', 1)[0].strip()}"


def scores(counted: Sequence[Counted], *, whole: bool) -> dict[str, Any]:
    """Means over the requests, those apart that were held out."""
    told = {"all": counted}
    told |= {name: [c for c in counted if c.request.held_out is held] for name, held in _SETS}
    figures = {
        name: {
            "requests": len(some),
            "recall": round(sum(c.recall for c in some) / len(some), 4),
            "precision": round(sum(c.precision for c in some) / len(some), 4),
            "unanswered": sum(c.outcome != "answered" for c in some),
        }
        for name, some in told.items()
        if some
    }
    passed = figures["all"]["recall"] >= FORMS_GATE.recall and figures["all"]["precision"] >= FORMS_GATE.precision
    return {
        **figures,
        "gate": {"recall": FORMS_GATE.recall, "precision": FORMS_GATE.precision},
        "gate_passed": passed if whole else None,
        "per_request": [
            {
                "id": c.request.id,
                "outcome": c.outcome,
                "recall": round(c.recall, 3),
                "precision": round(c.precision, 3),
                "missed": sorted(c.request.items - c.found),
                "wrong": list(c.wrong),
            }
            for c in counted
        ],
    }


_SETS: Final = (("development", False), ("held_out", True))


def _line(one: Counted) -> str:
    missed = f" missed {sorted(one.request.items - one.found)}" if one.recall < 1 else ""
    wrong = f" wrong {list(one.wrong)}" if one.wrong else ""
    return (
        f"{one.request.id:<22} {one.outcome:<10} recall {one.recall:.2f} precision {one.precision:.2f}{missed}{wrong}"
    )
