"""What a question becomes by a glossary."""

from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.glossary.built_in import built_in, built_in_id
from retrieval.glossary.checking import checked
from retrieval.glossary.expansion import Glossary
from retrieval.glossary.limits import GLOSSARY_LIMITS
from retrieval.glossary.models import Draft, ExpandedQuery, Term, TermOrigin
from retrieval.glossary.words import is_everyday, long_key, short_key
from retrieval.models import Expansion

NIL = UUID(int=0)


def term(short: str, *meanings: str, capitals_only: bool = False) -> Term:
    return Term(uuid5(NIL, short), short, meanings, capitals_only, TermOrigin.BANK)


DTI = term("DTI", "debt-to-income ratio")
PEP = term("PEP", "politically exposed person", "exposed person")
CAR = term("CAR", "capital adequacy ratio", capitals_only=True)
ACCOUNT = term("A/C", "account")
BANCOMAT = term("bancomat", "machine")
NOW = term("NOW account", "negotiable order of withdrawal account")
GLOSSARY = Glossary([DTI, PEP, CAR, ACCOUNT, BANCOMAT, NOW])


def added(text: str, glossary: Glossary = GLOSSARY) -> tuple[str, ...]:
    return glossary.expand(text).added


def test_an_expansion_in_full() -> None:
    assert GLOSSARY.expand("What is the DTI of a PEP?") == ExpandedQuery(
        "What is the debt-to-income ratio of a politically exposed person?",
        "What is the DTI (debt-to-income ratio) of a PEP (politically exposed person)?",
        ("debt-to-income ratio", "politically exposed person", "exposed person"),
        (
            Expansion("DTI", ("debt-to-income ratio",), ("debt-to-income ratio",), DTI.id),
            Expansion("PEP", PEP.meanings, PEP.meanings, PEP.id),
        ),
    )


@pytest.mark.parametrize(
    "written", ["DTI", "dti", "Dti", "D.T.I.", "D.T.I", "D-T-I", "DTIs", "dtis", "DTI's", "DTI’s", "ＤＴＩ"]
)
def test_ways_to_write_an_abbreviation(written: str) -> None:
    assert added(f"Is the {written} checked?") == ("debt-to-income ratio",)


@pytest.mark.parametrize(
    "written",
    [
        "debt-to-income ratio",
        "debt to income ratios",
        "Debt-to-Income Ratio",
        "DEBT TO INCOME RATIO",
        "debt‐to‐income ratio",
    ],
)
def test_what_is_spelt_out_leads_to_the_abbreviation(written: str) -> None:
    assert GLOSSARY.expand(f"Is the {written} checked?") == ExpandedQuery(
        f"Is the {written} checked?", "", ("DTI",), (Expansion(written, ("DTI",), ("DTI",), DTI.id),)
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?!",
        "What is the limit?",
        "the car is parked, Car too",
        "edti DTIX DT I",
        "a c or p/a c",
        "the account",
        "a machine",
        "e.g. i.e. U.S.",
        "a.b." * 1000,
    ],
)
def test_what_is_not_known_stays_as_it_is(text: str) -> None:
    assert GLOSSARY.expand(text) == ExpandedQuery(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Which CAR and how many CARs?", ("capital adequacy ratio",)),
        ("Is the A/C open?", ("account",)),
        ("Is the bancomat on?", ("machine",)),
        ("May a NOW account be opened now?", ("negotiable order of withdrawal account",)),
        ("an exposed person", ("PEP", "politically exposed person")),
    ],
)
def test_case_signs_and_several_words(text: str, expected: tuple[str, ...]) -> None:
    assert added(text) == expected


def test_the_longest_match_counts() -> None:
    glossary = Glossary([term("SAR", "suspicious activity report"), term("SAR filing", "report to the authority")])
    assert added("When is a SAR filing due?", glossary) == ("report to the authority",)


def test_what_the_question_says_already_is_not_added_but_known() -> None:
    text = "a PEP, that is a politically exposed person"
    assert GLOSSARY.expand(text) == ExpandedQuery(text, "", (), (Expansion("PEP", PEP.meanings, (), PEP.id),))


def test_a_term_without_meanings_is_not_expanded() -> None:
    assert added("the SAR", Glossary([term("SAR")])) == ()


def test_each_entry_once_and_no_more_than_the_limits() -> None:
    many = Glossary(
        [term(f"AB{letter}", f"{letter} first thing", f"{letter} second thing") for letter in "CDEFGHIJKLMN"]
    )
    text = " ".join(f"AB{letter}" for letter in "CDEFGHIJKLMN") + " ABC"
    expanded = many.expand(text)
    assert len(expanded.expansions) == GLOSSARY_LIMITS.matches
    assert len(expanded.added) == GLOSSARY_LIMITS.added


WORDS = [
    "DTI",
    "dti",
    "PEPs",
    "debt",
    "to",
    "income",
    "ratio",
    "debt-to-income",
    "exposed person",
    "A/C",
    "(",
    "D.T.I.",
    "car",
    "é",
]


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=6), max_size=30).map(" ".join))
def test_any_question_keeps_its_words_in_order(text: str) -> None:
    expanded = GLOSSARY.expand(text)
    rest = expanded.spelt_out or text
    for meaning in (
        "debt-to-income ratio",
        "politically exposed person",
        "capital adequacy ratio",
        "account",
        "machine",
    ):
        rest = rest.replace(f" ({meaning})", "")
    assert rest == text.replace(" (account)", "").replace(" (machine)", "")
    assert len(set(map(long_key, expanded.added))) == len(expanded.added)
    assert GLOSSARY.expand(text) == expanded


def test_our_own_entries_may_all_stand_in_a_glossary() -> None:
    ours = built_in()
    assert len(ours) >= 120
    assert len({short_key(each.term) for each in ours}) == len(ours)
    for each in ours:
        draft = Draft(each.term, each.meanings, each.capitals_only)
        assert checked(draft, lambda _text: False) == draft, each.term
        assert each.capitals_only or not is_everyday(each.term), each.term
        assert each.id == built_in_id(each.term)


@pytest.mark.parametrize(
    "sentence",
    [
        "We sow the seed, bin the pan and pay by card in the app.",
        "Is it a swift answer from her rm or mi?",
        "Put the pin on the pad; a cd and an arm.",
    ],
)
def test_ordinary_words_are_not_taken_for_abbreviations(sentence: str) -> None:
    assert Glossary(built_in()).expand(sentence) == ExpandedQuery(sentence)
