"""The partitioner: the same partition as every other Kafka client chooses."""

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from stream.engines.partitions import partitions_of


@given(st.lists(st.binary(max_size=70)), st.integers(1, 100))
def test_it_agrees_with_the_clients_own_partitioner(keys, count):
    """For every length of key, the empty one included."""
    choose = DefaultPartitioner()
    every = list(range(count))
    assert partitions_of(keys, count) == [choose(key, every, every) for key in keys]


def test_it_agrees_with_the_values_of_kafkas_own_tests():
    """`org.apache.kafka.common.utils.UtilsTest.testMurmur2`, taken modulo a count that keeps all 31 bits apart."""
    hashes = {
        b"21": -973932308,
        b"foobar": -790332482,
        b"a-little-bit-long-string": -985981536,
        b"a-little-bit-longer-string": -1486304829,
        b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
        b"abc": 479470107,
    }
    assert partitions_of(list(hashes), 2**31 - 1) == [(h & 0x7FFFFFFF) % (2**31 - 1) for h in hashes.values()]
