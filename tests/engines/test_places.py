"""The compiled places against a dictionary: any order, any cut into runs."""

from hypothesis import given
from hypothesis import strategies as st

from stream.contract.outcome import Place
from stream.engines.places import Places, Verdict, warm
from stream.engines.places_kernel import find, index, lose_removed, move_together, take

events = st.lists(
    st.tuples(
        st.sampled_from([b"L-1", b"L-2", b"L-22", b"\xc3\xa9" * 40]),
        st.integers(0, 2),
        st.integers(-1, 1),
        st.sampled_from([b"E", b"E-1", b"E-2", b"F" * 600]),
        st.booleans(),
    ),
    max_size=60,
)


def expected(known, key, order, removed, revive):
    """The verdict, from the definition; `known` is changed as it says."""
    had = known.get(key)
    if had is not None and order < had[0]:
        return Verdict.REMOVED if had[1] else Verdict.OLDER
    if had is not None and order == had[0] and had[1] and not removed and not revive:
        return Verdict.DUPLICATE
    known[key] = (order, removed)
    return Verdict.AGAIN if had == (order, removed) else Verdict.NEWER


@given(events, st.integers(1, 7), st.booleans())
def test_places_say_of_every_event_what_a_dictionary_says(run, size, revive):
    places, known = Places(1_000_000), {}
    for begin in range(0, len(run), size):
        piece = run[begin : begin + size]
        keys, removed = [e[0] for e in piece], [e[4] for e in piece]
        verdicts, _ = places.take(keys, [Place(*e[1:4]) for e in piece], removed, [5] * len(piece), revive=revive)
        assert verdicts == [expected(known, e[0], e[1:4], e[4], revive) for e in piece]
    assert len(places) == len(known)
    for key, (order, _) in known.items():
        assert places.remove(key, 5)[:3] == order


def test_a_decision_names_the_one_it_replaces():
    places, first, second = Places(10), b"1" * 32, b"2" * 32
    run = [Place(1, 0, b"E", first), Place(1, 0, b"E", first), Place(1, 0, b"E", second), Place(2, 0, b"F", first)]
    assert places.take([b"L"] * 4, run, [False] * 4, [1] * 4)[1] == [b"", b"", first, second]


def test_memory_stays_flat_over_many_updates_of_changing_length():
    places = Places(10)
    for turn in range(400):
        keys = [b"L-%d" % i for i in range(500)]
        places.take(keys, [Place(turn, 0, b"E" * (1 + turn % 40))] * 500, [False] * 500, [1] * 500)
    assert len(places) == 500
    assert places.nbytes() < 150 * 500


def test_a_removal_is_forgotten_after_its_retention():
    places = Places(retention=10)
    places.take([b"gone"], [Place(5, 0, b"E")], [True], [100])
    for turn in range(20):
        keys = [b"L-%d-%d" % (turn, i) for i in range(100)]
        places.take(keys, [Place(1, 0, b"E")] * 100, [False] * 100, [200] * 100)
    assert places.take([b"gone"], [Place(1, 0, b"A")], [False], [200])[0] == [Verdict.NEWER]


def test_nothing_is_left_to_compile_once_it_is_warm():
    """Taking, removing, growing, indexing anew: a worker that compiled in its first run would stall for seconds."""
    warm()
    kernels = [take, find, lose_removed, move_together, index]
    warmed = [len(kernel.signatures) for kernel in kernels]
    places = Places(retention=10)
    for turn in range(30):
        keys = [b"L-%d-%d" % (turn, i) for i in range(100)]
        run = [Place(turn, 0, b"E", b"" if turn % 2 else b"1" * 32) for _ in keys]
        places.take(keys, run, [bool(turn % 2)] * 100, [20 * turn + 1] * 100, revive=False)
        places.remove(keys[0], 20 * turn + 1)
    assert warmed == [len(kernel.signatures) for kernel in kernels] == [1] * 5
