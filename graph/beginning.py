"""How an execution begins, live or from what was kept, and the versions of everything that decides in it."""

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from functools import lru_cache
from importlib.resources import files
from types import ModuleType
from typing import Any

from core.canonical import sha256_hex
from core.crypto import DataKey
from graph import inputs
from graph.context import RunContext, Services
from graph.inputs import Beginning
from graph.limits import ACTING_LIMITS, FORM_LIMITS, TURN_LIMITS
from graph.outside import Outside
from graph.taped import taped
from guardrails import limits, thresholds
from guardrails.placeholders import Placeholders

_DETECTOR = "personal_data"


def beginning(services: Services, key: DataKey, outside: Outside, start: Beginning) -> RunContext:
    """The context of an execution; what it starts from is its first input."""
    begun = outside.value("beginning", inputs.BEGINNING, lambda: start)
    return RunContext(
        taped(services, outside),
        begun.run,
        begun.principal,
        key,
        begun.history,
        outside,
        begun.attempt,
        begun.tries,
        begun.shown,
        begun.is_stopped,
        placeholders=Placeholders.of(begun.masks),
        masks_before=len(begun.masks),
        keeps_findings=_DETECTOR in begun.versions,
    )


def versions(services: Services) -> Mapping[str, str]:
    """Names and digests of what decides in a run and is no input of it."""
    acting = services.acting
    found = {
        "embedder": services.embedder.name,
        "writer": services.writer.name,
        "quoter": services.quoter.name,
        "answer_prompt": f"{services.answer_prompt.version} {services.answer_prompt.hash}",
        "thresholds": _thresholds(),
        _DETECTOR: services.guards.detector,
        **{f"{mode.value}_prompt": f"{p.version} {p.hash}" for mode, p in services.form_prompts.items()},
    }
    if services.rewriter is not None:
        found["rewriter"] = services.rewriter.name
    if acting is not None:
        found["catalogue"] = acting.catalogue.version
        found["planner"] = acting.built_in.name if acting.planner is None else acting.planner.name
        found["plan_prompt"] = f"{acting.plan_prompt.version} {acting.plan_prompt.hash}"
    return found


@lru_cache(maxsize=1)
def _thresholds() -> str:
    """A digest over every threshold and limit that a turn is decided by, and the weights of the guards' models."""
    decisive = [TURN_LIMITS, ACTING_LIMITS, FORM_LIMITS, *_constants(thresholds), *_constants(limits)]
    numbers = repr([asdict(each) for each in decisive]).encode()
    models = sorted(files("guardrails").joinpath("models").iterdir(), key=lambda file: file.name)
    return sha256_hex(b"\0".join([numbers, *(model.read_bytes() for model in models if model.is_file())]))[:16]


def _constants(module: ModuleType) -> list[Any]:
    """The frozen values that a module of numbers has, by name."""
    return [value for _, value in sorted(vars(module).items()) if is_dataclass(value) and not isinstance(value, type)]
