"""The lead at which to abstain: what it holds of stuffed titles, and what that costs on plain ones."""

import numpy as np
import pytest

from training.lead import GREATEST_LEAD, HELD, LEAST_LEAD, Read, fit_lead

N = 1_000
TRUTH, WEIGHTS, BELOW = np.zeros(N, np.int64), np.ones(N), np.array([0.5, 0.5])
OWN, FOREIGN = np.tile([4.0, 0.0], (N, 1)), np.tile([0.0, 4.0], (N, 1))


def test_the_lead_is_the_greatest_that_holds_the_share_asked():
    """Of a thousand titles that all turn, with leads from 0 to 4, those from the lead on are held."""
    leads = np.linspace(0, 4, N)
    found = fit_lead(Read(OWN, np.full(N, -1.0)), [Read(FOREIGN, leads)], TRUTH, WEIGHTS, 1.0, BELOW)
    assert found.at == pytest.approx(np.quantile(leads, 1 - HELD), abs=0.01)
    assert found.held == (pytest.approx(HELD, abs=0.01),)
    assert (found.held_without, found.review, found.review_without) == ((0.0,), 0.0, 0.0)


def test_the_kind_that_is_harder_to_hold_decides():
    hard, easy = Read(FOREIGN, np.linspace(0, 4, N)), Read(FOREIGN, np.linspace(2, 6, N))
    both = fit_lead(Read(OWN, np.full(N, -1.0)), [easy, hard], TRUTH, WEIGHTS, 1.0, BELOW)
    assert both.at == fit_lead(Read(OWN, np.full(N, -1.0)), [hard], TRUTH, WEIGHTS, 1.0, BELOW).at
    assert both.held[0] == 1.0


def test_a_temperature_divides_leads_like_values():
    plain, worn = Read(OWN, np.full(N, -1.0)), Read(FOREIGN, np.linspace(0, 4, N))
    warm = fit_lead(plain, [worn], TRUTH, WEIGHTS, 0.5, BELOW)
    assert warm.at == pytest.approx(2 * fit_lead(plain, [worn], TRUTH, WEIGHTS, 1.0, BELOW).at, abs=0.02)


def test_titles_that_keep_their_cluster_or_are_in_doubt_need_no_lead():
    doubtful = Read(np.tile([0.0, 0.1], (N, 1)), np.zeros(N))
    below = np.array([0.5, 0.9])
    found = fit_lead(Read(OWN, np.full(N, -1.0)), [Read(OWN, np.zeros(N)), doubtful], TRUTH, WEIGHTS, 1.0, below)
    assert (found.at, found.held) == (GREATEST_LEAD, (1.0, 1.0))


def test_what_cannot_be_held_stops_at_the_least_lead():
    found = fit_lead(Read(OWN, np.full(N, 0.6)), [Read(FOREIGN, np.zeros(N))], TRUTH, WEIGHTS, 1.0, BELOW)
    assert (found.at, found.held) == (LEAST_LEAD, (0.0,))
    assert (found.review, found.review_without) == (1.0, 0.0)
