"""Words of bank policy that mean the same, exclude each other, or say nothing by themselves: what the claim check
knows of English beside spelling. All lists are our own; each line is one group.
"""

from collections.abc import Iterable
from typing import Final

from guardrails.contrasts import OPPOSITES
from retrieval.terms import stem

# Written forms that are one word for the checks; longer ones first where they overlap. Lower case.
PHRASES: Final = (
    (r"(?:is|are) able to", "can"), (r"(?:is |are )?(?:unable|not able) to|inability to", "can not"),
    (r"at any time|whenever (?:they|he|she|it|you) (?:likes?|wish(?:es)?|wants?)", "anytime"),
    (r"in the event (?:that|of)|in (?:any )?cases? (?:of|where|that|when)|on condition that|provided,? that|"
     r"as long as|so long as|assuming(?: that)?|whenever|every time|given that|if and when", "if"),
    (r"(?<=, )provided(?= (?:it|they|the|he|she|a|an|no)\b)", "if"),
    (r"(?<!kept )(?<!separate and )(?<!set )apart from|other than|aside from|save (?:for|where|that|as|in)|"
     r"with the exception of|except(?:ing)?(?: for| as| "
     r"that| when| where| in| if)?|excluding|but not", "except"),
    (r"only (?:if|when|where|after|once)|if and only if|solely (?:if|when|where)", "only if"),
    (r"solely|exclusively|nobody (?:else )?(?:but|except)|no one (?:else )?(?:but|except)|nothing but", "only"),
    (r"prior to|ahead of|in advance of", "before"),
    (r"subsequent to|following(?= (?:the|its|a|an|receipt|notice)\b)|upon|as soon as|"
     r"from the (?:date|day|time|moment) of",
     "after"),
    (r"until after", "before"),
    (r"up until|till|by the time", "until"),
    (r"has to|have to|had to|is obliged to|are obliged to|is required to|are required to|is to|are to|needs to|"
     r"need to|is obligated to|are obligated to|is bound to|is under an obligation to|ought to|shall", "must"),
    (r"(?:is|are) (?:allowed|permitted|free|entitled|authori[sz]ed|eligible|empowered) to|"
     r"has the (?:right|option) to|have the (?:right|option) to|at (?:its|their) (?:option|discretion)", "may"),
    (r"(?:is|are) (?:prohibited|forbidden|barred|banned) from|(?:is|are) under no circumstances to|"
     r"may (?:under no circumstances|in no case)", "must not"),
    (r"(?:is|are) (?:prohibited|forbidden|not allowed|not permitted|unlawful)", "must not be done"),
    (r"(?:does|do|did|need|needs) not (?:need|have) to|need not|(?:is|are) not (?:required|obliged|obligated|bound) to|"
     r"(?:is|are) under no obligation to|(?:is|are) (?:not|never) (?:needed|required|necessary)", "needn't"),
    (r"cannot|can't|can not", "can not"), (r"won't", "will not"), (r"mustn't", "must not"),
    (r"shouldn't", "must not"), (r"(do|does|is|are|was|were|has|have|had)n't", r"\1 not"),
    (r"impossible", "not possible"),
    (r"dissatisfied|unsatisfied", "not satisfied"), (r"unknown", "not known"), (r"unpaid", "not paid"),
    (r"unavailable", "not available"), (r"incomplete", "not complete"), (r"incorrect(?:ly)?|wrongly", "wrong"),
    (r"ineligible", "not eligible"), (r"invalid", "not valid"), (r"fails? to|failed to|failing to", "not"),
    (r"unrecogni[sz]ed", "not recognised"), (r"unauthori[sz]ed", "not authorised"), (r"unused", "not used"),
    (r"free of charge|without (?:a )?(?:charge|fee|cost)|at no (?:charge|cost)|no (?:charge|cost)|for free|not charged",
     "feeless"), (r"there is no fee|no fee", "feeless"),
    (r"no longer", "not"), (r"nor", "or"), (r"neither|never|none|nobody|no one|nothing", "not"),
    (r"picks? up|picked up", "collect"), (r"hand(?:s|ed|ing)? (?:it |them )?(?:in|over)", "submit"),
    (r"carr(?:y|ies|ied) out", "perform"), (r"deal(?:s|t|ing)? with", "handle"),
    (r"makes? (?:a|the|its|their) decisions?", "decide"), (r"get(?:s)? in touch with|gets? hold of", "contact"),
    (r"take(?:s)? effect|becomes? effective|come(?:s)? into (?:force|effect)", "effective"),
    (r"at once|right away|without (?:undue )?delay|straight away|immediately", "immediate"),
    (r"in writing|written|in written form", "written"), (r"orally|verbally|by word of mouth", "oral"),
    (r"photo(?:graphic)? (?:identification|id)(?: document)?|photo identity document", "photo identification"),
    (r"e-?mails?", "email"), (r"by phone|phone", "telephone"), (r"on-?line", "online"),
    (r"(?:may|must|can|should|is|are|will|shall) not be (older|later|longer|higher|greater|more|less|lower|"
     r"fewer|earlier|younger) than", r"not \1 than"),
    (r"(?:no|not) later than", "within"), (r"(?:no|not) (?:earlier|sooner) than", "at least"),
    (r"(?:(?:may|must|can|will|does|do|should|is|are) not |not )(?:to )?exceed|no (?:more|greater|higher) than|"
     r"not (?:be )?(?:more|greater|higher) than", "at most"),
    (r"twice", "two times"), (r"thrice", "three times"), (r"a dozen", "twelve"),
    (r"(?:needs?|requires?) no|no(?= (?:\w+ ){1,4}(?:is|are) (?:needed|required|necessary))", "needn't"),
    (r"in all|in total|altogether|overall", "total"), (r"opts?(?:ed)? out|opting out", "optout"),
    (r"opts?(?:ed)? in|opting in", "optin"), (r"comes? to|came to|adds? up to|amounts? to", "total"),
    (r"per cent", "percent"), (r"per annum|annually", "per year"), (r"sets? out", "state"),
    (r"a lot of|plenty of", "many"), (r"at any time", "anytime"), (r"whenever they like", "anytime"),
    (r"come(?:s)? from", "origin"), (r"lets? (?:\w+ )?know", "notify"), (r"point(?:s|ed)? out", "state"),
)  # fmt: skip

