"""The user message of a writing task, in one fixed form; whatever is quoted in it stays data.

<question>…</question>
<evidence>
[1] title › section
passage text, <flagged>what reads like an order in it</flagged>
</evidence>
"""

import re

from gateway.writers.ports import SourceText, WritingTask

TAGS = "question|evidence|feedback|history|flagged"
# The tags of this message, those of chat templates, and brackets that only look the same.
_TAG = re.compile(
    rf"[<＜﹤‹〈](?=\s*[/／]?\s*(?:{TAGS}|request|result|system|assistant|user)\b|\s*/?\s*s>|\s*/?<?\s*/?sys\b|\|)",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\[(?=\s*/?\s*(?:inst|system|assistant)\s*\])", re.IGNORECASE)
# A line that poses as somebody's turn of a conversation.
_TURN = re.compile(
    r"^(?=[^\S\n]*(?:#+[^\S\n]*)?(?:system|assistant|user|human|ai|bot|instruction)[^\S\n]*:)",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBERED = re.compile(r"^(?=[^\S\n]*\[\d+\])", re.MULTILINE)
_LINE_BREAKS = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f]")


def as_data(text: str) -> str:
    """Text that can neither open nor close a tag of the message or of a chat template, nor pass for the head of a
    passage or for somebody's turn.

    Only what would do so is changed, so that a verbatim quote of the rest is verbatim of the source.
    """
    clean = _CONTROL.sub("", _LINE_BREAKS.sub("\n", text))
    return _NUMBERED.sub("| ", _TURN.sub("| ", _TEMPLATE.sub("&#91;", _TAG.sub("&lt;", clean))))


def _quoted(source: SourceText) -> str:
    """The passage's text, what was flagged in it between tags that nothing else can write."""
    if not source.flagged:
        return as_data(source.text).strip()
    pieces = ((as_data(text), flagged) for text, flagged in source.pieces())
    return "".join(f"<flagged>{text}</flagged>" if flagged else text for text, flagged in pieces).strip()


def user_message(task: WritingTask) -> str:
    """Question and evidence, then why the last try was not accepted, if there was one."""
    passages = "\n".join(
        f"[{source.ref}] {as_data(' '.join(source.heading.split()))}\n{_quoted(source)}" for source in task.sources
    )
    message = f"<question>{as_data(task.question)}</question>\n<evidence>\n{passages}\n</evidence>"
    return f"{message}\n<feedback>{as_data(task.feedback)}</feedback>" if task.feedback else message
