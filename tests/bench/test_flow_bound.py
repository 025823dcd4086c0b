"""What one flow record can hold at best is counted, and written into its own section of the page."""

import numpy as np

from bench.flow_bound import HEADING, Records, found, put, ratios


def records(seed: int, away: float) -> Records:
    """Four numbers of 300 miners and 3,000 harmless connections, the miners' first one so far away."""
    rng = np.random.default_rng(seed)
    mines = np.arange(3300) < 300
    numbers = rng.normal(size=(3300, 4))
    numbers[mines, 0] += away
    return Records(numbers, mines, np.where(mines, "miner", "other"))


def test_miners_that_lie_apart_are_found_by_either_count() -> None:
    own, other = records(1, 50.0), records(2, 50.0)
    assert all(found(one, other.mines) > 0.97 for one in ratios(own, other, 50))


def test_miners_like_everybody_else_are_not_found_by_boxes_of_other_programs() -> None:
    own, other = records(1, 0.0), records(2, 0.0)
    assert found(ratios(own, other, 50)[0], other.mines) < 0.02


def test_a_section_is_made_anew_in_its_place() -> None:
    page = f"# Page\n\n{HEADING}\n\nold\n\n## Next\n\nkept\n"
    assert put(page, HEADING, f"{HEADING}\n\nnew") == f"# Page\n\n{HEADING}\n\nnew\n\n## Next\n\nkept\n"
    assert put("# Page\n", HEADING, f"{HEADING}\n\nnew") == f"# Page\n\n{HEADING}\n\nnew\n"
