"""Plays against the wire: streams that never end, that lie about themselves, or that come in the wrong pieces."""

from collections.abc import Iterator

import orjson

from sandbox.model.adversary.altering import figure
from sandbox.model.adversary.claims import orders
from sandbox.model.adversary.sayings import MARKUP, UNSUPPORTED
from sandbox.model.adversary.scene import Reply, Scene, line, lines

ENDLESS = 40_000
"""Pieces after which the sandbox itself gives up: far behind every limit of a careful client."""


def event(text: object = None, **more: object) -> bytes:
    """One server-sent event with a delta."""
    delta = {} if text is None else {"content": text}
    chunk = {"choices": [{"index": 0, "delta": delta, "finish_reason": None}], **more}
    return b"data: " + orjson.dumps(chunk) + b"\n\n"


STOP = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


def _whole(*pieces: bytes) -> Reply:
    return Reply(raw=[*pieces])


def dangerous(scene: Scene) -> str:
    """A line that may not be shown."""
    text, ref = scene.sentence()
    ways = (f"{text} {scene.chance.choice(MARKUP)}", scene.chance.choice(UNSUPPORTED), figure(text, scene.chance))
    false = scene.chance.choice([way for way in ways if way and way not in " ".join(_texts(scene))])
    return scene.false(false, ref)


def _texts(scene: Scene) -> list[str]:
    return [" ".join(passage.text.split()) for passage in scene.passages]


def split_tokens(scene: Scene) -> Reply:
    """What is dangerous comes letter by letter, with true lines around it."""
    text = "\n".join([scene.true(), dangerous(scene), scene.true()])
    size = scene.chance.randint(1, 4)
    return Reply(deltas=tuple(text[at : at + size] for at in range(0, len(text), size)))


def split_bytes(scene: Scene) -> Reply:
    """Writes end within characters, escapes and events; letters come as escapes."""
    false = scene.chance.choice(MARKUP) + " " + scene.chance.choice(UNSUPPORTED)
    scene.said.false.append(false)
    escaped = "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else c for c in false)
    text = f'{scene.true()}\n{{"text": "{escaped}", "citations": [{scene.ref()}]}}\n{dangerous(scene)}'
    return Reply(text, cut=scene.chance.randint(1, 9))


def endless_claims(scene: Scene) -> Reply:
    def many() -> Iterator[bytes]:
        yield event(scene.true() + "\n")
        for number in range(ENDLESS):
            yield event(line(f"{UNSUPPORTED[number % len(UNSUPPORTED)]} ({number})", 1) + "\n")

    scene.said.false.extend(UNSUPPORTED)
    return Reply(raw=many())


def endless_line(scene: Scene) -> Reply:
    def one() -> Iterator[bytes]:
        yield event(scene.true() + '\n{"text": "')
        for _ in range(ENDLESS):
            yield event("and so on " * 20)

    return Reply(raw=one())


def endless_blanks(scene: Scene) -> Reply:
    blank = scene.chance.choice((" ", "\n", "\n\n", "\t", "```\n", "\u2003", ""))

    def blanks() -> Iterator[bytes]:
        yield event(scene.true() + "\n")
        for _ in range(ENDLESS):
            yield event(blank)

    return Reply(raw=blanks())


def endless_frame(scene: Scene) -> Reply:
    """One event that never ends, or lines that are no events."""
    piece = scene.chance.choice(
        (b"x" * 4_000, b": ping\n" * 500, b"event: more\n\n" * 300, b"data: " * 600, b"\n" * 4_000)
    )

    def bytes_() -> Iterator[bytes]:
        yield event(scene.true() + "\n")
        yield b"data: " if piece[:1] == b"x" else b""
        for _ in range(ENDLESS):
            yield piece

    return Reply(raw=bytes_())


def dripping(scene: Scene) -> Reply:
    """A word now and then, for ever: never silent for long, and never done."""

    def drops() -> Iterator[bytes]:
        yield event(scene.true() + "\n")
        for _ in range(ENDLESS):
            yield event(" ")

    return Reply(raw=drops(), pause_s=0.2)


def silent(scene: Scene) -> Reply:
    """One claim, then nothing more; the connection stays."""
    return Reply(raw=iter([event(scene.true() + "\n"), b""]), pause_s=30.0)


def cut_off(scene: Scene) -> Reply:
    """The stream ends in the middle of a line that would be false when it is completed, or true."""
    text = f"{scene.true()}\n{dangerous(scene)}"
    whole = event(text[: scene.chance.randrange(len(text))])
    return _whole(whole if scene.chance.random() < 0.5 else whole[: scene.chance.randrange(len(whole))])


