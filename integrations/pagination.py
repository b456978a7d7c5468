"""Lists by cursor: each page names the last row before it, so that none is lost or shown twice."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.core.exceptions import ValidationError as ModelValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field, Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

DEFAULT_LIMIT = 50
MOST = 200

Row = TypeVar("Row", bound=Model)


class PageQuery(serializers.Serializer[Any]):
    """What every list takes."""

    limit = serializers.IntegerField(
        min_value=1, max_value=MOST, default=DEFAULT_LIMIT, help_text="Rows of a page."
    )
    cursor = serializers.CharField(
        required=False, max_length=1000, help_text="From `next`; otherwise the first page."
    )


def page(
    request: Request,
    rows: QuerySet[Row],
    query: dict[str, Any],
    *,
    order: str,
    show: Callable[[list[Row]], list[dict[str, Any]]],
) -> Response:
    """One page in the order of a column, then of the primary key, and the address of the next."""
    if cursor := query.get("cursor"):
        value, pk = _read(cursor, rows.model, order)
        rows = rows.filter(Q(**{f"{order}__gt": value}) | Q(**{order: value, "pk__gt": pk}))
    limit = query["limit"]
    found = list(rows.order_by(order, "pk")[: limit + 1])
    following = None
    if len(found) > limit:
        found.pop()
        address = request.build_absolute_uri()
        following = replace_query_param(address, "cursor", _write(found[-1], order))
    return Response({"results": show(found), "next": following})


def _write(row: Model, order: str) -> str:
    place = json.dumps([getattr(row, order), row.pk], cls=DjangoJSONEncoder)
    return urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _read(cursor: str, model: type[Model], order: str) -> tuple[Any, int]:
    try:
        value, pk = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return cast("Field[Any, Any]", model._meta.get_field(order)).to_python(value), int(pk)
    except (ValueError, TypeError, ModelValidationError) as error:
        raise serializers.ValidationError({"cursor": [_("This cursor is not ours.")]}) from error
