"""What administrators choose for the company, a building or a room."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from bookings.house_rules.reading import owner_of
from bookings.house_rules.values import Level, Owner, Rule, Rules, narrowest
from bookings.models import Building, HouseRules, Room
from tenants.audit_log import note
from tenants.errors import InvalidInput
from tenants.models import Company, Member

Place = Company | Building | Room


def own_rules(place: Place) -> HouseRules:
    """What was chosen for a place itself; nothing yet where it has no row."""
    found: HouseRules | None = HouseRules.objects.filter(**_key(place)).first()
    return found or HouseRules(**_key(place))


def inherited_rules(place: Place) -> Rules:
    """What holds in a place as long as it chooses nothing itself."""
    if isinstance(place, Company):
        return Rules(zone=ZoneInfo(place.timezone))
    levels = {Owner(Level.COMPANY, place.company_id): {"building": None, "room": None}}
    if isinstance(place, Room):
        levels[owner_of(place.building)] = {"building": place.building, "room": None}
    zone = ZoneInfo(place.zone_name if isinstance(place, Room) else place.timezone)
    found = [(owner, HouseRules.objects.filter(**key).values()) for owner, key in levels.items()]
    return narrowest(zone, [(owner, row) for owner, rows in found for row in rows])


def choose_rules(place: Place, values: Mapping[str, Any], *, by: Member | None = None) -> None:
    """Keeps a place's own rules, as the columns of the table have them; without any its row goes.

    Raises InvalidInput for lengths that no booking could have. Bookings that exist stay.
    """
    shortest, longest = values[Rule.MIN_LENGTH], values[Rule.MAX_LENGTH]
    if shortest and longest and shortest > longest:
        raise InvalidInput(_("This is shorter than the shortest booking."), field="max_length")
    _note(place, values, by)
    if all(values[rule] is None for rule in Rule):
        HouseRules.objects.filter(**_key(place)).delete()
        return
    HouseRules.objects.update_or_create(
        **_key(place), defaults={rule: values[rule] for rule in Rule}
    )


def _note(place: Place, values: Mapping[str, Any], by: Member | None) -> None:
    own = own_rules(place)
    note(
        f"rules.{type(place).__name__.lower()}",
        by=by,
        subject=place,
        target=None if isinstance(place, Company) else place.pk,
        before={rule: getattr(own, rule) for rule in Rule},
        after={rule: values[rule] for rule in Rule},
    )


def _key(place: Place) -> dict[str, Any]:
    return {
        "company_id": place.pk if isinstance(place, Company) else place.company_id,
        "building": place if isinstance(place, Building) else None,
        "room": place if isinstance(place, Room) else None,
    }
