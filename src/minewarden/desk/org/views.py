"""Pages of units, people and posts."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from minewarden.desk.kit.again import again
from minewarden.desk.kit.forms import attempt
from minewarden.desk.kit.paging import SIZE, page_of
from minewarden.desk.kit.words import language, say
from minewarden.desk.org import actions, queries
from minewarden.desk.org.access import (
    BUSINESS,
    DeskRequest,
    person_for,
    post_for,
    requires,
    unit_for,
    unit_in_view,
    units_visible_to,
)
from minewarden.desk.org.actions import KEEPERS
from minewarden.desk.org.forms import (
    CloseUnitForm,
    ParameterForm,
    PeopleFilter,
    PersonForm,
    PhoneForm,
    PostForm,
    TreeFilter,
    UnitForm,
)
from minewarden.desk.org.models import Role
from minewarden.desk.org.passwords import first_password
from minewarden.desk.org.picks import units_like
from minewarden.vocab.errors import MinewardenError


@requires(*BUSINESS, Role.SYSTEM, Role.SECURITY, Role.KEEPER)
def tree(request: DeskRequest) -> HttpResponse:
    """The units below one's posts, level by level where they are many."""
    form = TreeFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    at = unit_for(request.user, wanted["at"]) if wanted.get("at") else unit_in_view(request)
    found = queries.tree(request.user, at, wanted.get("q", ""), wanted.get("show", ""))
    page = page_of(found.shown, request, SIZE if found.stepwise or found.found else queries.WHOLE_MOST)
    context = {"tree": found, "page": page, "rows": queries.unit_rows(found, list(page)), "form": form}
    return render(request, "org/tree.html", context)


@requires(*BUSINESS, Role.SYSTEM, Role.SECURITY, Role.KEEPER)
@require_GET
def units_named(request: DeskRequest) -> JsonResponse:
    """What a form offers whoever types the name or the code of a unit."""
    text = request.GET.get("q", "").strip()
    return JsonResponse({"offers": units_like(units_visible_to(request.user), text) if text else []})


@requires(*BUSINESS, Role.SYSTEM, Role.SECURITY, Role.KEEPER)
def unit(request: DeskRequest, unit_id: int) -> HttpResponse:
    """One unit with its people and posts."""
    page = queries.unit_page(unit_for(request.user, unit_id), request.user)
    return render(request, "org/unit.html", {"page": page})


@requires(*KEEPERS)
def add_unit(request: DeskRequest, unit_id: int) -> HttpResponse:
    """A new unit below this one."""
    parent = unit_for(request.user, unit_id, *KEEPERS)
    form = UnitForm(request.POST or None, above=parent)
    if form.is_valid() and (
        made := attempt(form, partial(actions.create_unit, by=request.user, parent=parent, **form.cleaned_data))
    ):
        messages.success(request, say("desk_org.unit_made", name=made.name))
        return redirect("org:unit", made.pk)
    return render(request, "org/unit_add.html", {"form": form, "parent": parent})


@requires(*KEEPERS)
def change_unit(request: DeskRequest, unit_id: int) -> HttpResponse:
    """Change a unit's names and codes; a former name is kept."""
    found = unit_for(request.user, unit_id, *KEEPERS)
    facts = queries.unit_facts(found)
    form = UnitForm(request.POST or None, above=found.parent, was=facts["region_code"], initial=facts)
    act = partial(actions.change_unit, found, by=request.user, **form.cleaned_data) if form.is_valid() else None
    if act and attempt(form, act) is not None:
        messages.success(request, say("desk_kit.saved"))
        return redirect("org:unit", found.pk)
    return render(request, "org/unit_change.html", {"form": form, "unit": found, "title": say("desk_org.change_unit")})


@requires(*KEEPERS)
def close_unit(request: DeskRequest, unit_id: int) -> HttpResponse:
    """A unit ends, or is merged into another."""
    found = unit_for(request.user, unit_id, *KEEPERS)
    form = CloseUnitForm(found, request.user, request.POST or None, initial={"until": timezone.localdate()})
    act = partial(actions.close_unit, found, by=request.user, **form.cleaned_data) if form.is_valid() else None
    if act and attempt(form, act) is not None:
        messages.success(request, say("desk_kit.saved"))
        return redirect("org:unit", found.pk)
    return render(request, "org/unit_change.html", {"form": form, "unit": found, "title": say("desk_org.close_unit")})


@requires(*KEEPERS, Role.SECURITY)
@require_POST
def phone(request: DeskRequest, person_id: int) -> HttpResponse:
    """Show a whole telephone number once, for a reason."""
    other = person_for(request.user, person_id, *KEEPERS, Role.SECURITY)
    form = PhoneForm(request.POST)
    act = partial(actions.reveal_phone, other, by=request.user, reason=request.POST.get("reason", ""))
    number = attempt(form, act) if form.is_valid() else None
    if number is None:
        return again(request, form)
    return render(request, "org/phone.html", {"other": other, "number": number})


