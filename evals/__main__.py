"""`python -m evals TASK [options]`: one measurement, its figures as one JSON object last on standard output."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol, cast

from core.errors import ProblemError
from evals.errors import CannotMeasure
from evals.stream import Rejected
from gateway.errors import ModelError

EXIT_GATE_MISSED: Final = 1
EXIT_CANNOT: Final = 2
EXIT_INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class Task:
    """A module that offers `add_arguments(parser)` and `run(args) -> dict`, and what it measures."""

    module: str
    summary: str


TASKS: Final[Mapping[str, Task]] = {
    "retrieval": Task("evals.retrieval", "recall and mean average precision of search, and its time"),
    "glossary": Task("evals.glossary", "whether an abbreviation finds what its spelt-out form finds"),
    "followups": Task("evals.followups", "whether a follow-up finds what it means"),
    "ingest": Task("evals.ingest", "chunks a second that come in, against the embedder alone; memory by pages"),
    "claims-training": Task("evals.claims_training", "the model that weighs claims, fitted and cross-validated"),
    "ranking-training": Task("evals.ranking_training", "the learned ranking, fitted and cross-validated"),
    "scale": Task("evals.scale.task", "how search grows: time, memory and recall by chunks and audience"),
    "sufficiency-training": Task("evals.sufficiency_training", "the model that weighs evidence, fitted"),
    "calibration": Task("evals.calibration", "whether the evidence that is shown comes true as often as it says"),
    "abstention": Task("evals.abstention", "whether a question is answered only where its passages are there"),
    "claims": Task("evals.claims", "whether unsupported claims are told from supported ones"),
    "altered": Task("evals.altered", "altered claims stopped, and faithful ones passed; exit 1 below the gate"),
    "injection": Task("evals.injection", "attacks found, and harmless texts taken for attacks"),
    "injection-training": Task("evals.injection_training", "the model of attacks in messages, fitted"),
    "instructions-training": Task("evals.instructions_training", "the model of orders in documents, fitted"),
    "routing": Task("evals.routing", "questions in scope let in, others kept out"),
    "kinds": Task("evals.kinds", "the kind of request that a message is taken for, and what is forbidden"),
    "scope-training": Task("evals.scope_training", "the model of what is in scope, fitted and cross-validated"),
    "pii": Task("evals.pii", "personal data found, by type"),
    "toolpolicy": Task("evals.toolpolicy", "which tool calls are allowed, approved or denied"),
    "tamper": Task("evals.tamper", "whether any alteration of a cosigned ledger goes unseen; exit 1 if one does"),
    "ledger": Task("evals.ledger", "how long verifying a large ledger takes, and a record's wait for its cosignature"),
    "turn": Task("evals.turn", "how long a whole guarded turn takes over HTTP"),
    "crash": Task("evals.crash", "what is done twice, lost or stuck when processes die; exit 1 where anything is"),
    "replay": Task("evals.replay", "whether runs come to the same from their records again; exit 1 if one does not"),
    "erasure": Task("evals.erasure", "what is left of erased conversations in database and files; exit 1 for anything"),
    "adversary": Task("evals.adversary.task", "whether a model that means harm gets anything false out; exit 1 if so"),
    "guards": Task("evals.guards", "what the guards of a turn cost beside the embedding of its question"),
    "marks": Task("evals.marks", "whether the marks of a sentence on its page hold it exactly; exit 1 if one does not"),
    "whole-path": Task("evals.whole_path", "what each guard costs and keeps out, end to end; exit 1 below the gate"),
    "forms": Task("evals.forms", "items of checklists found and wrongly given, place by place; exit 1 below the gate"),
    "golden": Task("evals.golden", "useful and false answers to the golden questions; exit 1 below the gate"),
}


class TaskModule(Protocol):
    """What a task's module offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the task's own options."""
        ...

    def run(self, args: argparse.Namespace) -> dict[str, Any]:
        """Measure. `gate_passed: False` in the result means that the task's own gate was missed."""
        ...


def main(argv: Sequence[str] | None = None) -> int:
    """0: measured; 1: measured, and a gate was missed; 2: could not be measured, standard error says why."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_overview(), file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else EXIT_CANNOT
    task = TASKS.get(arguments[0])
    if task is None or find_spec(task.module) is None:
        print(f"There is no task '{arguments[0]}'.\n\n{_overview()}", file=sys.stderr)
        return EXIT_CANNOT
    # Only the chosen task is imported: each loads libraries of its own.
    return run_task(arguments[0], task, cast(TaskModule, import_module(task.module)), arguments[1:])


def run_task(name: str, task: Task, module: TaskModule, arguments: Sequence[str]) -> int:
    """Parse the task's options, measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog=f"python -m evals {name}", description=f"Measures {task.summary}.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file too")
    module.add_arguments(parser)
    args = parser.parse_args(arguments)
    try:
        result = module.run(args)
        text = json.dumps(result, ensure_ascii=False, allow_nan=False)
        if args.json is not None:
            args.json.write_text(f"{text}\n", encoding="utf-8")
    except (CannotMeasure, ModelError, OSError) as error:
        return _cannot(str(error))
    except ProblemError as error:
        return _cannot(error.detail)
    except Rejected as error:
        return _cannot(f"the service refused the request: {error}")
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    print(text, flush=True)
    return EXIT_GATE_MISSED if result.get("gate_passed") is False else 0


def _cannot(reason: str) -> int:
    print(f"This could not be measured: {reason}", file=sys.stderr)
    return EXIT_CANNOT


def _overview() -> str:
    width = max(len(name) for name in TASKS)
    present = {name: task for name, task in TASKS.items() if find_spec(task.module) is not None}
    lines = [f"  {name:<{width}}  {task.summary}" for name, task in present.items()]
    return "\n".join(["usage: python -m evals TASK [options]   (python -m evals TASK --help)", "", *lines])


if __name__ == "__main__":
    sys.exit(main())
