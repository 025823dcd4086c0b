"""What was sent and cannot be taken as it is, shown once more: for small forms that stand among others on a page."""

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from minewarden.desk.kit.returns import came_from


def again(request: HttpRequest, form: BaseForm) -> HttpResponse:
    """422: the fields that are wrong with what was typed and why it is refused; whatever else was sent goes along.

    A reason that is too long was typed by somebody, and is to be shortened, not typed anew.
    """
    wrong = [field for field in form if field.errors] or form.visible_fields()
    here = {"csrfmiddlewaretoken", *(field.html_name for field in wrong)}
    others = [(name, value) for name, values in request.POST.lists() if name not in here for value in values]
    context = {"form": form, "wrong": wrong, "others": others, "back": came_from(request)}
    return render(request, "again.html", context, status=422)