@requires(*KEEPERS, Role.SECURITY)
def people(request: DeskRequest) -> HttpResponse:
    """The people one administers."""
    form = PeopleFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = queries.people(
        request.user, search=wanted.get("q", ""), role=wanted.get("role", ""), unit=unit_in_view(request)
    )
    return render(request, "org/people.html", {"page": page_of(found, request), "form": form})


@requires(*KEEPERS, Role.SECURITY)
def person(request: DeskRequest, person_id: int) -> HttpResponse:
    """One person with posts now and before."""
    page = queries.person_page(person_for(request.user, person_id, *KEEPERS, Role.SECURITY), request.user)
    return render(request, "org/person.html", {"page": page})


@requires(*KEEPERS)
def add_person(request: DeskRequest, unit_id: int) -> HttpResponse:
    """A new account in this unit; its first password is shown once, in the answer."""
    home = unit_for(request.user, unit_id, *KEEPERS)
    form = PersonForm(request.POST or None)
    password = first_password()
    if form.is_valid() and (
        made := attempt(
            form, partial(actions.create_person, by=request.user, unit=home, password=password, **form.cleaned_data)
        )
    ):
        return render(request, "org/first_password.html", {"made": made, "password": password})
    return render(request, "org/person_add.html", {"form": form, "unit": home})


@requires(Role.SYSTEM)
@require_POST
def reset_password(request: DeskRequest, person_id: int) -> HttpResponse:
    """A new first password, shown once."""
    other = person_for(request.user, person_id, Role.SYSTEM)
    password = first_password()
    if not _done(request, partial(actions.reset_password, other, by=request.user, password=password)):
        return redirect("org:person", other.pk)
    return render(request, "org/first_password.html", {"made": other, "password": password})


@requires(*KEEPERS)
@require_POST
def set_active(request: DeskRequest, person_id: int) -> HttpResponse:
    """Close or reopen an account."""
    other = person_for(request.user, person_id, *KEEPERS)
    _done(request, partial(actions.set_active, other, by=request.user, active=request.POST.get("active") == "1"))
    return redirect("org:person", other.pk)


@requires(Role.SECURITY)
@require_POST
def unlock(request: DeskRequest, person_id: int) -> HttpResponse:
    """Lift the lock that failed logins put on an account."""
    other = person_for(request.user, person_id, Role.SECURITY)
    _done(request, partial(actions.unlock, other, by=request.user))
    return redirect("org:person", other.pk)


@requires(Role.SECURITY)
@require_POST
def drop_second_factor(request: DeskRequest, person_id: int) -> HttpResponse:
    """Take off the second factor of somebody whose telephone is lost."""
    other = person_for(request.user, person_id, Role.SECURITY)
    _done(request, partial(actions.drop_second_factor, other, by=request.user))
    return redirect("org:person", other.pk)


@requires(Role.SECURITY)
def grant(request: DeskRequest, person_id: int) -> HttpResponse:
    """Give a person a post."""
    other = person_for(request.user, person_id, Role.SECURITY)
    form = PostForm(request.user, request.POST or None, initial={"unit": other.unit_id})
    act = partial(actions.grant_post, other, by=request.user, **form.cleaned_data) if form.is_valid() else None
    if act and attempt(form, act) is not None:
        messages.success(request, say("desk_org.post_granted", name=other.name))
        return redirect("org:person", other.pk)
    return render(request, "org/grant.html", {"form": form, "other": other, "roles": queries.role_words()})


@requires(Role.SECURITY)
@require_POST
def revoke(request: DeskRequest, post_id: int) -> HttpResponse:
    """End a post."""
    post = post_for(request.user, post_id, Role.SECURITY)
    _done(request, partial(actions.revoke_post, post, by=request.user))
    return redirect("org:person", post.person_id)


@requires(Role.SYSTEM)
def parameters(request: DeskRequest, unit_id: int) -> HttpResponse:
    """The numbers that hold for a bureau, and a form to set one from a day on."""
    bureau, now = unit_for(request.user, unit_id, Role.SYSTEM), timezone.now()
    form = ParameterForm(request.POST or None, initial={"since": timezone.localdate(now)})
    act = (
        partial(actions.set_parameter, by=request.user, now=now, unit=bureau, **form.cleaned_data)
        if form.is_valid()
        else None
    )
    if act and attempt(form, act) is not None:
        messages.success(request, say("desk_kit.saved"))
        return redirect("org:parameters", bureau.pk)
    context = {"form": form, "unit": bureau, "rows": queries.parameters(bureau, now)}
    return render(request, "org/parameters.html", context)


@requires(Role.SYSTEM)
def own_parameters(request: DeskRequest) -> HttpResponse:
    """Those of the unit in view, else of one's own."""
    return redirect("org:parameters", (unit_in_view(request) or request.user.unit).pk)


def _done(request: DeskRequest, act: Callable[[], object]) -> bool:
    """Carry out an act that has no form, and say on the next page how it went."""
    try:
        act()
    except MinewardenError as refusal:
        messages.error(request, refusal.said(language()))
        return False
    messages.success(request, say("desk_kit.done"))
    return True