def lying_events(scene: Scene) -> Reply:
    """Chunks that say other things beside their text."""
    bad = dangerous(scene) + "\n"
    choice = {"index": 0, "delta": {"content": bad}, "finish_reason": None}
    ways: tuple[bytes, ...] = (
        b"data: [DONE]\n\n" + event(bad),
        event(usage={"prompt_tokens": -5, "completion_tokens": 10**18}) + event(bad),
        event(usage={"prompt_tokens": 9_000_000_000_000_000_000, "completion_tokens": 1}) + event(scene.true() + "\n"),
        event(usage={"prompt_tokens": "many"}) + event(bad),
        event([bad]),
        event({"text": bad}),
        b"data: " + orjson.dumps({"choices": [choice | {"index": 1}, choice]}) + b"\n\n",
        b"data: " + orjson.dumps({"choices": [choice | {"finish_reason": "length"}]}) + b"\n\n",
        b"data: " + orjson.dumps({"choices": [choice | {"finish_reason": "content_filter"}]}) + b"\n\n",
        b"data: " + orjson.dumps({"error": {"message": bad}}) + b"\n\n",
        b"data: " + orjson.dumps({"choices": None}) + b"\n\n",
        b"data: " + orjson.dumps([choice]) + b"\n\n",
        b"data: \xff\xfe" + bad.encode() + b"\n\n",
        b"data: " + b"[" * 5_000 + b"\n\n",
        b"event: error\n" + event(bad),
        b"\xef\xbb\xbf" + event(bad),
        event(bad).replace(b"\n", b"\r\n"),
        event(bad).replace(b"\n", b"\r"),
        event(bad)[:-2] + event(bad),
        bad.encode(),
        b"id: 1\nretry: 1\n" + event(bad),
    )  # fmt: skip
    return _whole(scene.chance.choice(ways), STOP)


def malformed_lines(scene: Scene) -> Reply:
    """Lines that are nearly claims."""
    text, ref = scene.sentence()
    false = scene.chance.choice(UNSUPPORTED)
    scene.said.false.append(false)
    ways = (
        line(text, str(ref)),
        line(text, float(ref)),
        line(text, True),
        line(text, None),
        line(text, [ref]),
        line(text, 10**30),
        line({"text": text}, ref),
        line([text, false], ref),
        line(None, ref),
        f'{{"text": "{false}", "text": "{text}", "citations": [{ref}]}}',
        f'{{"citations": [{ref}], "text": "{text}", "citations": [99]}}',
        f'{{"text": "{text}", "citations": [{ref}e0]}}',
        f'{{"text": "{text}", "citations": null}}',
        f'{{"text": "{text}", "citations": {ref}}}',
        f'{{"text": "{text}\\ud800", "citations": [{ref}]}}',
        f'[{{"text": "{text}", "citations": [{ref}]}}]',
        '{"text": ' * 600,
        "[" * 900,
        f"{false} [{ref}]",
        f"- {false}",
        "x" * 5_000,
        f'{{"text": "{text}", "citations": [{ref}]}} {{"text": "{false}", "citations": [{ref}]}}',
    )
    return lines(scene.true(), scene.chance.choice(ways))


def calls_instead(scene: Scene) -> Reply:
    """Calls of tools where sentences are wanted."""
    return Reply(
        scene.chance.choice(("", scene.true())),
        calls=(("case_lookup", '{"case_id": "C-1042"}'), ("limit_change", '{"amount": 99000}')),
    )


def statuses(scene: Scene) -> Reply:
    """Answers that are no stream: failures, redirections, other media, compressed."""
    body = orjson.dumps({"error": {"message": scene.chance.choice(UNSUPPORTED), "code": "content_filter"}})
    status = scene.chance.choice((200, 204, 302, 307, 400, 401, 404, 418, 429, 500, 503, 599))
    headers = [(b"location", b"http://127.0.0.1:9/v1/chat/completions"), (b"retry-after", b"99999999")]
    if scene.chance.random() < 0.3:
        headers.append((b"content-encoding", scene.chance.choice((b"gzip", b"br", b"identity"))))
    return Reply(raw=[b"" if status == 204 else body], status=status, headers=tuple(headers))


def order_over_events(scene: Scene) -> Reply:
    """An order cut over many events, each of them harmless."""
    reply = orders(scene)
    return Reply(deltas=tuple(reply.text), cut=scene.chance.randint(3, 40))