_SYNONYMS: Final = """
    notify inform tell advise notification notice alert apprise
    retain keep store maintain preserve hold archive retention
    customer client consumer
    bank institution
    creditor lender
    applicant applier
    applies application
    cardholder
    employee staff clerk worker
    give provide supply furnish deliver grant offer hand
    send forward dispatch transmit mail post issue refer
    get receive obtain acquire receipt arrive
    ask request demand inquire enquire
    answer reply respond response
    show present produce
    state say specify indicate mention declare name
    begin start commence initiate open
    end terminate finish complete conclude expire cease close completion termination
    pay payment
    buy purchase
    fee charge cost price
    money fund cash
    death die decease
    right proper
    check verify examine inspect review
    investigate investigation look
    decide determine decision resolve determination
    allow permit authorise let permission
    forbid prohibit ban
    raise increase lift growth
    lower decrease reduce cut reduction
    approve accept agree consent approval release
    refuse reject deny decline denial rejection refusal turn
    stop block freeze halt suspend
    destroy erase delete dispose
    change amend modify alter modification
    rule requirement
    document paper record file
    error mistake
    disclose reveal disclosure
    lost missing
    identify identification identity
    proof evidence
    reason ground cause
    branch office
    phone telephone call
    letter
    sign signature
    period time term duration
    limit cap ceiling maximum threshold
    minimum floor
    adult grown-up
    minor child
    both
    revoke cancel withdraw rescind
    dispute contest challenge
    deposit
    refund reimburse repay return
    account
    transfer wire
    contact reach
    perform do conduct execute
    handle process
    collect fetch gather pick
    enter register log
    person individual somebody someone anybody anyone people
    owe liable liability
    monthly month
    annual year yearly
    immediate prompt promptly immediately once
    again more
    calculate compute
    include contain cover comprise
    exclude omit
    explain describe
    help assist
    attorney representative
    vehicle car
    amount sum figure total
    advertisement ad advert
    label mark designate
    exact precise
    view see watch
    weekend
    separate separately
    second another other
    two pair both
    submit file lodge
    lawyer
    unit
    collateral security
    loan credit
    outstanding
    appoint designate
    train training
    use utilise usage
    attempt try
    escalate pass
    deduct subtract less
    discover detect discovery find
    access
    violation breach
    consumer
    written writing
    accept
    secure protect
    quick fast
    additional extra further
    prior earlier previous
    afterwards later
    need necessary require
    purpose aim
    old age
    wrong inaccurate incorrect
    accurate correct
    dormant dormancy
    marry marital marriage
    location place address
    verify
    renew renewal
    publish
    duplicate copy
"""

