"""Why something can't be measured, in words that say what to change."""

from pathlib import Path


class CannotMeasure(Exception):
    """The measurement can't begin or go on; the text is for whoever started it."""


class DataError(CannotMeasure):
    """A data file that can't be used: `file:line: what is wrong`."""

    def __init__(self, path: Path, problem: str, *, line: int | None = None) -> None:
        super().__init__(f"{path}{'' if line is None else f':{line}'}: {problem}")


class ServiceError(CannotMeasure):
    """What the measurement needs could not be started, or ended under way."""
