"""The base of every API call: one transaction that sees the caller's company only."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from integrations.authentication import Caller, company_of_request
from integrations.keys import is_stale, touch
from integrations.parsers import BoundedJSONParser
from integrations.problems import server_error
from tenants.scope import company_scope


class CompanyView(APIView):
    """Runs authentication, handler and rendering inside the company's scope.

    A refusal takes back all that the handler wrote.
    """

    parser_classes = (BoundedJSONParser,)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            company_id = company_of_request(request)
            if company_id is None:
                return super().dispatch(request, *args, **kwargs)
            response = self._dispatch_for(company_id, request, *args, **kwargs)
            self._note_use(company_id)
        except Exception as error:
            return server_error(request, error)
        return response

    def _dispatch_for(
        self, company_id: int, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        with company_scope(company_id):
            response = super().dispatch(request, *args, **kwargs)
            if getattr(response, "exception", False):
                transaction.set_rollback(True)
            elif isinstance(response, Response):
                response.render()
        return response

    def _note_use(self, company_id: int) -> None:
        # Apart from the call's own transaction: no other call of the key waits for it.
        caller = getattr(self.request, "_auth", None)
        if isinstance(caller, Caller) and caller.key and is_stale(caller.key):
            with company_scope(company_id):
                touch(caller.key)


class StepwiseView(CompanyView):
    """A call that waits for somebody else: only who calls is found inside the company's scope.

    Its handler opens the scope itself, before and after, and builds its answer inside.
    """

    def _dispatch_for(
        self, company_id: int, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        return APIView.dispatch(self, request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        company_id = company_of_request(request._request)
        if company_id is None:
            return super().initial(request, *args, **kwargs)
        with company_scope(company_id):
            super().initial(request, *args, **kwargs)


def caller_of(request: Request) -> Caller:
    """The caller that authentication found."""
    caller = request.auth
    if not isinstance(caller, Caller):
        raise TypeError("the view is not a CompanyView")
    return caller
