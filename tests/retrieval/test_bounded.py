from retrieval.index.bounded import Bounded


def kept(cache: Bounded[str, int], *keys: str) -> list[int | None]:
    return [cache.get(key) for key in keys]


def test_the_least_recently_used_goes_first():
    cache: Bounded[str, int] = Bounded(10)
    cache.put("a", 1, 4)
    cache.put("b", 2, 4)
    assert cache.get("a") == 1
    cache.put("c", 3, 4)
    assert kept(cache, "a", "b", "c") == [1, None, 3]


def test_replacing_a_value_frees_its_size():
    cache: Bounded[str, int] = Bounded(10)
    cache.put("a", 1, 9)
    cache.put("a", 2, 5)
    cache.put("b", 3, 5)
    assert kept(cache, "a", "b") == [2, 3]


def test_a_value_larger_than_the_bound_is_not_kept():
    cache: Bounded[str, int] = Bounded(10)
    cache.put("a", 1, 5)
    cache.put("b", 2, 11)
    assert kept(cache, "a", "b") == [1, None]
