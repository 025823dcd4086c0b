"""Invented flows and chains for the tests of clocks. Times in microseconds."""

import numpy as np
from numpy.typing import NDArray

START_US = 1_795_000_000_000_000
Times = NDArray[np.int64]


def micro(seconds: NDArray[np.float64]) -> Times:
    return START_US + (np.sort(seconds) * 1e6).astype(np.int64)


def chain(rng: np.random.Generator, interval: float, length: float) -> NDArray[np.float64]:
    """Arrivals of blocks, in seconds."""
    return np.sort(rng.random(rng.poisson(length / interval))) * length


def jobs(
    rng: np.random.Generator, blocks: NDArray[np.float64], length: float, *, refresh: float = 30.0, lag: float = 0.6
) -> NDArray[np.float64]:
    """A pool's jobs: after each block, and every `refresh` seconds after the last; in seconds."""
    late = np.sort(blocks + rng.lognormal(np.log(lag), 0.6, len(blocks)))
    starts = np.concatenate(([0.0], late[late < length]))
    ends = np.append(starts[1:], length)
    return np.concatenate([np.arange(a, b, refresh) for a, b in zip(starts, ends, strict=True) if b > a])


def harmless(rng: np.random.Generator, length: float) -> dict[str, NDArray[np.float64]]:
    """Flows that have nothing to do with any chain; in seconds."""
    many = int(length)
    made = {
        "poisson": np.cumsum(rng.exponential(25, many // 8)),
        "exact 22 s": np.arange(rng.random() * 22, length, 22.0),
        "exact 60 s on whole seconds": np.arange(float(rng.integers(60)), length, 60.0),
        "beacon with jitter": np.arange(30.0, length, 30.0) + rng.normal(0, 2, len(np.arange(30.0, length, 30.0))),
        "bursts": np.repeat(np.cumsum(rng.exponential(90, many // 30)), 4) + rng.exponential(2, many // 30 * 4),
        "reset timer": jobs(rng, chain(rng, 150, length), length),
    }
    return {name: np.sort(times[(times > 0) & (times < length)]) for name, times in made.items()}
