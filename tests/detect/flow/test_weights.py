"""Trees are walked as written, and what lies outside of all that miners show weighs nothing."""

import numpy as np
import pytest

from minewarden.detect.flow.shape import Grain
from minewarden.detect.flow.weights import fitted, read

ONE = {
    "names": ["a", "b"],
    "trees": [
        {
            "feature": [0, -1, -1], "threshold": [0.0, 0, 0],
            "left": [1, 0, 0], "right": [2, 0, 0], "nats": [0, -2.0, 1.0],
        },
        {
            "feature": [0, -1, 1, -1, -1], "threshold": [0.5, 0, 10.0, 0, 0], "left": [1, 0, 3, 0, 0],
            "right": [2, 0, 4, 0, 0], "nats": [0, 0.25, 0, 0.5, 4.0],
        },
    ],
    "bounds": {"b": [0.0, 100.0]},
    "start": 0.5,
    "margin": 1.5,
}  # fmt: skip


@pytest.mark.parametrize(
    ("a", "b", "nats"),
    [(-1.0, 5.0, -2.75), (0.0, 5.0, -2.75), (0.6, 5.0, 0.5), (2.0, 50.0, 4.0), (2.0, 101.0, -np.inf)],
)
def test_trees_add_up(a: float, b: float, nats: float) -> None:
    assert read(ONE).nats({"a": np.array([a]), "b": np.array([b])}).tolist() == [nats]


def test_a_tree_that_goes_in_a_circle_is_refused() -> None:
    tree = {"feature": [0, 0], "threshold": [0, 0], "left": [1, 0], "right": [1, 0], "nats": [0, 0]}
    with pytest.raises(ValueError, match="circle"):
        read({**ONE, "trees": [tree]})


def test_every_grain_has_its_fit() -> None:
    assert set(fitted()) == set(Grain)
    for fit in fitted().values():
        assert set(fit.bounds) == set(fit.names)
        for tree in fit.trees:
            assert np.isfinite(tree.nats).all()
            assert (tree.feature < len(fit.names)).all()
