"""Who may be meant by what somebody types among the people of a booking."""

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from bookings.people import colleagues_like
from bookings.web.form.forms import SEPARATORS, attendees_in
from tenants.access import member_view
from tenants.models import Member


@require_POST
@member_view
def suggest(request: HttpRequest, member: Member) -> HttpResponse:
    """Colleagues who are called like the last one that was typed, and are not in the list yet."""
    typed = request.POST.get("attendees", "")
    *_before, last = re.split(SEPARATORS, typed)
    known = [guest.email for guest in attendees_in(typed)]
    context = {"people": colleagues_like(last.strip(), besides=[*known, member.email])}
    return render(request, "bookings/suggested_people.html", context)
