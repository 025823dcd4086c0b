"""Messages: an identifier with parameters, comparable and fit for sets."""

import pytest

from minewarden.vocab.message import Message, message


def test_equal_whatever_the_order_of_the_parameters() -> None:
    one, other = message("scan.nothing", a=1, b="x"), message("scan.nothing", b="x", a=1)
    assert one == other
    assert len({one, other, message("scan.nothing", a=2, b="x")}) == 2


@pytest.mark.parametrize("identifier", ["", "nothing", "a.b.c"])
def test_an_identifier_names_a_table_and_a_key(identifier: str) -> None:
    with pytest.raises(ValueError, match="message id"):
        Message(identifier)


def test_parameters_cannot_be_changed_afterwards() -> None:
    said = message("scan.nothing", a=1)
    with pytest.raises(TypeError):
        said.params["a"] = 2  # type: ignore[index]


def test_a_parameter_may_have_the_name_of_the_argument() -> None:
    assert message("scan.nothing", identifier="x").params["identifier"] == "x"
