from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission


class ApiKeyAuthentication(SessionAuthentication): ...


class MemberSessionAuthentication(SessionAuthentication): ...


class HasScope(BasePermission): ...
