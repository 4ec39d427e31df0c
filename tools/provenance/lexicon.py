"""Words by which people ask for things, grouped by what is done. Two verbs of one group ask for the same.

The groups are about actions in general, not about any one catalogue: a tool belongs to the groups of its own verb, the
first known one of its name or its description; its `hints` add to them.
"""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GROUPS: Final = {
    "send": _words(
        "send write post message mail email e-mail reply respond answer forward tell notify text publish dm"
    ),
    "pay": _words("pay send transfer wire refund return repay reimburse remit give"),
    "create": _words("create make add book schedule plan arrange set open put record draft generate register file"),
    "remind": _words("remind note"),
    "add": _words("add append put insert write leave record"),
    "invite": _words("invite add"),
    "remove": _words("delete remove erase cancel drop discard kick clear stop end"),
    "change": _words(
        "change update modify edit adjust set move reschedule postpone shift increase raise lower reduce decrease "
        "replace correct amend switch rename make reset"
    ),
    "share": _words("share give grant"),
    "block": _words("block freeze lock stop suspend disable"),
}
"""Group -> the verbs that ask for it."""

HEADS: Final = {
    "send": ("send",), "write": ("send",), "post": ("send",), "reply": ("send",), "publish": ("send",),
    "pay": ("pay",), "transfer": ("pay",), "refund": ("pay",),
    "create": ("create",), "make": ("create",), "schedule": ("create",), "book": ("create",), "open": ("create",),
    "remind": ("remind", "create"),
    "add": ("add", "invite"), "append": ("add",), "attach": ("add",), "insert": ("add",),
    "invite": ("invite",),
    "delete": ("remove",), "remove": ("remove",), "cancel": ("remove",), "clear": ("remove",),
    "change": ("change",), "update": ("change",), "modify": ("change",), "edit": ("change",), "set": ("change",),
    "reschedule": ("change",), "rename": ("change",), "replace": ("change",), "reset": ("change",),
    "share": ("share",), "grant": ("share",),
    "block": ("block",), "freeze": ("block",), "lock": ("block",), "suspend": ("block",), "disable": ("block",),
}  # fmt: skip
"""A tool's own verb -> its groups."""

MONEY_NOUNS: Final = _words("money payment payments transaction transactions transfer transfers funds refund")
"""`send_money` is paid, not posted."""

OTHER_VERBS: Final = _words(
    "find read check look see summarize summarise visit show get list search open go review use take suggest compare "
    "tell give explain calculate count browse fetch retrieve download start begin do perform execute follow complete "
    "handle finish process carry call ask keep help let remember make sort resolve view inspect verify confirm sign "
    "buy order print say mention describe translate extract analyze analyse collect gather pick choose select "
    "include attach"
)
"""Verbs that begin another request, so that what follows them belongs to that one."""

VERBS: Final = frozenset[str]().union(*GROUPS.values(), HEADS, OTHER_VERBS)

OPENERS: Final = _words(
    "please and then also or just now kindly lets let's finally next afterwards but hey hi hello ok okay thanks "
    "i'd we'd must should will"
)
"""A verb right after one of these is an order."""

ASKING_PRONOUNS: Final = _words("you")
VOLITION: Final = _words("want like need have wish forget remember try able sure going love required supposed hesitate")
"""Before `to`: `I want to send`, `don't forget to invite`; not `the link to reset`."""

WISHED_OF_YOU: Final = _words("like want need love")
"""Before `you to`: `I'd like you to send`."""

SPEAKER: Final = _words("i we you i'd we'd i'll we'll don't do please and also then")
"""Whose wish it is: `I want to`; not `customers want to`."""

NEGATIONS: Final = _words("not don't never without no nor neither cannot can't won't shouldn't mustn't avoid")
DOUBLE_NEGATIONS: Final = _words("forget hesitate fail miss")
REPORTING: Final = _words(
    "they he she it who that which there somebody someone everybody everyone these those this what why how when where "
    "did does was were had"
)
"""A sentence that begins with one of these tells or asks; only after `please` or `and` does it order."""

DELEGATING: Final = _words("do perform execute follow complete handle process carry help start begin finish need")
"""`Do the following: …`: what comes behind the colon are the person's own orders."""

REPORTS: Final = _words(
    "wrote writes written said says asked asks reads states stated email e-mail mail letter message text document "
    "statement complaint note content quote transcript"
)
"""Before a colon: what comes behind it was said by somebody else."""

DEICTIC: Final = _words("this following below")
RELATIVE: Final = _words("who which whose whom where because since although")
"""What follows is said about something, not asked for."""

EXCLUSIONS: Final = _words("except not without excluding but besides nor")
DETERMINERS: Final = _words("the a an this that these those my our your his her its their another any some")

ATTRIBUTES: Final = _words(
    "address email e-mail mail iban account number id identifier name phone url link website page code channel user "
    "recipient password card"
)
"""`Her email address is …` names a value for a request made before."""

SUPERLATIVES: Final = {
    **dict.fromkeys(("largest", "biggest", "highest"), max),
    **dict.fromkeys(("smallest", "lowest"), min),
}

MONEY: Final = _words("amount sum limit price fee total payment balance cost dollars money premium rate")
"""An argument with one of these words takes an amount."""

DESTINATIONS: Final = _words("recipient payee beneficiary receiver destination cc bcc participant email iban")
"""An argument with one of these words says where something goes."""

GOVERNING: Final = _words("to with for")
"""Before a destination: `send it to`, `an event with`."""

NOT_GOVERNING: Final = _words(
    "from by of about regarding concerning in on at into via over under than as that like against between"
)
JOINING: Final = _words("and or also both plus then please me us") | DETERMINERS
"""Between a destination and the word that governs it."""

SECRETS: Final = _words("password passphrase pin secret passcode")
SETTING: Final = _words("to is as be = :")
"""Before a new secret: `change my password to`."""

AFTER_AMOUNT: Final = _words(
    "to for from on by per each a an every and or in at as with into of more less total please"
)
"""A bare number before one of these counts nothing: `send 100 to`, unlike `12 pizzas`."""

UNITS: Final = {
    "$": "dollar", "dollar": "dollar", "dollars": "dollar", "usd": "dollar", "bucks": "dollar",
    "€": "euro", "euro": "euro", "euros": "euro", "eur": "euro",
    "£": "pound", "pound": "pound", "pounds": "pound", "gbp": "pound",
    "chf": "franc", "francs": "franc", "cents": "cent",
}  # fmt: skip
"""What an amount is said in. Where an argument's own words say one (`New limit in dollars`), others are not meant."""

BESIDE: Final = _words("ending number id")
"""As good as the argument's own noun before a number: `ending in 4411`."""

IDENTIFIERS: Final = _words("id identifier")

PREPOSITIONS: Final = _words("to in on of for from by with at")

TYPES: Final = _words("email iban account phone")
"""What a field holds, by its name; so an argument described as e-mail addresses takes a contact's `email`."""
