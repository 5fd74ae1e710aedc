"""Intervals against textbook values and against chance itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from habilis.policies.evaluation.statistics import (
    bootstrap,
    mcnemar,
    mean_of_rates,
    over_seeds,
    rate,
    wilson,
)


@pytest.mark.parametrize(
    ("good", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),  # Wilson 1927, as printed in Newcombe 1998 and by statsmodels
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (95, 100, 0.8882, 0.9785),
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_agrees_with_the_literature(good: int, n: int, low: float, high: float) -> None:
    assert wilson(good, n) == pytest.approx((low, high), abs=1e-4)


@given(n=st.integers(1, 2000), share=st.floats(0, 1))
def test_wilson_holds_the_rate_and_is_symmetric(n: int, share: float) -> None:
    good = round(share * n)
    low, high = wilson(good, n)
    assert 0 <= low <= good / n <= high <= 1
    assert low < high
    assert wilson(n - good, n) == pytest.approx((1 - high, 1 - low))


def test_wilson_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    for p in (0.5, 0.9):
        hits = 0
        for good in rng.binomial(100, p, 2000):
            low, high = wilson(int(good), 100)
            hits += low <= p <= high
        assert 0.93 < hits / 2000 < 0.97


@pytest.mark.parametrize(("good", "n"), [(0, 0), (3, 2), (-1, 5)])
def test_wilson_refuses_what_is_no_count(good: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"got {good} of {n}"):
        wilson(good, n)


def test_bootstrap_holds_the_mean_and_shrinks_with_more_values() -> None:
    rng = np.random.default_rng(1)
    few, many = rng.normal(3, 1, 20), rng.normal(3, 1, 2000)
    wide, narrow = bootstrap(few, rng), bootstrap(many, rng)
    assert wide[0] < few.mean() < wide[1] and narrow[0] < many.mean() < narrow[1]
    assert narrow[1] - narrow[0] == pytest.approx(2 * 1.96 / 2000**0.5, rel=0.15)
    assert narrow[1] - narrow[0] < (wide[1] - wide[0]) / 4


def test_bootstrap_is_the_same_for_the_same_generator() -> None:
    values = [1.0, 2.0, 5.0]
    a, b = (bootstrap(values, np.random.default_rng(4)) for _ in range(2))
    assert a == b
    assert bootstrap([2.0, 2.0], np.random.default_rng(0)) == (2.0, 2.0)


@pytest.mark.parametrize("bad", [[], [[1.0, 2.0]]])
def test_bootstrap_refuses_what_is_no_list(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="non-empty list"):
        bootstrap(bad, np.random.default_rng(0))


def test_a_rate_is_printed_with_its_interval_and_count() -> None:
    assert rate(95, 100) == "0.95 (0.89-0.98, n = 100)"


def test_the_interval_of_one_rate_is_wilsons() -> None:
    assert mean_of_rates([(7, 10)]) == pytest.approx((0.7, *wilson(7, 10)))


def test_a_mean_of_rates_is_narrower_than_they_are_and_never_certain() -> None:
    mean, low, high = mean_of_rates([(20, 20)] * 3)
    assert (mean, high) == (1.0, 1.0) and wilson(20, 20)[0] < low < 1
    for wrong in ([], [(0, 0)], [(3, 2)]):
        with pytest.raises(ValueError, match="need"):
            mean_of_rates(wrong)


def test_a_mean_of_rates_covers_the_truth_about_as_often_as_it_says() -> None:
    rng, truth = np.random.default_rng(0), np.array([0.9, 0.8, 0.5])
    drawn = rng.binomial(20, truth, (1000, 3))
    found = [mean_of_rates([(int(k), 20) for k in row]) for row in drawn]
    assert 0.93 < np.mean([low <= truth.mean() <= high for _, low, high in found]) < 0.99


@pytest.mark.parametrize(
    ("wins", "losses", "p"),
    [
        (0, 0, 1.0),
        (5, 5, 1.0),
        (1, 6, 0.125),  # 2 * (1 + 7) / 128
        (0, 10, 0.001953125),
        (25, 10, 0.0167),  # exact binomial test of 10 in 35, R's binom.test
    ],
)
def test_mcnemar_is_the_exact_test_of_the_pairs_that_differ(
    wins: int, losses: int, p: float
) -> None:
    first = [True] * wins + [False] * losses + [True, False] * 20
    other = [False] * wins + [True] * losses + [True, False] * 20
    found = mcnemar(first, other)
    assert found[:2] == (wins, losses) and found[2] == pytest.approx(p, abs=1e-4)
    assert mcnemar(other, first)[2] == mcnemar(first, other)[2]


def test_mcnemar_errs_no_more_often_than_it_says() -> None:
    rng = np.random.default_rng(0)
    pairs = rng.random((1000, 2, 100)) < 0.8
    assert np.mean([mcnemar(a.tolist(), b.tolist())[2] < 0.05 for a, b in pairs]) < 0.06
    with pytest.raises(ValueError, match="got 1 and 2"):
        mcnemar([True], [True, False])


def test_a_rate_over_seeds_shows_how_seeds_differ_and_is_never_certain() -> None:
    rng = np.random.default_rng(0)
    alike, apart = (over_seeds(c, rng) for c in ([(32, 64)] * 3, [(4, 64), (32, 64), (60, 64)]))
    assert alike[0] == apart[0] == 0.5
    assert apart[2] - apart[1] > 2 * (alike[2] - alike[1])
    mean, low, high = over_seeds([(64, 64)] * 3, rng)
    assert (mean, high) == (1.0, 1.0) and 0.95 < low < 1
