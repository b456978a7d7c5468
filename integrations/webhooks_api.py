"""/api/v1/webhooks: who administers chooses where bookings are told to."""

from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.answers import PROBLEM
from integrations.company_view import CompanyView, caller_of
from integrations.fields import StrictSerializer
from integrations.models import ApiKey, Webhook
from integrations.pagination import PageQuery, page
from integrations.problems import MEDIA_TYPE
from integrations.webhooks.addresses import LONGEST
from integrations.webhooks.endpoints import (
    change_webhook,
    create_webhook,
    delete_webhook,
    get_webhook,
    pause_webhook,
    resume_webhook,
    rotate_secret,
)

NOT_FOUND = {(404, MEDIA_TYPE): PROBLEM}
WRONG = {(422, MEDIA_TYPE): PROBLEM}


class WantedState(models.TextChoices):
    """What a caller can ask for; `disabled` is what becomes of a webhook that fails."""

    ACTIVE = Webhook.State.ACTIVE.value, "Send what waits and what happens"
    PAUSED = Webhook.State.PAUSED.value, "Send nothing; what happens waits up to two weeks"


class WebhookBody(StrictSerializer):
    """An address, and what it is told."""

    url = serializers.CharField(max_length=LONGEST, help_text="https, on the public Internet.")
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=Webhook.Event.choices),
        allow_empty=False,
        default=list(Webhook.Event.values),
        help_text="Default: all.",
    )
    description = serializers.CharField(max_length=100, allow_blank=True, default="")


class WebhookChanges(WebhookBody):
    """The fields to change."""

    state = serializers.ChoiceField(choices=WantedState.choices, required=False)


class WebhookReading(serializers.Serializer[object]):
    """A webhook. `failing_since` is the first failure after the last success."""

    id = serializers.IntegerField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(choices=Webhook.Event.choices))
    description = serializers.CharField()
    state = serializers.ChoiceField(choices=Webhook.State.choices)
    disabled_because = serializers.ChoiceField(choices=Webhook.Cause.choices, allow_null=True)
    failing_since = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class WebhookSecretReading(WebhookReading):
    """A webhook with its secret, which is never shown again."""

    secret = serializers.CharField(help_text="`whsec_…`: verifies `webhook-signature`.")


class WebhookPage(serializers.Serializer[object]):
    results = WebhookReading(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")


class AdminView(CompanyView):
    """A call for who administers, reading too: addresses may hold secrets of receivers."""

    read_scope = write_scope = ApiKey.Scope.ADMIN


class WebhookList(AdminView):
    @extend_schema(
        operation_id="list_webhooks",
        summary="List webhooks",
        parameters=[PageQuery],
        responses={200: WebhookPage, **WRONG},
    )
    def get(self, request: Request) -> Response:
        """The webhooks of your company."""
        query = PageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = Webhook.objects.all()
        return page(
            request, rows, query.validated_data, order="created_at",
            show=lambda found: [read_webhook(webhook) for webhook in found],
        )  # fmt: skip

    @extend_schema(
        operation_id="create_webhook",
        summary="Have bookings told to an address",
        request=WebhookBody,
        responses={201: WebhookSecretReading, **WRONG},
    )
    def post(self, request: Request) -> Response:
        """Each booking that is made, changed or cancelled from now on is sent there.

        Messages follow [Standard Webhooks](https://www.standardwebhooks.com): verify
        `webhook-signature` with the `secret`, answer 2xx within ten seconds, and remember
        `webhook-id`, as a message may come twice. One that fails is tried again for about a day,
        and those behind it wait. After three days of failures, or an answer 410, the webhook is
        `disabled`.
        """
        body = WebhookBody(data=request.data)
        body.is_valid(raise_exception=True)
        webhook = create_webhook(by=caller_of(request).actor, **body.validated_data)
        return _with_secret(webhook, 201)


class WebhookDetail(AdminView):
    @extend_schema(
        operation_id="get_webhook",
        summary="Read a webhook",
        responses={200: WebhookReading, **NOT_FOUND},
    )
    def get(self, request: Request, pk: int) -> Response:
        """One webhook of your company."""
        return Response(read_webhook(get_webhook(pk)))

    @extend_schema(
        operation_id="change_webhook",
        summary="Change, pause or resume a webhook",
        request=WebhookChanges,
        responses={200: WebhookReading, **NOT_FOUND, **WRONG},
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Changes the fields that you send. `active` also resumes one that was disabled."""
        body = WebhookChanges(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        webhook, by, changes = get_webhook(pk), caller_of(request).actor, body.validated_data
        state = changes.pop("state", None)
        if changes:
            change_webhook(webhook, by=by, **changes)
        if state:
            act = resume_webhook if state == WantedState.ACTIVE else pause_webhook
            act(webhook, by=by)
        return Response(read_webhook(webhook))

    @extend_schema(
        operation_id="delete_webhook",
        summary="Delete a webhook",
        responses={204: None, **NOT_FOUND},
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Nothing more is sent there, nor what waits."""
        delete_webhook(get_webhook(pk), by=caller_of(request).actor)
        return Response(status=204)


class WebhookRotation(AdminView):
    @extend_schema(
        operation_id="rotate_webhook_secret",
        summary="Give a webhook another secret",
        request=None,
        responses={200: WebhookSecretReading, **NOT_FOUND},
    )
    def post(self, request: Request, pk: int) -> Response:
        """For 24 hours messages are signed with both, the old one and the new one."""
        webhook = get_webhook(pk)
        rotate_secret(webhook, by=caller_of(request).actor)
        return _with_secret(webhook, 200)

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        get_webhook(kwargs["pk"])  # another company's is not there, by whatever method
        return super().http_method_not_allowed(request, *args, **kwargs)


def read_webhook(webhook: Webhook) -> dict[str, Any]:
    """A webhook as the API shows it, without its secret."""
    return {
        "id": webhook.pk,
        "url": webhook.url,
        "events": webhook.events,
        "description": webhook.description,
        "state": webhook.state,
        "disabled_because": webhook.disabled_because or None,
        "failing_since": webhook.failing_since,
        "created_at": webhook.created_at,
    }


def _with_secret(webhook: Webhook, status: int) -> Response:
    shown = {**read_webhook(webhook), "secret": webhook.secret}
    return Response(shown, status=status, headers={"Cache-Control": "no-store"})
