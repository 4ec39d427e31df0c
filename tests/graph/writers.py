"""A writer that follows a script: a second implementation of the port, for turns whose model must do a known thing."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field

from gateway.writers.ports import ClaimDraft, Usage, WritingTask

Step = ClaimDraft | Usage | BaseException | Callable[[], Awaitable[object]]
"""A claim to write, an error to raise, or something to wait for."""

USAGE = Usage(model="scripted-1", input_tokens=11, output_tokens=7, calls=1)


def claim(text: str, *citations: int, quote: bool = False) -> ClaimDraft:
    return ClaimDraft(text=text, citations=citations or (1,), quote=quote)


@dataclass(slots=True)
class ScriptedWriter:
    """Each call follows the next script, the last one for ever; `tasks` is what it was asked."""

    scripts: list[list[Step]]
    name: str = "scripted-1"
    tasks: list[WritingTask] = field(default_factory=list[WritingTask])

    async def write(self, task: WritingTask) -> AsyncGenerator[ClaimDraft | Usage]:
        script = self.scripts[min(len(self.tasks), len(self.scripts) - 1)]
        self.tasks.append(task)
        for step in script:
            if isinstance(step, BaseException):
                raise step
            if isinstance(step, ClaimDraft | Usage):
                yield step
            else:
                await step()

    async def aclose(self) -> None:
        return None
