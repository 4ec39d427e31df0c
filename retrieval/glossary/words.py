"""How terms and questions are cut into words, so that they can be held against each other.

"PEPs", "P.E.P." and "pep" are the term PEP; "Debt to income ratios" is the meaning "debt-to-income ratio".
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from retrieval.terms import STOP_WORDS, stem

Key = tuple[str, ...]

# Letters with a stop or hyphen behind each ("D.T.I.", "K-Y-C"), or a word with its possessive.
_WORD: Final = re.compile(r"(?:[^\W\d_][.-]){2,7}(?:[^\W\d_]s?)?(?![^\W_])|[^\W_]+(?:['’]s(?![^\W_]))?")
_POSSESSIVE: Final = re.compile(r"['’]s$", re.IGNORECASE)
_LOOSE: Final = re.compile(r"[\s.'’‐‑-]")

# Short words of everyday English: a term that is one of them is recognised in capitals only.
_EVERYDAY: Final = """
    act add age ago aid aim air all and any apt are arm art ask ate bad bag ban bar bat bay bed beg bet bid big
    bin bit bow box boy bug bus but buy bye cab can cap car cat cod cop cow cry cup cut dad day den did die dig dim dip
    dog dot dry due ear eat egg end era eye fan far fat fax fed fee few fig fit fix fly for fox fun fur gap gas get got
    gum gun guy had ham has hat her hid him his hit hot how ice icy ill ink inn ira jam jar jet job joy key kid kin kit
    lab law lay led leg let lid lie lip loc log lot low mad man map mat may men met mix mod mud net new nor not now nut
    oak odd off oil old one opt our out owe own pad pan par pat pay pen per pet pie pin pit pod pop pot put ram
    ran rat raw ray red rid rim rip rob rod rot row rub run sad sap sat saw say sea see set sew she shy sin sip sir sit
    six ski sky son sow spa spy sue sum sun tab tag tan tap tar tax tea ten the tie tin tip toe ton too top toy try two
    use van vet via war was wax way web wed wet who why wig win wit yes yet you zip also area away back bank base been
    best bill body book both call came card care case cash chip city club code coin cold come cost data date days dead
    deal debt deed desk done door down duty each earn east easy edge else even ever face fact fail fair fall fast file
    fill find fine fire firm five flat flow food form four free from full fund gain game gave gift give goal goes gold
    gone good grew grow half hand hard have head hear heat held help here high hold home hope hour idea into item join
    just keep kept kind knew know lack lady land last late lead left less life like line link list live loan long look
    lose loss lost made mail main make many mark mean meet mind mine more most move much must name near need news next
    nice none note once only open over page paid part pass past path plan post pull push rate read real rent rest rich
    ride ring rise risk road rock role room rule safe said sale same save seal seat self sell send sent ship shop show
    shut side sign site size skip slip slow some soon sort step stop such sure swift take talk task team tell term test
    than that them then they this time told took tour town tree trip true turn type unit upon used user very view visa
    vote wage wait walk wall want week well went were west what when whom wide wife will wire wise wish with word work
    year your zero zone
"""
EVERYDAY_WORDS: Final = frozenset(_EVERYDAY.split()) | STOP_WORDS


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: its letters without stops and possessive, in the case as written, and where it stands."""

    letters: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """The words of a text in order; compatibility forms of letters count as the letters."""
    return [
        Word(_letters(match.group()), match.start(), match.end())
        for match in _WORD.finditer(text)
        if _letters(match.group())
    ]


def _letters(written: str) -> str:
    plain = unicodedata.normalize("NFKC", _POSSESSIVE.sub("", written))
    return re.sub(r"[.-]", "", plain)


def short_key(text: str) -> Key:
    """What a term is known by: its words, case aside."""
    return tuple(word.letters.casefold() for word in words_of(text))


def long_key(text: str) -> Key:
    """What a meaning is known by: the stems of its words."""
    return tuple(stem(word.letters.casefold()) for word in words_of(text))


def squeezed(text: str) -> str:
    """The text without blanks, stops, hyphens and case: what tells "A/C" from "a c"."""
    return _LOOSE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def is_everyday(term: str) -> bool:
    """Whether in small letters this is an ordinary word, or too short to be anything else."""
    key = short_key(term)
    return len(key) == 1 and (len(key[0]) < 3 or key[0] in EVERYDAY_WORDS)
