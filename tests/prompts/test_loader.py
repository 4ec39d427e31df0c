import hashlib
from pathlib import Path

import pytest

import prompts
from prompts.loader import BrokenPrompt, Prompt, get, names, read

GOOD = '---\nname: greet\nversion: 3\nplaceholders: [person]\n---\nHello {{person}}, {"text": "…"}.\n'


def test_a_file_becomes_a_prompt() -> None:
    assert read("greet", GOOD) == Prompt(
        name="greet",
        version="3",
        text='Hello {{person}}, {"text": "…"}.',
        hash=hashlib.sha256(GOOD.encode()).hexdigest(),
        placeholders=frozenset({"person"}),
    )


def test_rendering_fills_every_placeholder_once() -> None:
    """A value that looks like a placeholder stays a value."""
    assert read("greet", GOOD).render(person="{{person}}") == 'Hello {{person}}, {"text": "…"}.'


@pytest.mark.parametrize("values", [{}, {"persn": "x"}, {"person": "x", "more": "y"}])
def test_rendering_with_the_wrong_values_is_an_error(values: dict[str, str]) -> None:
    with pytest.raises(BrokenPrompt, match="wants"):
        read("greet", GOOD).render(**values)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Hello", "lacks its front matter"),
        (GOOD.replace("[person]", "[]"), r"declares \[\] but uses \['person'\]"),
        (GOOD.replace("{{person}}", "you"), r"declares \['person'\] but uses \[\]"),
        (GOOD.replace("greet", "other"), "calls itself other"),
        (GOOD.replace("version: 3", "version: soon"), "version"),
        (GOOD.replace("version: 3", "owner: me"), "owner"),
        (GOOD.replace("name: greet", "name: [a"), "front matter"),
        ("---\nname: greet\nversion: 1\n---\n\n", "has no text"),
    ],
)
def test_a_broken_file_says_what_is_wrong(content: str, message: str) -> None:
    with pytest.raises(BrokenPrompt, match=message):
        read("greet", content)


@pytest.mark.parametrize("name", ["missing", "../answer", "", "Answer"])
def test_an_unknown_name_is_an_error(name: str) -> None:
    with pytest.raises(BrokenPrompt):
        get(name)


def test_every_prompt_of_the_product_loads_and_keeps_its_name() -> None:
    assert names() == ["answer", "case_note", "checklist", "plan", "rewrite"]
    assert names() == sorted(path.stem for path in Path(prompts.__file__).parent.glob("*.md"))
    assert [get(name).name for name in names()] == names()


def test_the_product_prompts_take_no_values() -> None:
    """Their text goes to the model as it stands."""
    assert [get(name).placeholders for name in names()] == [frozenset()] * len(names())
    assert [get(name).render() == get(name).text for name in names()] == [True] * len(names())
