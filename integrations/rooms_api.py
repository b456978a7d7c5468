"""GET /api/v1/rooms."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from bookings.access import get_room
from integrations.answers import PROBLEM, RoomPage, RoomReading
from integrations.bodies import RoomQuery
from integrations.company_view import CompanyView
from integrations.filters import rooms_by
from integrations.pagination import page
from integrations.reading import read_room


class RoomList(CompanyView):
    @extend_schema(
        operation_id="list_rooms",
        summary="List rooms",
        parameters=[RoomQuery],
        responses={200: RoomPage, (401, "application/problem+json"): PROBLEM},
    )
    def get(self, request: Request) -> Response:
        """The rooms of your company, by name."""
        query = RoomQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        filters = query.validated_data
        return page(
            request,
            rooms_by(filters),
            filters,
            order="name",
            show=lambda rooms: [read_room(room) for room in rooms],
        )


class RoomDetail(CompanyView):
    @extend_schema(
        operation_id="get_room",
        summary="Read a room",
        responses={200: RoomReading, (404, "application/problem+json"): PROBLEM},
    )
    def get(self, request: Request, pk: int) -> Response:
        """One room of your company."""
        return Response(read_room(get_room(pk)))
