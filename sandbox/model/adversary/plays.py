"""Every play by name, and which kind of request it answers."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from sandbox.model.adversary import claims, plans, streams
from sandbox.model.adversary.altering import ALTERED
from sandbox.model.adversary.scene import Reply, Scene

Play = Callable[[Scene], Reply]

WRITING: Final[Mapping[str, Play]] = {
    "faithful": claims.faithful,
    "unsupported": claims.unsupported,
    "cites everything": claims.cites_everything,
    "uncited": claims.uncited,
    "invented citations": claims.invented_citations,
    "wrong citation": claims.wrong_citation,
    "ids of others' passages": claims.foreign_chunks,
    "texts of others' documents": claims.foreign_texts,
    **{f"altered: {kind}": partial(claims.altered, kind=kind) for kind in ALTERED},
    "half true": claims.half_true,
    "two sentences joined": claims.joined,
    "says that it is verified": claims.claims_to_be_verified,
    "orders": claims.orders,
    "orders over many events": streams.order_over_events,
    "markup and links": claims.markup,
    "the system prompt": claims.instructions_repeated,
    "personal data": claims.personal_data,
    "placeholders": claims.placeholders,
    "invisible characters": claims.invisible,
    "look-alikes": claims.lookalikes,
    "another language": claims.wrong_language,
    "refusals": claims.refusals,
    "frames": claims.frames,
    "slow to check": claims.slow_to_check,
    "repetitions": claims.repetitions,
    "poison on the retry": claims.poison_on_retry,
    "nothing": claims.nothing,
    "malformed lines": streams.malformed_lines,
    "split tokens": streams.split_tokens,
    "split bytes": streams.split_bytes,
    "endless claims": streams.endless_claims,
    "endless line": streams.endless_line,
    "endless blanks": streams.endless_blanks,
    "endless frame": streams.endless_frame,
    "dripping": streams.dripping,
    "silent": streams.silent,
    "cut off": streams.cut_off,
    "lying events": streams.lying_events,
    "calls instead of text": streams.calls_instead,
    "statuses": streams.statuses,
}
PLANNING: Final[Mapping[str, Play]] = {
    "unlisted tools": plans.unlisted_tools,
    "smuggled arguments": plans.smuggled_arguments,
    "other writes": plans.other_writes,
    "reads for ever": plans.reads_for_ever,
    "many calls": plans.many_calls,
    "words instead of calls": plans.words_instead,
    "bodies that are none": plans.bodies,
}
REWRITING: Final[Mapping[str, Play]] = {"rewrites": plans.rewrites}
