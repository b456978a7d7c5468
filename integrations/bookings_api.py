"""/api/v1/bookings: one row an occurrence."""

from uuid import UUID

from django.http.response import HttpResponseBase, JsonResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from bookings.access import get_occurrence
from bookings.idempotency import Answer, answer_once
from integrations.answers import (
    MEANTIME,
    PROBLEM,
    REFUSED,
    SERIES_EXAMPLE,
    SINGLE_EXAMPLE,
    TAKEN,
    BookingPage,
    BookingReading,
    ChangedReading,
    CreatedReading,
    PreviewReading,
)
from integrations.bodies import BookingBody, BookingChanges, BookingQuery, CancelQuery
from integrations.booking_calls import (
    book,
    book_or_refuse,
    cancel,
    change,
    fingerprint,
    look_ahead,
    plain,
)
from integrations.company_view import CompanyView, caller_of
from integrations.filters import occurrences_by
from integrations.models import ApiKey
from integrations.pagination import page
from integrations.problems import MEDIA_TYPE
from integrations.reading import read_bookings

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Any text of your own. The same key with the same body gets the same answer"
    " for 24 hours, and books once.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The `etag` that you read: 412 if the booking has changed since.",
)


class BookingList(CompanyView):
    @extend_schema(
        operation_id="list_bookings",
        summary="List bookings",
        parameters=[BookingQuery],
        responses={200: BookingPage, (422, MEDIA_TYPE): PROBLEM},
    )
    def get(self, request: Request) -> Response:
        """The dates of your company's bookings, by their start."""
        query = BookingQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        viewer = caller_of(request).member
        rows = occurrences_by(query.validated_data, viewer)
        return page(
            request,
            rows.select_related("booking__organizer", "organizer"),
            query.validated_data,
            order="starts_at",
            show=lambda found: read_bookings(found, viewer),
        )

    @extend_schema(
        operation_id="create_booking",
        summary="Book a room",
        request=BookingBody,
        parameters=[IDEMPOTENCY_KEY],
        examples=[SINGLE_EXAMPLE, SERIES_EXAMPLE],
        responses={
            201: CreatedReading,
            (404, MEDIA_TYPE): PROBLEM,
            (409, MEDIA_TYPE): TAKEN,
            (422, MEDIA_TYPE): REFUSED,
        },
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Books once or by a rule. Nothing is written unless the whole booking is possible."""
        body = BookingBody(data=request.data)
        body.is_valid(raise_exception=True)
        caller = caller_of(request)
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return _told(request, Answer(201, plain(book(caller, body))))
        answer = answer_once(
            actor=caller.identity,
            key=key,
            request_hash=fingerprint(request),
            act=lambda: book_or_refuse(caller, body),
        )
        return _told(request, answer)


class BookingPreview(CompanyView):
    write_scope = ApiKey.Scope.READ

    @extend_schema(
        operation_id="preview_booking",
        summary="Look before you book",
        request=BookingBody,
        examples=[SINGLE_EXAMPLE, SERIES_EXAMPLE],
        responses={200: PreviewReading, (404, MEDIA_TYPE): PROBLEM, (422, MEDIA_TYPE): PROBLEM},
    )
    def post(self, request: Request) -> Response:
        """Every date that the same body would book, and what is in the way. Writes nothing.

        Of a series with an end, dates beyond the horizon are listed too: they are added once they
        open.
        """
        body = BookingBody(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(look_ahead(caller_of(request), body))


class BookingDetail(CompanyView):
    @extend_schema(
        operation_id="get_booking",
        summary="Read a booking",
        responses={200: BookingReading, (404, MEDIA_TYPE): PROBLEM},
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        """One date of a booking."""
        return _shown(request, public_id)

    @extend_schema(
        operation_id="change_booking",
        summary="Change a booking",
        request=BookingChanges,
        parameters=[IF_MATCH],
        responses={
            200: ChangedReading,
            (404, MEDIA_TYPE): PROBLEM,
            (409, MEDIA_TYPE): TAKEN,
            (412, MEDIA_TYPE): MEANTIME,
            (422, MEDIA_TYPE): REFUSED,
        },
    )
    def patch(self, request: Request, public_id: UUID) -> Response:
        """Changes the fields that you send, as far as `scope` reaches. All or nothing.

        `this`: one date. `following`: it and the later ones, which become a series of their own.
        `all`: every date to come; what is over stays as it was. For the other dates a time is a
        difference: an hour later means an hour later for each. What a date has of its own it keeps:
        time, room, words, guests, reminders, metadata. Send `start` and `end` together: one alone
        leaves the other where it is, and so changes the length. `visibility`, `video`,
        `external_reference` and `timezone` belong to the whole series, and `recurrence` to
        `following` and `all`; empty, it leaves one date.

        `skipped` are dates that were left out because of `on_conflict` or `choices`, `lost` those
        that had been changed or cancelled by themselves and went with their places.
        """
        body = BookingChanges(data=request.data)
        body.is_valid(raise_exception=True)
        told = change(caller_of(request), public_id, body, request.headers.get("If-Match"))
        return Response(told, headers={"ETag": told["etag"]})

    @extend_schema(
        operation_id="cancel_booking",
        summary="Cancel a booking",
        parameters=[CancelQuery, IF_MATCH],
        responses={204: None, (404, MEDIA_TYPE): PROBLEM, (412, MEDIA_TYPE): MEANTIME},
    )
    def delete(self, request: Request, public_id: UUID) -> Response:
        """Cancels a date, it and the following, or all that are not over. Twice is as good as once.

        It can still be read, with the status `cancelled`; PATCH `{"status": "confirmed"}` brings
        one date back.
        """
        query = CancelQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        reach = query.validated_data["scope"]
        cancel(caller_of(request), public_id, reach, request.headers.get("If-Match"))
        return Response(status=204)


def _shown(request: Request, public_id: UUID) -> Response:
    row = get_occurrence(public_id)
    (reading,) = read_bookings([row], caller_of(request).member)
    return Response(reading, headers={"ETag": reading["etag"]})


def _told(request: Request, answer: Answer) -> HttpResponseBase:
    replayed = {"Idempotency-Replayed": "true"} if answer.replayed else {}
    if answer.status >= 400:
        return JsonResponse(
            answer.body, status=answer.status, content_type=MEDIA_TYPE, headers=replayed
        )
    place = reverse("api:booking", kwargs={"public_id": answer.body["id"]})
    return Response(
        answer.body,
        status=answer.status,
        headers={
            "Location": request.build_absolute_uri(place),
            "ETag": answer.body["etag"],
            **replayed,
        },
    )
