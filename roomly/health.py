"""Whether this process lives, and whether it can serve."""

import structlog
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import RedisError

from bookings.live import redis_client

logger = structlog.get_logger(__name__)

# Robots are asked to stay away from pages, not from hooks: Google's push service obeys this file
# (https://developers.google.com/workspace/calendar/api/guides/push).
ROBOTS = "User-agent: *\nAllow: /api/calendar/webhook\nDisallow: /\n"


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> HttpResponse:
    """Database, Redis and migrations are as this version needs them; 503 otherwise."""
    checks = {"database": database_ready(), "redis": redis_ready()}
    checks["migrations"] = checks["database"] and migrations_applied()
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)


@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    """What robots may read."""
    return HttpResponse(ROBOTS, content_type="text/plain")


def database_ready() -> bool:
    """Whether a statement runs."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.warning("not ready: database", error=str(error))
        return False
    return True


def redis_ready() -> bool:
    """Whether Redis answers."""
    try:
        return bool(redis_client().ping())
    except RedisError as error:
        logger.warning("not ready: redis", error=str(error))
        return False


def migrations_applied() -> bool:
    """Whether the schema has all that this version of the code expects."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return not plan
