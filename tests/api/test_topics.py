from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from api.auditing.topics import Unanswered, grouped


def asked(*questions: str, document: str | None = "d") -> list[Unanswered]:
    return [Unanswered(UUID(int=at), question, document) for at, question in enumerate(questions)]


def test_like_questions_are_together_and_the_largest_topic_is_first() -> None:
    topics, weight = grouped(
        asked(
            "May staff wear shorts?",
            "Who pays the parking fee at the branch?",
            "Is there a parking fee for visitors of the branch?",
            "How high is the parking fee?",
        )
    )
    assert [[member.run.int for member in topic.members] for topic in topics] == [[1, 2, 3], [0]]
    assert [topic.terms(weight) for topic in topics] == [["fee", "parking", "branch"], []]


def test_one_word_in_common_is_no_topic() -> None:
    topics, _ = grouped(asked("Who approves a dormant account?", "May a minor open an account in euros by post?"))
    assert [len(topic.members) for topic in topics] == [1, 1]


def test_numbers_and_single_questions_give_no_words() -> None:
    topics, weight = grouped(asked("Is 31-7750 blocked?", "Is 31-7750 blocked?"))
    assert [topic.terms(weight) for topic in topics] == [["blocked"]]


@given(st.lists(st.text(max_size=60), max_size=12))
def test_every_question_is_in_one_topic(questions: list[str]) -> None:
    topics, weight = grouped(asked(*questions, document=None))
    assert sorted(member.run.int for topic in topics for member in topic.members) == list(range(len(questions)))
    assert [len(topic.members) for topic in topics] == sorted((len(t.members) for t in topics), reverse=True)
    assert all(len(topic.terms(weight)) <= 3 for topic in topics)