# Words that add nothing that could be untrue in themselves; a claim may use them freely.
_LIGHT: Final = """
    case cases thing kind sort way form matter subject regard respect related relating concerned applicable relevant
    under according accordingly per via by means own itself themselves himself herself someone somebody anyone anybody
    person people individual party whole entire full particular certain specific specified given such same exist occur
    happen place take make do put go come get give have hold apply run running still even also too well just
    simply then thus therefore hence however moreover furthermore additionally addition instead rather note order
    single together least most up out off over upon among along within during while whereas because since although
    though regardless circular policy rule regulation section paragraph edition document procedure provision
    requirement require required need needed necessary want set stand count treat consider considered deem become
    remain long soon late later early first last final time day date period number amount total valid actual actually
    effective effect result above below over more less than exceed exceeding higher greater lower fewer maximum minimum
    customer bank provided provide otherwise described set forth set-forth follow following shown use show themselves
    say tell ask call know think see look want find seem feel try leave let begin help hear play move live believe bring
    write continue learn lead understand watch follow create speak read spend grow wait serve expect build stay fall
    reach suggest pass decide act due free top already alone enough advance choice choose insist depend often judge
    judged judgment rest expire appear explain state mention name hear admit new old holder one ones owner reason
    whichever longer shorter contain describe concern involve result lie deal face point turn start end meet join
    advance notice mean count belong stem derive base based refer relate allow enable entitle oblige bind wish like
    prefer intend plan aim seek request inform say speak talk add bear carry draw drop fit hit hold
    already yet ever never always usually normally generally typically ordinarily merely simply quite rather fairly
    directly itself instead therefore thereby thereafter beforehand anyway altogether exact exactly precisely
    correctly properly newly freshly duly actual really exception exceptions
"""

# Forms that no stemmer leads back to their verb.
_IRREGULAR: Final = """
    kept keep held hold given give gave give sent send paid pay told tell took take taken take made make wrote write
    shown show knew know known know sold sell bought buy lent lend found find left leave met meet began begin begun
    begin chose choose chosen choose drawn draw drew draw done do did do gone go went go seen see saw see spoke speak
    spoken speak broke break broken break withdrew withdraw withdrawn withdraw understood understand forgotten forget
    risen rise rose rise borne bear brought bring built build caught catch dealt deal got get gotten get heard hear led
    lead meant mean said say stood stand spent spend taught teach thought think won win came come became become fell
    fall fallen fall ran run sat sit dead death died death dies death dying death borrowed borrow
    older old aged old younger young higher high lower low earlier early later late sooner early goes go does do
"""

_FUNCTION: Final = """
    a an the of to in on at for from with by as is are was were be been being it its this that these those he she they
    their his her them him we our us you your i my and or but so if when where while who whom whose which what how why
    than then there here do does did has have had will would shall should can could may might must not no nor any all
    some each every both either neither only unless except until before after into onto about against between through
    per via also very own such up out off down over under again once more most other same too s t d ll re ve am
"""


def _stems(words: Iterable[str]) -> frozenset[str]:
    return frozenset(stem(word) for word in words)


def _groups(table: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in table.strip().splitlines():
        stems = [stem(word) for word in line.split()]
        root = next((found[each] for each in stems if each in found), stems[0])
        for each in stems:
            found.setdefault(each, root)
    return found


_FORMS: Final = _IRREGULAR.split()
IRREGULAR: Final[dict[str, str]] = dict(zip(_FORMS[::2], _FORMS[1::2], strict=True))
SYNONYM_OF: Final = _groups(_SYNONYMS)
LIGHT: Final = _stems(_LIGHT.split())
FUNCTION: Final = frozenset(_FUNCTION.split())
_CHOICES: Final = tuple(
    frozenset(SYNONYM_OF.get(word, word) for word in _stems(line.split())) for line in OPPOSITES.strip().splitlines()
)
_CHOICES_OF: Final = {
    word: frozenset(at for at, group in enumerate(_CHOICES) if word in group) for group in _CHOICES for word in group
}


def exclude(one: str, other: str) -> bool:
    """Whether two words, each in the one form of its synonyms, can't stand for each other, however alike they are in
    use ("before", "after")."""
    return one != other and bool(_CHOICES_OF.get(one, frozenset()) & _CHOICES_OF.get(other, frozenset()))
