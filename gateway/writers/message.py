"""The user message of a writing task, in one fixed form; whatever is quoted in it stays data.

<question>…</question>
<evidence>
[1] title › section
passage text
</evidence>
"""

import re

from gateway.writers.ports import WritingTask

TAGS = "question|evidence|feedback|history"
_TAG = re.compile(rf"<(?=\s*/?\s*(?:{TAGS})\b)", re.IGNORECASE)
_NUMBERED = re.compile(r"^(?=[^\S\n]*\[\d+\])", re.MULTILINE)
_LINE_BREAKS = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f]")


def as_data(text: str) -> str:
    """Text that can neither open nor close one of the message's tags, nor pass for the head of a passage.

    Only what would do so is changed, so that a verbatim quote of the rest is verbatim of the source.
    """
    clean = _CONTROL.sub("", _LINE_BREAKS.sub("\n", text))
    return _NUMBERED.sub("| ", _TAG.sub("&lt;", clean))


def user_message(task: WritingTask) -> str:
    """Question and evidence, then why the last try was not accepted, if there was one."""
    passages = "\n".join(
        f"[{source.ref}] {as_data(' '.join(source.heading.split()))}\n{as_data(source.text).strip()}"
        for source in task.sources
    )
    message = f"<question>{as_data(task.question)}</question>\n<evidence>\n{passages}\n</evidence>"
    return f"{message}\n<feedback>{as_data(task.feedback)}</feedback>" if task.feedback else message
