"""Intervals for rates and means: no number is printed without one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Z95 = 1.959963984540054


def wilson(successes: float, trials: int) -> tuple[float, float]:
    """95 % Wilson score interval of a success rate.

    Of scores between 0 and 1, with their sum as ``successes``, it is too wide rather than too
    narrow: no such scores vary more than successes and failures of the same mean.

    Raises:
      ValueError: no trials, or more successes than trials.
    """
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"need 0 <= successes <= trials, trials > 0; got {successes} of {trials}")
    p, z2 = successes / trials, Z95**2
    centre = (p + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z95 * math.sqrt(p * (1 - p) / trials + z2 / (4 * trials**2)) / (1 + z2 / trials)
    # By rounding alone the interval of 13 of 13 would end below 1.
    return max(0.0, min(p, centre - half)), min(1.0, max(p, centre + half))


def bootstrap(
    values: npt.ArrayLike, rng: np.random.Generator, resamples: int = 2000, of: Any = np.mean
) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of the mean of ``values``, (n,).

    Args:
      values: (n,) samples.
      rng: draws the resamples.
      resamples: how many are drawn.
      of: the statistic of each resample, called with ``axis=1``, in place of the mean.

    Raises:
      ValueError: ``values`` is empty or not one-dimensional.
    """
    sample = np.asarray(values, float)
    if sample.ndim != 1 or not len(sample):
        raise ValueError(f"values must be a non-empty list of numbers, got shape {sample.shape}")
    means = of(rng.choice(sample, (resamples, len(sample))), axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def mcnemar(first: Sequence[bool], other: Sequence[bool]) -> tuple[int, int, float]:
    """McNemar's exact test of two agents on the same episodes.

    Args:
      first: success of one agent in each episode.
      other: that of the other agent, in the same order.

    Returns:
      Episodes that only ``first`` solved, that only ``other`` solved, and the two-sided p-value of
      such a split if neither is better.

    Raises:
      ValueError: they are not as many.

    Source: McNemar, Psychometrika 12 (1947); exact form: the binomial test of the discordant pairs.
    """
    if len(first) != len(other):
        raise ValueError(f"pairs need as many episodes of both, got {len(first)} and {len(other)}")
    wins = sum(a and not b for a, b in zip(first, other, strict=True))
    losses = sum(b and not a for a, b in zip(first, other, strict=True))
    n = wins + losses
    tail = sum(math.comb(n, k) for k in range(min(wins, losses) + 1))
    return wins, losses, min(1.0, 2 * tail / 2**n)


def grouped(success: Sequence[bool], keys: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """Return successes of each group with 95 % intervals, as plain data, groups sorted by name."""
    found: dict[Any, list[bool]] = {}
    for good, key in zip(success, keys, strict=True):
        found.setdefault(key, []).append(good)
    return {str(key): counted(sum(found[key]), len(found[key])) for key in sorted(found)}


def counted(count: int, episodes: int) -> dict[str, Any]:
    """Return a count, its share of the episodes and the share's 95 % interval, as plain data."""
    low, high = wilson(count, episodes)
    share = count / episodes
    return {"count": count, "episodes": episodes, "rate": share, "low": low, "high": high}


def over_seeds(
    counts: Sequence[tuple[int, int]], rng: np.random.Generator, resamples: int = 2000
) -> tuple[float, float, float]:
    """Mean success rate of runs from different seeds, with its 95 % interval.

    Runs are drawn again with replacement, and the rate of each from what its episodes leave open
    (a Beta distribution with Jeffreys' prior): it shows how runs differ, and does not shrink to
    nothing where they do not. Of few runs it is still too narrow, as any bootstrap is.

    Args:
      counts: (successes, episodes) of each run.
      rng: of the draws.
      resamples: how many.
    """
    good, of = np.array(counts, float).T
    drawn = rng.integers(len(good), size=(resamples, len(good)))
    means = rng.beta(good + 0.5, of - good + 0.5, (resamples, len(good)))
    low, high = np.quantile(np.take_along_axis(means, drawn, 1).mean(1), [0.025, 0.975])
    mean = float(np.mean(good / of))
    return mean, min(mean, float(low)), max(mean, float(high))


def summary(success: Sequence[bool], returns: Sequence[float], first_seed: int) -> dict[str, Any]:
    """Return success rate and mean return of seeded episodes with 95 % intervals, as plain data."""
    good = int(sum(success))
    low, high = wilson(good, len(success))
    return {
        "success": good,
        "episodes": len(success),
        "first_seed": first_seed,
        "rate": good / len(success),
        "low": low,
        "high": high,
        "return": float(np.mean(returns)),
        "return_interval": list(bootstrap(returns, np.random.default_rng(0))),
    }


def rate(successes: int, trials: int) -> str:
    """Format a success rate with its 95 % interval: ``0.97 (0.92-0.99, n = 100)``."""
    low, high = wilson(successes, trials)
    return f"{successes / trials:.2f} ({low:.2f}-{high:.2f}, n = {trials})"


def mean_of_rates(counts: Sequence[tuple[int, int]]) -> tuple[float, float, float]:
    """Mean of independent success rates, with its 95 % interval from their Wilson intervals.

    The method of variance estimates recovery: the distances from each rate to its own limits are
    added as the squares of standard errors are. Unlike a bootstrap over episodes it does not
    shrink to nothing when every rate is 0 or 1.

    Args:
      counts: (successes, trials) of each rate.

    Returns:
      Mean, lower and upper limit.

    Raises:
      ValueError: as ``wilson``, or there is no rate.

    Source: Zou and Donner, Construction of confidence limits about effect measures: A general
    approach, Statistics in Medicine 27 (2008), equation 3 for a sum.
    """
    if not counts:
        raise ValueError("need at least one rate")
    limits = [wilson(good, of) for good, of in counts]
    rates = [good / of for good, of in counts]
    mean = sum(rates) / len(rates)
    below = math.hypot(*(p - low for p, (low, _) in zip(rates, limits, strict=True)))
    above = math.hypot(*(high - p for p, (_, high) in zip(rates, limits, strict=True)))
    return mean, max(0.0, mean - below / len(rates)), min(1.0, mean + above / len(rates))
