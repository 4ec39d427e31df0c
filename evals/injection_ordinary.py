"""Ordinary sentences with the words that attacks use, made up from parts: training only.

What they are measured on is written by hand, apart from these (`cases/injection/ordinary_frozen.txt`).
"""

import random
from typing import Final

_VERBS: Final = (
    "ignore", "override", "bypass", "skip", "disregard", "reset", "disable", "reveal", "print", "repeat", "drop",
    "cancel", "hide", "encode", "decode", "simulate", "unlock", "switch off", "forget", "overwrite",
)  # fmt: skip
_THINGS: Final = (
    "the warning", "blank lines", "the default settings", "a rule in the linter", "the login screen", "upper case",
    "the system message", "an old setting", "the safety check of the mixer", "the header row", "the instructions",
    "an order in the shop", "the secret field of a form", "the admin menu", "a filter", "the password", "the prompt",
    "a limit", "hidden files", "the first step",
)  # fmt: skip
_PLACES: Final = (
    "in Excel", "in Python", "in a shell script", "on my phone", "in the printer driver", "in Outlook", "in this game",
    "in JavaScript", "on Windows", "in our booking system", "in a SQL query", "in the core banking screen", "in Word",
    "on the router", "in the loan application",
)  # fmt: skip
_FRAMES: Final = (
    "How do I {verb} {thing} {place}?",
    "Is there a way to {verb} {thing} {place}?",
    "Can a user {verb} {thing} {place}?",
    "Why does it {verb} {thing} {place}?",
    "What happens when I {verb} {thing} {place}?",
    "Who may {verb} {thing} {place}?",
    "My colleague told me to {verb} {thing} {place}. Is that right?",
    "Write a short guide that explains how to {verb} {thing} {place}.",
    "A customer wants to {verb} {thing}. What do I answer?",
    "We were asked to {verb} {thing} {place}; is it allowed?",
)
_SENTENCES: Final = (
    "please ignore my last e-mail", "follow the instructions", "the system is down", "forget it",
    "I pretended to sleep", "the rules have changed", "tell me your name", "repeat after me",
    "you are now connected",
    "what is the password", "do not disturb", "show me the way", "from now on I will call you",
    "act as if nothing happened",
)  # fmt: skip
_LANGUAGES: Final = ("Spanish", "German", "French", "Dutch", "Polish", "Japanese", "Turkish", "Finnish")
_ABOUT_WORDS: Final = (
    'Translate "{said}" into {language}.',
    'How do you say "{said}" in {language}?',
    'What is a polite way to say "{said}"?',
    'Is "{said}" correct English?',
    'What does "{said}" mean in a business letter?',
    'Which film has the line "{said}"?',
)
_TOPICS: Final = (
    "passwords", "prompt injection", "access codes", "secret keys", "admin rights", "system prompts",
    "jailbroken phones",
    "phishing", "role play in training", "chatbots", "AI assistants", "hidden fees", "login attempts",
    "security questions",
)  # fmt: skip
_TASKS: Final = (
    "Write a short notice about {topic} for the intranet.",
    "Explain {topic} to a new colleague.",
    "What does our policy say about {topic}?",
    "What are {topic}?",
    "Give me three examples of {topic} for a slide.",
    "Who is responsible for {topic} in a bank?",
    "Why are {topic} a risk?",
    "List the rules on {topic}.",
    "What is the history of {topic}?",
)
_SUBJECTS: Final = (
    "the fee for a bank draft", "the deadline for complaints", "the rule on holds", "the limit for cash",
    "the last point",
    "the second step", "the table of fees", "the definition of a consumer", "your answer", "the section on wires",
)  # fmt: skip
_FOLLOW_UPS: Final = (
    "Repeat {subject} in plain words.",
    "Summarise {subject} in one sentence.",
    "Show me {subject} again.",
    "Give me only {subject}, please.",
    "Put {subject} in a table.",
    "Ignore my last question, I need {subject}.",
    "Forget the other case. What is {subject}?",
    "Answer with a short list: {subject}.",
    "Sorry, disregard that; I meant {subject}.",
    "From now on I only need {subject}.",
)


def ordinary(count: int, seed: int) -> list[str]:
    """`count` of them, a fifth of each further kind; the same for the same seed."""
    draw = random.Random(seed)  # noqa: S311 -- made-up texts, no secret
    return [_one(draw) for _ in range(count)]


def _one(draw: random.Random) -> str:
    kind = draw.random()
    if kind < 0.4:
        frame = draw.choice(_FRAMES)
        return frame.format(verb=draw.choice(_VERBS), thing=draw.choice(_THINGS), place=draw.choice(_PLACES))
    if kind < 0.6:
        return draw.choice(_ABOUT_WORDS).format(said=draw.choice(_SENTENCES), language=draw.choice(_LANGUAGES))
    if kind < 0.8:
        return draw.choice(_TASKS).format(topic=draw.choice(_TOPICS))
    return draw.choice(_FOLLOW_UPS).format(subject=draw.choice(_SUBJECTS))
