"""Faults on a cluster of three brokers and two or three workers as shipped; afterwards every law holds on all that is published."""

import asyncio

import pytest

from tests.chaos.faults import Act
from tests.chaos.play import Plot, play

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]


def in_turn(*faults, begin=8.0, apart=12.0, seconds=4.0):
    return [Act(begin + number * apart, fault, seconds, number) for number, fault in enumerate(faults)]


def perform(cluster, plot, folder):
    verdict = asyncio.run(play(cluster, plot, folder))
    assert verdict.objections == []
    assert len(verdict.done) == sum(map(len, plot.tracks)), "an act is missing"
    assert verdict.last_exits == [0] * plot.workers, "somebody did not stop as asked"
    assert verdict.counts["samples"] > 100, "too few samples to say anything"
    return verdict


def test_workers_die_sleep_and_come_and_go_while_brokers_do(three_brokers, tmp_path):
    """Killed, paused past the session and woken with a run in its hands, restarted in turn, joined by another; beside that a broker
    is killed, one sleeps, leaders move."""
    workers = in_turn("kill_worker", "lose_membership", "share_with_another", "restart_workers", begin=6, apart=14)
    brokers = in_turn("kill_broker", "pause_broker", "move_leaders", begin=12, apart=16)
    verdict = perform(three_brokers, Plot(7, 20_000, 62, [workers, brokers]), tmp_path)
    assert verdict.exits[-9] >= 1
    assert verdict.counts["events published more than once"] > 0


def test_the_network_is_slow_breaks_refuses_and_swallows(three_brokers, tmp_path):
    """Between the workers and one broker, while its peers see it well; no worker needs a restart for it."""
    network = in_turn("slow_network", "cut_network", "refuse_connections", "swallow_bytes", apart=9, seconds=5)
    verdict = perform(three_brokers, Plot(8, 14_000, 45, [network]), tmp_path)
    assert sum(verdict.exits.values()) == 0


def test_what_workers_write_is_refused_and_their_clocks_and_policies_differ(three_brokers, tmp_path):
    """Refused by an ACL and for its size: workers end with 1 and commit nothing over it, and go on once it is taken."""
    refusals = in_turn("deny_writes", "refuse_size", "move_clock", "change_policies", apart=10)
    verdict = perform(three_brokers, Plot(9, 14_000, 48, [refusals]), tmp_path)
    assert verdict.exits[1] >= 2
