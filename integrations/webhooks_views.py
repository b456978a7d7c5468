"""The pages on which administrators have bookings told to addresses, and see what came of it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from bookings.drafts import Actor
from bookings.models import Door
from integrations.models import Webhook, WebhookMessage
from integrations.webhooks.addresses import LONGEST
from integrations.webhooks.endpoints import (
    change_webhook,
    create_webhook,
    delete_webhook,
    get_message,
    get_webhook,
    pause_webhook,
    resume_webhook,
    rotate_secret,
    send_again,
)
from integrations.webhooks.sending import send_test
from tenants.access import admin_view, calling_admin_view
from tenants.errors import InvalidInput
from tenants.models import Member
from tenants.scope import company_scope

SHOWN = 20  # messages, the newest


class WebhookForm(forms.Form):
    """An address, what it is for, and what it is told."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=LONGEST,
        widget=forms.URLInput(
            attrs={"autocomplete": "off", "placeholder": "https://example.com/hooks"}
        ),
    )
    description = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("What is told"),
        choices=Webhook.Event.choices,
        initial=Webhook.Event.values,
        widget=forms.CheckboxSelectMultiple,
    )

    def saved(self, save: Callable[..., Any]) -> Any:
        """What a service makes of the fields; None if it is refused: then the form says why."""
        if not self.is_valid():
            return None
        try:
            return save(**self.cleaned_data)
        except InvalidInput as error:
            self.add_error(error.field if error.field in self.fields else None, error.message)
            return None


@require_http_methods(["GET", "HEAD", "POST"])
@admin_view
def webhooks(request: HttpRequest, member: Member) -> HttpResponseBase:
    """All webhooks; a new one shows its secret in the answer that made it, and never again."""
    form, made = WebhookForm(request.POST if request.method == "POST" else None), None
    if form.is_bound:
        made = form.saved(lambda **fields: create_webhook(by=_actor(member), **fields))
    context = {
        "member": member,
        "form": WebhookForm() if made else form,
        "secret": made.secret if made else "",
        "webhooks": Webhook.objects.order_by("pk"),
    }
    return _page(request, "integrations/webhooks.html", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_view
def webhook(request: HttpRequest, member: Member, webhook_id: int) -> HttpResponseBase:
    """One webhook, what it was told last, and what can be done with it."""
    found = get_webhook(webhook_id)
    if request.method != "POST":
        return _detail(request, member, found, WebhookForm(initial=_fields_of(found)))
    form = WebhookForm(request.POST)
    form.saved(lambda **fields: change_webhook(found, by=_actor(member), **fields))
    if form.errors:
        return _detail(request, member, get_webhook(webhook_id), form)
    messages.success(request, _("Saved."))
    return redirect("webhook", webhook_id)


def pressed(act: Callable[[HttpRequest, Member, Webhook], HttpResponseBase]) -> Any:
    """What a button does with a webhook, for administrators. Another company's is not there, by
    whatever method."""

    @admin_view
    def press(request: HttpRequest, member: Member, webhook_id: int) -> HttpResponseBase:
        found = get_webhook(webhook_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return act(request, member, found)

    return press


@pressed
def switch_webhook(request: HttpRequest, member: Member, found: Webhook) -> HttpResponseBase:
    """Pauses a webhook, or resumes it."""
    if request.POST.get("to") == Webhook.State.PAUSED:
        pause_webhook(found, by=_actor(member))
        messages.success(request, _("Paused. What happens meanwhile waits, two weeks at most."))
    else:
        resume_webhook(found, by=_actor(member))
        messages.success(request, _("In use again. What waited is being sent."))
    return redirect("webhook", found.pk)


@pressed
def rotate_webhook(request: HttpRequest, member: Member, found: Webhook) -> HttpResponseBase:
    """Gives a webhook another secret, and shows it once."""
    secret = rotate_secret(found, by=_actor(member))
    return _detail(request, member, found, WebhookForm(initial=_fields_of(found)), secret)


@calling_admin_view
def test_webhook(request: HttpRequest, member: Member, webhook_id: int) -> HttpResponseBase:
    """Sends a test at once, and tells what the receiver said."""
    with company_scope(member.company_id):
        get_webhook(webhook_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    sent = send_test(member.company_id, webhook_id)
    if sent.state == WebhookMessage.State.DELIVERED:
        text = _("The test got through: the receiver answered %(status)d.")
        messages.success(request, text % {"status": sent.status})
    elif sent.status:
        text = _("The receiver did not take the test: it answered %(status)d.")
        messages.error(request, text % {"status": sent.status})
    else:
        reason = sent.get_trouble_display()
        messages.error(request, _("The test did not get through. %(reason)s") % {"reason": reason})
    return redirect("webhook", webhook_id)


@admin_view
def repeat_message(request: HttpRequest, _member: Member, message_id: int) -> HttpResponseBase:
    """Sends a message once more."""
    message = get_message(message_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    send_again(message)
    if message.webhook.state == Webhook.State.ACTIVE:
        messages.success(request, _("It is being sent again."))
    else:
        messages.success(request, _("It is sent again once the webhook is in use."))
    return redirect("webhook", message.webhook_id)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_view
def remove_webhook(request: HttpRequest, member: Member, webhook_id: int) -> HttpResponseBase:
    """Asks whether a webhook is to be deleted, and deletes it."""
    found = get_webhook(webhook_id)
    if request.method != "POST":
        context = {"member": member, "webhook": found}
        return render(request, "integrations/webhook_delete.html", context)
    delete_webhook(found, by=_actor(member))
    messages.success(request, _("“%(webhook)s” is deleted.") % {"webhook": found})
    return redirect("webhooks")


def _detail(
    request: HttpRequest, member: Member, found: Webhook, form: WebhookForm, secret: str = ""
) -> HttpResponseBase:
    context = {
        "member": member,
        "webhook": found,
        "form": form,
        "secret": secret,
        "told": found.messages.order_by("-pk")[:SHOWN],
        "waiting": found.messages.filter(state=WebhookMessage.State.WAITING).count(),
    }
    return _page(request, "integrations/webhook.html", context, form)


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], form: WebhookForm
) -> HttpResponseBase:
    answer = render(request, template, context, status=422 if form.errors else 200)
    if context["secret"]:
        answer["Cache-Control"] = "no-store"
    return answer


def _fields_of(found: Webhook) -> dict[str, Any]:
    return {"url": found.url, "description": found.description, "events": found.events}


def _actor(member: Member) -> Actor:
    return Actor(Door.WEB, member)
