"""A failure of a device names it, in both languages."""

from minewarden.enforce.publisher import PublishError


def test_a_failure_names_the_device_and_is_bounded() -> None:
    error = PublishError("出口网关", "x" * 5000)
    assert "出口网关" in error.said("zh")
    assert error.said("zh") != error.said("en")
    assert len(error.said("en")) < 400
