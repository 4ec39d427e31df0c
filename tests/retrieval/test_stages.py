import pytest

from retrieval.stages import Stage, Stages


def test_all_run_unless_switched_off():
    assert Stages().on == tuple(Stage)
    off = Stages.without(["phrases", "learned", "phrases"])
    assert off == Stages(frozenset({Stage.PHRASES, Stage.LEARNED}))
    assert (off.has(Stage.PHRASES), off.has(Stage.LEXICAL)) == (False, True)
    assert off.on == tuple(stage for stage in Stage if stage not in (Stage.PHRASES, Stage.LEARNED))


@pytest.mark.parametrize("names", [["mmr"], ["lexical", "dense"], ["lexical", "dense", "learned"]])
def test_an_unknown_stage_or_nothing_to_search_with_is_refused(names: list[str]):
    with pytest.raises(ValueError, match=r"There is no stage|Switch off"):
        Stages.without(names)
