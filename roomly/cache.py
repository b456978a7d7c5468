"""Django's cache in Redis, with one pool of connections for the whole process.

Django keeps its caches by context, and each request of ours runs in one of its own (`asgi.py`), so
that every page would connect to Redis anew, which cost it more than all it asked the database.
"""

from functools import cached_property, lru_cache
from typing import Any

from django.core.cache.backends import redis as django_redis
from redis import Redis


class RedisCache(django_redis.RedisCache):
    """As Django's, whoever makes another one."""

    @cached_property
    def _cache(self) -> django_redis.RedisCacheClient:
        own: Any = self  # its settings are not among Django's types
        return _client(tuple(own._servers), tuple(own._options.items()))


class _Client(django_redis.RedisCacheClient):
    """Django's client for one server, with one client of redis-py, which threads may share."""

    def get_client(self, key: Any = None, *, write: bool = False) -> Redis:
        return self._only

    @cached_property
    def _only(self) -> Redis:
        client: Redis = super().get_client(write=True)
        return client


@lru_cache
def _client(servers: tuple[str, ...], options: tuple[tuple[str, Any], ...]) -> _Client:
    return _Client([*servers], **dict(options))
