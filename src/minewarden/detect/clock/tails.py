"""Exact binomial tails and Bayes factors over many cells at once, in logarithms so that nothing underflows."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]

PRIOR_HITS, PRIOR_MISSES = 19, 1
"""Beta(19, 1): a miner's server answers 95 of 100 blocks in the window that fits it."""

_MOST_TERMS = 512


def log_factorials(most: int) -> Reals:
    """ln 0!, ln 1!, ... ln most!."""
    return _factorials(1 << max(10, int(most).bit_length()))[: most + 1]


@lru_cache(maxsize=4)
def _factorials(size: int) -> Reals:
    table = np.zeros(size + 1)
    np.cumsum(np.log(np.arange(1, size + 1)), out=table[1:])
    return table


def log_tail(hits: Any, blocks: Any, p0: Any) -> Reals:
    """ln P(Bin(blocks, p0) >= hits) for arrays of cells of one shape.

    At or below the expected number of hits the answer is 0 (a probability of 1), which is an upper bound and never the
    smallest cell. Sums longer than 512 terms are closed by the geometric series that bounds what is left, so that the
    answer may be too large by a hair and never too small.
    """
    x, n, p = np.broadcast_arrays(np.asarray(hits, np.int64), np.asarray(blocks, np.int64), np.asarray(p0, np.float64))
    out = np.zeros(x.shape)
    beyond = (x > n * p) & (p < 1)
    if not beyond.any():
        return out
    x, n, p = x[beyond], n[beyond], p[beyond]
    if (p <= 0).any():
        p = np.maximum(p, 1e-300)
    table = log_factorials(int(n.max()))
    terms = int(min((n - x).max() + 1, _MOST_TERMS))
    j = x[:, None] + np.arange(terms)
    inside = j <= n[:, None]
    j = np.where(inside, j, n[:, None])
    rest = n[:, None] - j
    log_p, log_q = np.log(p)[:, None], np.log1p(-p)[:, None]
    logs = table[n][:, None] - table[j] - table[rest] + j * log_p + rest * log_q
    logs = np.where(inside, logs, -np.inf)
    top = logs.max(axis=1)
    total = np.exp(logs - top[:, None]).sum(axis=1)
    last = j[:, -1]
    ratio = (n - last) / (last + 1) * p / (1 - p)
    left = np.where(last < n, np.exp(logs[:, -1] - top) * ratio / (1 - np.minimum(ratio, 1 - 1e-12)), 0.0)
    out[beyond] = np.minimum(top + np.log(total + left), 0.0)
    return out


def log_bayes_factor(hits: Any, blocks: Any, p0: Any) -> Reals:
    """ln of P(hits | a miner) / P(hits | chance), the miner's hit rate being Beta(19, 1).

    Under chance the expectation of the factor itself is exactly 1, and so is that of any average of such factors.
    """
    x, n, p = np.broadcast_arrays(np.asarray(hits, np.int64), np.asarray(blocks, np.int64), np.asarray(p0, np.float64))
    out = np.zeros(x.shape)
    open_cells = (p > 0) & (p < 1) & (n > 0)
    if not open_cells.any():
        return out
    x, n, p = x[open_cells], n[open_cells], p[open_cells]
    table = log_factorials(int(n.max()) + PRIOR_HITS + PRIOR_MISSES)
    prior = table[PRIOR_HITS + PRIOR_MISSES - 1] - table[PRIOR_HITS - 1] - table[PRIOR_MISSES - 1]
    hit, miss = PRIOR_HITS + x, PRIOR_MISSES + n - x
    miner = prior + table[hit - 1] + table[miss - 1] - table[hit + miss - 1]
    out[open_cells] = miner - x * np.log(p) - (n - x) * np.log1p(-p)
    return out


def log_mean(values: Reals) -> float:
    """ln of the mean of exp(values)."""
    top = float(values.max())
    return top + float(np.log(np.mean(np.exp(values - top))))
