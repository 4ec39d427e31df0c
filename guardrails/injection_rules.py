"""The written rules against injections and jailbreaks: patterns over folded text, each with a name and a strength.

A `clear` rule refuses by itself: its words have no place in a policy question. A `hint` only raises suspicion or
feeds the model. Rules speak about *this assistant's* instructions, not about the bank's rules: "may we override the
system limit" and "ignore previous statement" must pass, "ignore your previous instructions" must not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Strength(StrEnum):
    """What a hit means by itself."""

    CLEAR = "clear"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Rule:
    """A named pattern over folded text."""

    name: str
    strength: Strength
    pattern: re.Pattern[str]


_DROP: Final = (
    r"(?:ignore|disregard|forget|overlook|neglect|override|bypass|skip|drop|erase|stop following|do not follow|"
    r"don't follow|do not obey|pay no attention to|ignora\w*|ignorez|ignorier\w*|vergiss|missacht\w*|olvida\w*|"
    r"oubliez|dimentica\w*|игнорир\w*|αγνοησ\w*)"
)
_FILLER: Final = r"(?:[\s,:\"']+\w+){0,4}?[\s,:\"']+"
# Only the assistant's own orders: a bank does "disregard prior instructions from the customer".
_WHOSE: Final = (
    r"(?:your|these|those|previous|prior|earlier|preceding|foregoing|above|initial|original|system|safety|all)"
)
_ORDERS: Final = (
    rf"(?:{_WHOSE}(?: \w+)? ?(?:instructions?|prompts?|directives?|guardrails|programming|commands|orders|rules|"
    rf"context|"
    r"filters?)\b(?! (?:from|of|by|for|about|on|given by|received from)\b)|(?:your|the) (?:guidelines|training|"
    r"safety measures)\b"
    r"(?! (?:of|for|on|about)\b)|guardrails|(?:everything|what) (?:above|before this|you (?:were|have been|know))|"
    r"what (?:you were|you've been) |that you've been instructed|(?:the )?above (?:and|ignore|command)\b|"
    r"istruzioni|instrucciones|instrucoes|anweisung\w*|consignes|instruktionen)"
)
_CREDENTIAL: Final = r"(?:password|passphrase|passcode|secret(?: key| code| word)?|api key|access code|credentials?)"
_HIDDEN: Final = (
    r"(?:(?:the|your|its|this) (?:system|initial) (?:prompt|message)|hidden (?:prompt|instructions?|rules)|"
    r"your (?:\w+ )?(?:prompt|instructions|guidelines|programming|source code|configuration|training data|rules)|"
    r"the (?:exact |full |entire |whole )prompt\b|documents? (?:that )?(?:i|we) (?:may|can|am|are) ?not)"
)


def _rule(name: str, strength: Strength, pattern: str) -> Rule:
    return Rule(name, strength, re.compile(pattern, re.DOTALL))


RULES: Final[tuple[Rule, ...]] = (
    _rule("drop_orders", Strength.CLEAR, rf"\b{_DROP}{_FILLER}{_ORDERS}"),
    _rule("drop_orders", Strength.CLEAR, rf"\b{_DROP}\s+{_ORDERS}"),
    _rule(
        "drop_orders",
        Strength.CLEAR,
        r"\b(?:all )?(?:previous|prior|earlier|above|preceding) (?:instructions|prompts?|directives) "
        r"(?:are|is|were|have been) (?:void|cancel\w*|obsolete|no longer|now|null|lifted|superseded)",
    ),
    _rule(
        "drop_orders",
        Strength.CLEAR,
        r"\b(?:ignore|disregard|forget)(?:all|any|the|your|my|previous|prior|above|of)*(?:instructions|prompts?|"
        r"rules)\b|"
        r"무시하|अनदेखी करें|(?:指示|命令|ルール|規則).{0,8}無視|(?:忽略|无视|忘记).{0,8}(?:指示|指令|规则|命令)|"
        r"игнорир\w* предыдущ|αγνοησ\w* τις|تجاهل التعليمات|"
        r"ignora\w* (?:las|le|as|los|tutte|todas)\b.{0,20}(?:instruc|istruz)|ignorez\b.{0,30}(?:instruction|"
        r"consigne|fonction)",
    ),
    _rule(
        "persona",
        Strength.CLEAR,
        r"\bdo anything now\b|\bdan mode\b|\b(?:act|behave|respond|reply|answer|talk|speak)(?: to me)? as (?:dan|"
        r"an? (?:unrestricted|"
        r"unfiltered|uncensored|evil|amoral|jailbroken))\b|\byou(?: are|'re) (?:now )?(?:dan\b|"
        r"(?:an? )?(?:unrestricted|"
        r"unfiltered|uncensored|jailbroken|evil))|\bjailbreak(?:ed|ing)?\b.{0,40}\b(?:mode|prompt|you|yourself)|"
        r"\b(?:no|without) (?:any )?(?:restrictions|filters|limits|guardrails|rules)\b.{0,40}\b(?:you|answer|"
        r"respond|mode)|"
        r"\b(?:you|answer|respond)\b.{0,40}\b(?:no|without) (?:any )?(?:restrictions|filters|guardrails|"
        r"censorship)\b",
    ),
    _rule(
        "persona",
        Strength.CLEAR,
        r"\b(?:from now on|starting now|henceforth)\b.{0,40}\b(?:you|your)\b.{0,60}\b(?:are|will|must|act|answer|"
        r"respond|"
        r"play|obey|ignore|rules?)\b|\byou are (?:now|no longer) (?:an?|the|my|going|in|bound|called|"
        r"free)\b(?! (?:customer|client|applicant))|"
        r"\byou are about to immerse yourself\b|"
        r"(?:^|[.!:;,\n]|\bplease|\bnow)\s*(?:enter|enable|activate|switch to|entering) (?:the )?"
        r"(?:developer|debug|god|admin|root|sudo|"
        r"maintenance|dan|unsafe|"
        r"security override|override|unrestricted) ?mode\b(?! (?:on|in|of|for) )|"
        r"<\s*(?:god|system|admin|developer|debug|root)[ _]mode\s*>",
    ),
    _rule(
        "authority",
        Strength.CLEAR,
        r"\bi(?: am|'m) (?:your (?:developer|creator|programmer|master|owner|god|administrator)|god)\b|"
        r"\bas your (?:creator|developer|god|master|programmer)\b|"
        r"\b(?:developer|system|training data|security|admin) override\b.{0,40}(?:mode|confirmed|:|active|enabled)",
    ),
    _rule(
        "extract_prompt",
        Strength.CLEAR,
        rf"\b(?:reveal|show|print|repeat|display|output|disclose|expose|leak|dump|tell me|give me|recite|"
        rf"summari[sz]e|translate)\b(?:[\s,:\"']+\w+){{0,5}}?[\s,:\"']+{_HIDDEN}|"
        r"\bwhat (?:is|are|was|were|does) (?:in )?your (?:\w+ )?(?:prompt|instructions|programming|configuration|"
        r"system message)\b|\b(?:repeat|print|output|recite|copy) (?:\w+ ){0,2}"
        r"(?:text|words|everything|sentences) above\b",
    ),
    _rule(
        "extract_prompt",
        Strength.CLEAR,
        r"\b(?:your|hidden|secret) (?:\w+ )?(?:system )?prompt\b|\bprompt leak\b.{0,20}\b(?:you|yourself)\b",
    ),
    _rule(
        "extract_hidden",
        Strength.CLEAR,
        r"\b(?:reveal|show|print|list|display|dump|give me|output|read me|quote)\b.{0,60}\b(?:hidden|secret|"
        r"other (?:tenant|bank)'?s?|hr[- ]only|(?:that|which) i(?: am|'m)? (?:may not|can ?not|can't|"
        r"not allowed))\b.{0,40}"
        r"\b(?:documents?|files?|passages?|policies|libraries|data|instructions)\b|"
        r"\bprint (?:out )?your (?:entire )?database\b",
    ),
    _rule(
        "secret",
        Strength.CLEAR,
        rf"\b(?:what(?:'s| is| are)|tell|give|share|reveal|show|confirm|provide|send|hand|say|spell|print|write)\b"
        rf"(?: \w+){{0,4}} (?:your|our system'?s?|the system'?s?|the admin\w*|the vault) {_CREDENTIAL}|"
        rf"\b(?:give|tell|share|send|confirm|reveal|provide)"
        rf"(?: \w+){{0,3}} (?:the|your|their) {_CREDENTIAL} (?:for|to|of) (?:our|the|your) (?:system|account|database|"
        rf"vault)\b|"
        rf"\b{_CREDENTIAL} (?:for|to|of) (?:our|the|this|your) (?:system|database|vault|server)\?|"
        r"\b(?:write|compose)\b.{0,30}\b(?:poem|haiku|acrostic|song|story|limerick|rhyme)\b.{0,40}\bpassword|"
        r"\bwrite the password\b|\bgrants access to our system\b|(?:mi|tu|su|ihr|dein|votre|ton) (?:passwort|"
        r"contrasena|mot de passe)|"
        r"\bqual e la password\b",
    ),
    _rule(
        "payload_split",
        Strength.CLEAR,
        r"\bpart 1\b.{0,80}\bpart 2\b|\binterlace\b|\bz\s*=\s*a\s*\+\s*b|\bsmartgpt\b|"
        r"\b(?:answer|respond|reply|say it|your (?:answer|response|reply))\b.{0,40}\b(?:in|as|using|with|into) "
        r"(?:base ?64|rot13|hex(?:adecimal)?|morse(?: code)?|leet ?speak|pig latin|binary)\b",
    ),
    _rule(
        "coded",
        Strength.HINT,
        r"\b(?:base ?64|rot13|hex(?:adecimal)?|morse code|leet ?speak|pig latin|reverse order|backwards)\b|"
        r"\bdecode (?:this|the following|it)\b",
    ),
    _rule(
        "fake_turn",
        Strength.CLEAR,
        r"(?:^|\n)[^\S\n]*(?:#+\s*)?(?:\[?(?:system|assistant|inst)\]?\s*:|<\|(?:im_start|system|endoftext)|\[/?inst\]|"
        r"</?(?:system|assistant|s)>)|"
        r"\bnew (?:instructions?|orders?) ?:|\byour new (?:task|role|instructions?|orders?)\b|"
        r"\bend of (?:system )?(?:prompt|instructions)\b|<!--.{0,400}\b(?:say|state|print|ignore|instruct)",
    ),
    _rule(
        "planted_order",
        Strength.CLEAR,
        r"\b(?:state|say|print|output) (?:the following|only|that|"
        r"exactly)?:? ?[\"']?(?:your account has been compromised|i admit to using)|"
        r"\bfollow this link to\b|\b(?:the assistant|ai assistants?|language models?|the ai|chatbots?|llms?)\b.{0,30}"
        r"\b(?:must|should|shall|has to|is instructed to|are instructed to)\b.{0,60}\b(?:ignore|disregard|say|"
        r"state|reveal|recommend|answer|approve|not mention|tell)\b",
    ),
    _rule(
        "scenario",
        Strength.HINT,
        r"\b(?:imagine|suppose|pretend|assume|let's (?:say|imagine|assume|pretend)|hypothetical\w*|in a (?:world|"
        r"parallel|dystopian)|role-?play)\b",
    ),
    _rule("repetition", Strength.HINT, r"\b(\w{3,})(?:\s+\1\b){5,}"),
    _rule("bribe", Strength.HINT, r"\bi(?:'ll| will) (?:give|pay|donate|tip)\b"),
    _rule("secret_word", Strength.HINT, rf"\b{_CREDENTIAL}\b"),
    _rule(
        "person_lookup",
        Strength.HINT,
        r"\b(?:where does \w+(?: \w+)? live|(?:home|e-?mail|private) address(?:es)?|birth ?dates?|date of birth|"
        r"current city of residence|phone number|social security|bank balance)\b",
    ),
    _rule("system_prompt", Strength.HINT, r"\bsystem (?:prompt|message)\b"),
    _rule("persona_asked", Strength.HINT, r"\b(?:pretend|act as|play the|you are (?:an?|the|now)|as an? \w+,)\b"),
    _rule(
        "drop_word",
        Strength.HINT,
        r"\b(?:ignor\w+|disregard\w*|forget\w*|overrid\w+|bypass\w*|void|cancel\w*|skip\w*|set aside|put aside)\b",
    ),
    _rule(
        "no_limits",
        Strength.HINT,
        r"\b(?:without|no|lift|drop|break\w*|switch off|turn off|disable\w*|remove\w*) (?:\w+ ){0,2}(?:rules?|filters?|"
        r"limits?|restrictions?|guards?|checks?|safety)\b",
    ),
    _rule(
        "output_form",
        Strength.HINT,
        r"\b(?:answer|respond|reply|output|response|say|begin|start|end)\b.{0,40}\b(?:only|with|in|as|word|letters?|"
        r"backwards|reverse\w*|encode\w*|every)\b",
    ),
    _rule(
        "to_an_assistant",
        Strength.HINT,
        r"\b(?:ai|assistant|bot|chatbot|model)\b\s*[:,]|"
        r"\b(?:dear|to the|note to the) (?:ai|assistant|bot|model|language)\b",
    ),
    _rule("marker", Strength.HINT, r"<\|\w+|\[/?inst\]|<<sys>>|\b(?:system|assistant|user|human|bot)\s*:"),
    _rule("orders_word", Strength.HINT, r"\b(?:instructions?|prompt|jailbreak|unrestricted|obey)\b"),
    _rule("markup", Strength.HINT, r"<\w+[^>]{0,80}>|\{\{|```|<!--"),
    _rule("as_an_ai", Strength.HINT, r"\b(?:as an ai|language model|chatgpt|openai|llm|gpt-?\d?|neural network)\b"),
)


# A short question of ordinary words that neither speaks to the assistant nor asks for anything of its own. The model
# knows banks and attacks only, and takes "What is the best pizza in Naples?" for one of the latter.
_PLAIN: Final = re.compile(
    r"(?:what(?:'s)?|which|who|where|when|how|is|are|was|do|does|did|can|may|must|should) [a-z0-9 ,'-]{1,100}\?"
)
_NOT_PLAIN: Final = re.compile(
    rf"\b(?:you\w*|above|before|repeat|say|write|answer\w*|ignore|forget|print|{_CREDENTIAL}|pass(?:word|code)s|keys?|"
    r"codes?|tokens?|secrets?|access|hidden|prompts?|instruct\w*|system\w*|rules?|admin\w*|databases?|model\w*|"
    r"assistants?|chat\w*|ai|bots?|words?|texts?|documents?|conversations?)\b"
)
_PLAIN_WORDS: Final = 12


def is_plain_question(text: str) -> bool:
    """Whether folded text is such a question, for which the model's word alone is no reason to speak of an attack."""
    stripped = text.strip()
    return (
        len(stripped.split()) <= _PLAIN_WORDS
        and _PLAIN.fullmatch(stripped) is not None
        and _NOT_PLAIN.search(stripped) is None
    )


def hits(text: str) -> Iterator[Rule]:
    """The rules that match folded text, in their order, each at most once."""
    return (rule for rule in RULES if rule.pattern.search(text))
