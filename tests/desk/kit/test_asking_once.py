"""What several parts of a page need is asked once while it is read, and anew by every act."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from minewarden.desk.kit.once import AskOnce, once


@pytest.mark.parametrize(("method", "times"), [("get", 1), ("head", 1), ("post", 3)])
def test_a_question_is_asked_once_by_whoever_reads(method, times):
    asked = []

    def page(request):
        for _ in range(3):
            once("posts", lambda: asked.append(1))
        return HttpResponse()

    AskOnce(page)(getattr(RequestFactory(), method)("/"))
    assert len(asked) == times


def test_nothing_is_remembered_from_one_request_to_the_next_nor_outside_of_them():
    asked = []
    middleware = AskOnce(lambda request: HttpResponse(str(once("posts", lambda: asked.append(1)))))
    for _ in range(2):
        middleware(RequestFactory().get("/"))
    once("posts", lambda: asked.append(1))
    once("posts", lambda: asked.append(1))
    assert len(asked) == 4
