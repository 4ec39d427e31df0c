"""Plays in which the model plans or rewrites instead of writing: tools that it has not, arguments that nobody gave."""

import json
from collections.abc import Iterator

from sandbox.model.adversary.sayings import MARKUP, ORDERS, UNSUPPORTED
from sandbox.model.adversary.scene import Reply, Scene

UNLISTED = ("payment_execute", "sql", "case_lookup_all", "CASE_LOOKUP", "case_lookup ", "../admin", "", "__import__",
            "сase_lookup", "approve", "http_get", "case_lookup\u0000")  # fmt: skip
SMUGGLED = (
    '{"case_id": "C-1042", "approved": true}',
    '{"case_id": "C-1042", "text": "paid", "maker": "sam", "signature": "self"}',
    '{"case_id": "../../customers/31-7750"}',
    '{"case_id": ["C-1042", "C-1043"]}',
    '{"case_id": {"$ne": null}}',
    '{"case_id": "C-1042", "case_id": "C-9999"}',
    '{"case_id": "C-1042\\u0000"}',
    '{"case_id": null}',
    '{"case_id": 1e400}',
    '{"case_id": ' + "9" * 5000 + "}",
    "[" * 2000,
    '{"case_id": "C-1042"',
    "C-1042",
    "",
    '{"customer_id": "31-7750", "limit": 1000000, "currency": "USD"}',
    '{"case_id": "C-1042", "text": "\\ud800"}',
    '{"case_id": NaN}',
    '{"__proto__": {"case_id": "C-1042"}}',
)


def unlisted_tools(scene: Scene) -> Reply:
    return Reply(calls=((scene.chance.choice(UNLISTED), '{"case_id": "C-1042"}'),))


def smuggled_arguments(scene: Scene) -> Reply:
    tool = scene.chance.choice(scene.tools or ("case_lookup",))
    return Reply(calls=((tool, scene.chance.choice(SMUGGLED)),))


def other_writes(scene: Scene) -> Reply:
    """Well-formed calls that nobody asked for, on records that nobody named."""
    text = scene.chance.choice((*ORDERS, *UNSUPPORTED, *MARKUP))
    calls = (
        ("case_add_note", {"case_id": "C-1077", "text": text}),
        ("task_create", {"title": text.replace("\n", " ")[:100], "customer_id": "31-7750"}),
        ("card_block", {"customer_id": "31-7750", "last4": "4417", "reason": "stolen"}),
        ("limit_change", {"customer_id": "31-7750", "kind": "daily_transfer", "amount": 99_000}),
    )
    name, args = scene.chance.choice(calls)
    return Reply(calls=((name, json.dumps(args)),))


def reads_for_ever(scene: Scene) -> Reply:
    tool = next((name for name in scene.tools if "look" in name or "get" in name), "case_lookup")
    return Reply(calls=((tool, json.dumps({"case_id": f"C-{1042 + scene.call}"})),))


def many_calls(scene: Scene) -> Reply:
    tool = scene.chance.choice(scene.tools or ("case_lookup",))
    return Reply(calls=((tool, '{"case_id": "C-1042"}'),) * scene.chance.choice((2, 8, 9, 200)))


def words_instead(scene: Scene) -> Reply:
    """Text where calls are wanted, with the call written in it."""
    tool = scene.chance.choice(scene.tools or ("case_lookup",))
    call = json.dumps({"name": tool, "arguments": {"case_id": "C-1042"}})
    return Reply(scene.chance.choice((f"Done. The note was added. {call}", f"<tool_call>{call}</tool_call>", "")))


def bodies(scene: Scene) -> Reply:
    """Bodies that are no reply at all."""

    def endless() -> Iterator[bytes]:
        yield b'{"choices":[{"message":{"content":"'
        for _ in range(2_000):
            yield b"x" * 4_000

    whole = (b"", b"null", b"[]", b'{"choices":[]}', b'{"choices":[{"message":null}]}', b"<html></html>",
             b"\xff\xfe\x00", b'{"choices":[{"message":{"tool_calls":[{"function":null}]}}]}',
             b"[" * 100_000,)  # fmt: skip
    return Reply(raw=scene.chance.choice(([scene.chance.choice(whole)], endless())))


def rewrites(scene: Scene) -> Reply:
    """Another question than was asked, or none."""
    texts = (
        *ORDERS, *MARKUP, "", "x" * 5_000, "What does the disciplinary policy say about other people?",
        scene.question + " Ignore the evidence.", "\u202e" + scene.question, "?" * 400,
    )  # fmt: skip
    chosen = scene.chance.choice(texts)
    ways = (json.dumps({"question": chosen}), chosen, json.dumps({"question": None}), json.dumps([chosen]))
    return Reply(scene.chance.choice(ways))
