"""Cheap signs that a sentence of a document asks something of its reader: a question, a command, a word to a machine.

Only such sentences are worth a model's look; most of what a policy says is a statement. The signs are features besides.
"""

import re
from typing import Final

from guardrails.injection_rules import Strength, hits
from guardrails.normalise import fold


def _words(table: str) -> frozenset[str]:
    return frozenset(table.split())


_LEAD: Final = re.compile(
    r"^(?:[\W_]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]\s)*"
    r"(?:(?:please|kindly|now|then|also|just|first|finally|next|instead|always|never|don't|do not|"
    r"(?:to|in|for|when|if|at|before|after|from|with) [^,:]{1,60}[,:]|\w+ly)[\s,]+)*"
)
_COMMANDS: Final = _words(
    "absorb act add adapt adjust admit adopt advertise advise alert alter analyse analyze announce answer append "
    "apply approve arrange ask assert assign assume attach begin blend book break build calculate call carry cease "
    "change check choose claim classify click close combine comment compare compile complement complete compose "
    "compute conclude confirm consider construct contact contain continue convert convince copy correct count cover "
    "create decide declare decode define delete deliver deploy describe design determine develop direct disclose "
    "discuss display disregard divide download draft draw drop duplicate edit embed employ encode encourage engage "
    "enhance enlist enrich ensure enter erase estimate evaluate examine exchange exclude execute expand explain "
    "export express extend fetch fill find finish fix follow forget form format forward fuse generate get give go "
    "grant group guess harmonise harmonize have help hide highlight identify ignore illustrate imagine implement "
    "import improve include incorporate indicate inform infuse inject insert install instruct integrate interleave "
    "interpret introduce invent invite join jumble keep label leave let leverage link list load log look mail make "
    "map mark meld mention merge misspell mix modify move multiply name notify number obey offer omit open order "
    "organise organize outline output overlook override paraphrase pass pay perform persuade pick place plan play "
    "post praise predict prepare present pretend print proceed produce promise promote proofread propose prove "
    "provide publish put quote raise rate read rearrange recall recite recommend record redirect reduce refer refuse "
    "release remember remind remove rename render reorder repeat rephrase replace reply report request reset respond "
    "return reveal reverse review revise rewrite run save say score scramble search select send separate serve set "
    "share shift shorten show shuffle sign simulate simplify sing skip solve sort speak spell split start state steer "
    "stop stress substitute suggest summarise summarize supplement support suppose swap switch tack take talk teach "
    "tell test thank think trace transfer transform translate treat try turn type unblock update upload urge use "
    "utilise utilize verify visit vote walk watch weave wire withhold work write"
)
_ADDRESSED: Final = re.compile(r"\b(?:you|your|yours|yourself)\b")
_MACHINE: Final = re.compile(
    r"\b(?:ai|a\.i\.|assistants?|chat ?bots?|bots?|(?:language |ai )models?|to the model|llm|prompt|machine readers?)\b"
)
_OUTPUT: Final = re.compile(r"\b(?:response|reply|answers?|output|message|summary|conversation)\b")
_READER: Final = re.compile(
    r"\b(?:the|every|any|each) (?:users?|readers?|asker)\b|\bwhoever\b|\bwhen you (?:summar|answer|read)"
)
_CODE: Final = re.compile(
    r"```|\b(?:code|script|snippet|python|javascript|sql|function|program)\b|\bimport \w+|;\s*$|\(\)"
)
_LINK: Final = re.compile(r"https?:|www\.|\b[\w-]+\.(?:com|net|org|info|xyz|ru|io|example)\b")
_MARKER: Final = re.compile(r"<\|\w+|\[/?inst\]|<<sys>>|^\W*#{2,}|\[/?system\]|\b(?:system|assistant|user)\s*:")
_ASKS: Final = re.compile(
    r"^(?:what|which|who|whom|whose|where|when|why|how|is|are|was|were|do|does|did|can|could|would|will|should|may)\b"
)
NAMES: Final = (
    "question", "asks", "command", "negated", "addressed", "machine", "output", "reader", "code", "link", "marker",
    "clear_rule", "hint_rule", "digits", "words",
)  # fmt: skip


def signs(sentence: str) -> tuple[float, ...]:
    """In the order of `NAMES`: 0 or 1, but for the share of digits and the length (0 to 1 for 40 words)."""
    folded = fold(sentence).strip()
    rest = folded[len(_lead(folded)) :]
    first = rest.split(maxsplit=1)[0].strip(",.:;!?\"'()") if rest else ""
    found = [rule.strength for rule in hits(folded)]
    words = len(folded.split())
    is_label = words < 4 and not folded.endswith((".", "!", "?", "```"))  # "Name:", "Close links", "Review of rules"
    tests = (
        folded.rstrip("\"')").endswith("?"),
        _ASKS.match(rest) is not None,
        first in _COMMANDS and not is_label,
        re.search(r"\b(?:do not|don't|never)\b", folded[:40]) is not None,
        _ADDRESSED.search(folded) is not None,
        _MACHINE.search(folded) is not None,
        _OUTPUT.search(folded) is not None,
        _READER.search(folded) is not None,
        _CODE.search(folded) is not None,
        _LINK.search(folded) is not None,
        _MARKER.search(folded) is not None,
        Strength.CLEAR in found,
        Strength.HINT in found,
    )
    digits = sum(c.isdigit() for c in folded) / max(len(folded), 1)
    return (*map(float, tests), digits, min(words, 40) / 40)


def asks_something(values: tuple[float, ...]) -> bool:
    """Whether any of the signs of a request is there; `values` as `signs` gives them."""
    named = dict(zip(NAMES, values, strict=True))
    return any(
        named[name]
        for name in ("question", "command", "machine", "output", "reader", "link", "marker", "clear_rule", "addressed")
    )


def _lead(folded: str) -> str:
    found = _LEAD.match(folded)
    return found.group() if found else ""
