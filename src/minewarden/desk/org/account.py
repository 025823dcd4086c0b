"""Pages of one's own account: login, logout, password, language, letter size, units in view."""

from functools import partial

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from minewarden.desk.kit import unsent
from minewarden.desk.kit.context import first_page
from minewarden.desk.kit.forms import attempt
from minewarden.desk.kit.middleware import LANGUAGE_COOKIE
from minewarden.desk.kit.returns import back
from minewarden.desk.kit.words import say
from minewarden.desk.org import actions, queries
from minewarden.desk.org import second_factor as factor
from minewarden.desk.org.access import UNIT_IN_VIEW, DeskRequest, requires, unit_for
from minewarden.desk.org.forms import CodeForm, LanguageForm, LoginForm, PasswordForm
from minewarden.desk.org.models import Person

_YEAR = 365 * 24 * 3600


class Login(LoginView):
    """The login page; where nobody has an account yet it says how the first ones are made."""

    template_name = "org/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Whoever signed in again in another window meanwhile is shown what was typed at once."""
        if request.user.is_authenticated and unsent.come_back(request):
            return redirect("org:unsent")
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """Sign in; who only brings what was typed before is shown the empty form first."""
        if "username" not in request.POST:
            return self.render_to_response(self.get_context_data(form=self.authentication_form(request)))
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in, and go on with what was typed before."""
        answer = super().form_valid(form)
        return redirect("org:unsent") if unsent.come_back(self.request) else answer

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """What the page says beside the form."""
        ended = self.request.GET.get("ended", "")
        return super().get_context_data(
            fresh=queries.is_fresh(),
            ended=ended if ended in {"old", "elsewhere"} else "",
            unsent=self.request.POST.get(unsent.FIELD, ""),
            **kwargs,
        )


class Logout(LogoutView):
    """Ends the session; by POST only."""


@requires()
def what_is_unsent(request: DeskRequest) -> HttpResponse:
    """What was typed before the session ended: to be sent now, or put away."""
    if request.method == "POST":
        unsent.put_away(request)
        return redirect("home")
    found = unsent.in_hand(request)
    return render(request, "org/unsent.html", {"unsent": found, "texts": unsent.texts(found) if found else ()})


@requires()
def home(request: DeskRequest) -> HttpResponse:
    """The first page of the menu that the person may open."""
    return redirect(first_page(request) or "org:profile")


@requires()
def profile(request: DeskRequest) -> HttpResponse:
    """One's own account."""
    return render(request, "org/profile.html", {"page": queries.person_page(request.user, request.user)})


@requires()
def password(request: DeskRequest) -> HttpResponse:
    """Change one's own password."""
    form = PasswordForm(request.user, request.POST or None)
    act = (
        partial(actions.change_password, request.user, password=form.cleaned_data["password"])
        if form.is_valid()
        else None
    )
    if act and attempt(form, act) is not None:
        update_session_auth_hash(request, request.user)
        messages.success(request, say("desk_org.password_changed"))
        return redirect("home")
    return render(request, "org/password.html", {"form": form, "due": request.user.password_is_due(timezone.now())})


@requires()
def second_factor(request: DeskRequest) -> HttpResponse:
    """Give the second factor, or set it up; recovery codes are shown once, in the answer that sets it up."""
    person, now = request.user, timezone.now()
    form, ready = CodeForm(request.POST or None), factor.has(request.user)
    row = factor.begin(person, now=now)
    if form.is_valid():
        codes = [] if ready else factor.confirm(person, code=form.cleaned_data["code"], now=now)
        if codes or (ready and factor.check(person, code=form.cleaned_data["code"], now=now)):
            factor.note_passed(request)
            if codes:
                return render(request, "org/recovery_codes.html", {"codes": codes})
            return redirect("home")
        row.refresh_from_db()
        form.add_error("code", say("desk_org.code_locked" if factor.is_locked(row, now) else "desk_org.code_wrong"))
    missing = factor.is_missing(request, person)
    context = {"form": form, "ready": ready, "missing": missing, "row": row}
    return render(request, "org/second_factor.html", context | ({} if ready else {"picture": factor.picture(row)}))


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose a language: for the account where somebody is signed in, and for this browser."""
    form = LanguageForm(request.POST)
    answer = back(request)
    if form.is_valid():
        chosen = form.cleaned_data["language"]
        if isinstance(request.user, Person):
            actions.choose_language(request.user, language=chosen)
        _remember(answer, LANGUAGE_COOKIE, chosen)
    return answer


@require_POST
def text_size(request: HttpRequest) -> HttpResponse:
    """Choose the letter size, for this browser."""
    answer = back(request)
    _remember(answer, "mw-text", "large" if request.POST.get("size") == "large" else "normal")
    return answer


@requires()
@require_POST
def switch(request: DeskRequest) -> HttpResponse:
    """Narrow the view to one unit and what is below, or widen it again."""
    chosen = request.POST.get("unit", "")
    request.session[UNIT_IN_VIEW] = unit_for(request.user, int(chosen)).pk if chosen.isdecimal() else None
    return back(request)


def _remember(answer: HttpResponse, name: str, value: str) -> None:
    answer.set_cookie(name, value, max_age=_YEAR, secure=settings.HTTPS, httponly=True, samesite="Lax")
