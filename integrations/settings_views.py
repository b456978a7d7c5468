"""The page on which administrators make API keys for programs, and take them back."""

from django import forms
from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from integrations.keys import create_api_key, revoke
from integrations.models import ApiKey
from tenants.access import admin_view
from tenants.errors import InvalidInput, NotFound
from tenants.models import Member

# Each scope includes the ones before it.
MAY = {
    ApiKey.Scope.READ: gettext_lazy("Read rooms and bookings"),
    ApiKey.Scope.BOOK: gettext_lazy("Read and book"),
    ApiKey.Scope.ADMIN: gettext_lazy("Read, book and administer"),
}


class KeyForm(forms.Form):
    """What a key is for, and what it may do."""

    name = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.ChoiceField(
        label=gettext_lazy("What it may do"), choices=MAY.items(), initial=ApiKey.Scope.READ
    )

    def make(self, by: Member) -> str:
        """The company's new key; empty if it is refused: then the form says why."""
        if not self.is_valid():
            return ""
        try:
            return create_api_key(
                name=self.cleaned_data["name"], scopes=[self.cleaned_data["scopes"]], by=by
            )
        except InvalidInput as error:
            self.add_error(error.field if error.field in self.fields else None, error.message)
            return ""


@require_http_methods(["GET", "HEAD", "POST"])
@admin_view
def api_keys(request: HttpRequest, member: Member) -> HttpResponseBase:
    """All keys; a new one is shown in the answer that made it, and never again."""
    form = KeyForm(request.POST if request.method == "POST" else None)
    secret = form.make(member) if form.is_bound else ""
    context = {
        "member": member,
        "form": KeyForm() if secret else form,
        "secret": secret,
        "keys": [{"key": key, "may": _may(key)} for key in _keys()],
    }
    answer = render(request, "integrations/keys.html", context, status=422 if form.errors else 200)
    if secret:
        answer["Cache-Control"] = "no-store"
    return answer


@admin_view
def revoke_key(request: HttpRequest, member: Member, key_id: int) -> HttpResponseBase:
    """Takes a key back."""
    key = ApiKey.objects.filter(pk=key_id).first()
    if key is None:
        raise NotFound
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    revoke(ApiKey.objects.filter(pk=key.pk), by=member)
    messages.success(request, _("“%(key)s” no longer works.") % {"key": key})
    return redirect("api_keys")


def _keys() -> list[ApiKey]:
    """Those in use first, then the newest."""
    newest = (F("revoked_at").desc(nulls_first=True), "-created_at", "-pk")
    return list(ApiKey.objects.select_related("member__user").order_by(*newest))


def _may(key: ApiKey) -> object:
    order = list(MAY)
    return MAY[max((ApiKey.Scope(scope) for scope in key.scopes), key=order.index)]
