"""/api/v1/availability: free rooms, and times at which people are free."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from bookings.availability import SHIFT, bookable, check_window, find_or_propose, search_scope
from bookings.common_slots import AHEAD, CommonSlot, Gathering
from bookings.people import ask_calendars, busy_people, times_of, zones_of
from bookings.ranking import FreeRoom
from bookings.rules import check_times
from bookings.spans import Span
from integrations.answers import PROBLEM
from integrations.availability_bodies import (
    COMMON_EXAMPLE,
    AvailabilityQuery,
    AvailabilityReading,
    CommonBody,
    CommonReading,
)
from integrations.company_view import StepwiseView, caller_of
from integrations.models import ApiKey
from integrations.problems import MEDIA_TYPE
from integrations.reading import read_alternative, shown
from tenants.errors import InvalidInput


class Availability(StepwiseView):
    @extend_schema(
        operation_id="find_rooms",
        summary="Find free rooms",
        parameters=[AvailabilityQuery],
        responses={
            200: AvailabilityReading,
            (404, MEDIA_TYPE): PROBLEM,
            (422, MEDIA_TYPE): PROBLEM,
            (503, MEDIA_TYPE): PROBLEM,
        },
    )
    def get(self, request: Request) -> Response:
        """Rooms that are free for so long within a time, the best first.

        Of a longer time than the meeting's only working hours count, where it fits into them.
        """
        query = AvailabilityQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        caller = caller_of(request)
        wish = bookable(query.wish(), caller.company, timezone.now())
        emails = query.validated_data.get("attendees", ())
        around = Span(wish.window.starts_at - SHIFT, wish.window.ends_at + SHIFT)
        if emails:
            check_window(wish.window)
        told = ask_calendars(caller.company.pk, emails, around)
        with search_scope(caller.company.pk):
            people = busy_people(emails, around, told)
            wish = replace(wish, building_id=query.building_id(), busy=times_of(people.values()))
            company, member = caller.company, caller.member
            found, near = find_or_propose(company=company, wish=wish, member=member)
            return Response(
                {
                    "results": [_read_room(free) for free in found],
                    "nearest": [
                        {
                            "kind": each.kind,
                            **read_alternative(each.room, each.span),
                            "reasons": each.reasons,
                        }
                        for each in near
                    ],
                    "unknown_attendees": [e for e, busy in people.items() if not busy.known],
                }
            )


class CommonAvailability(StepwiseView):
    write_scope = ApiKey.Scope.READ

    @extend_schema(
        operation_id="find_common_times",
        summary="Find times at which people are free",
        request=CommonBody,
        examples=[COMMON_EXAMPLE],
        responses={200: CommonReading, (422, MEDIA_TYPE): PROBLEM},
    )
    def post(self, request: Request) -> Response:
        """Times at which everybody can come; where there is none, such times within 7 days."""
        body = CommonBody(data=request.data)
        body.is_valid(raise_exception=True)
        asked, company = body.validated_data, caller_of(request).company
        now = timezone.now()
        since = asked.get("from") or now
        window = Span(since, asked.get("to") or min(since, company.bookable_until) + AHEAD)
        check_times(
            starts_at=max(since, now), ends_at=window.ends_at, now=now, until=company.bookable_until
        )
        check_window(window)
        if window.length < asked["duration"]:
            raise InvalidInput(_("This time is shorter than the meeting."), field="to")
        week = Span(since, max(window.ends_at, since + AHEAD))
        emails = [person.email for person in asked["attendees"]]
        told = ask_calendars(company.pk, emails, week)
        with search_scope(company.pk):
            people = busy_people(emails, week, told)
            zones = zones_of(emails)
        gathering = Gathering(
            company=company,
            people=people,
            since=since,
            length=asked["duration"],
            optional=[person.email for person in asked["attendees"] if person.optional],
        )
        slots = gathering.slots(window, now=now, at_work=asked["working_hours"])
        others = [] if slots else gathering.slots(Span(since, since + AHEAD), now=now)
        zone = ZoneInfo(company.timezone)
        return Response(
            {
                "slots": [_read_slot(slot, zone) for slot in slots],
                "alternatives": [_read_slot(slot, zone) for slot in others],
                "attendees": [
                    {
                        "email": person.email,
                        "optional": person.optional,
                        "calendar_known": people[person.email].known,
                        "timezone": zones.get(person.email),
                    }
                    for person in asked["attendees"]
                ],
            }
        )


def _read_slot(slot: CommonSlot, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "start": shown(slot.span.starts_at, zone),
        "end": shown(slot.span.ends_at, zone),
        "unavailable": slot.away,
    }


def _read_room(free: FreeRoom) -> dict[str, Any]:
    room, zone = free.room, ZoneInfo(free.room.zone_name)
    return {
        "room": room.pk,
        "room_name": room.name,
        "building": room.building.name,
        "floor": room.floor.name if room.floor else None,
        "capacity": room.capacity,
        "equipment": room.equipment,
        "timezone": room.zone_name,
        "slots": [
            {
                "start": shown(slot.span.starts_at, zone),
                "end": shown(slot.span.ends_at, zone),
                "free_from": shown(slot.gap.starts_at, zone),
                "free_until": shown(slot.gap.ends_at, zone),
            }
            for slot in free.slots
        ],
        "reasons": free.reasons,
    }
