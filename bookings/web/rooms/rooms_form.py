"""The forms of a room, and of many rooms at once."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.arranging import Arrangement, RoomFacts
from bookings.equipment import codes_in, codes_in_use
from bookings.models import Building, Equipment, Floor, Room
from tenants.errors import DomainError

MOST_SEATS = 32_767  # what the column holds


def _place(label: Any, model: type[Building] | type[Floor], words: str, **more: Any) -> Any:
    """A name, with those that there are to choose from; a new one makes a place."""
    return forms.CharField(
        label=label,
        max_length=model._meta.get_field("name").max_length,
        widget=forms.TextInput(attrs={"list": words, "autocomplete": "off"}),
        **more,
    )


def _seats(**more: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=gettext_lazy("Seats"),
        min_value=1,
        max_value=MOST_SEATS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        **more,
    )


def _equipment(label: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, required=False, widget=forms.CheckboxSelectMultiple
    )


class _RoomsForm(forms.Form):
    """What both forms say no with, and which equipment they offer."""

    def _offer_equipment(self, *names: str) -> None:
        codes = dict.fromkeys([*Equipment.values, *codes_in_use()])
        for name in names:
            choices = [(code, Equipment.words([code])) for code in codes]
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def refuse(self, error: DomainError) -> None:
        """Puts a service's refusal beside the field that it names."""
        self.add_error(error.field if error.field in self.fields else None, str(error.message))


class RoomForm(_RoomsForm):
    """All that there is to say about one room."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=Room._meta.get_field("name").max_length
    )
    building = _place(
        gettext_lazy("Building"), Building, "buildings",
        help_text=gettext_lazy("A new name adds a building."),
    )  # fmt: skip
    floor = _place(
        gettext_lazy("Floor"), Floor, "floors", required=False,
        help_text=gettext_lazy("May be empty. A new name adds a floor."),
    )  # fmt: skip
    seats = _seats()
    equipment = _equipment(gettext_lazy("Equipment"))
    other = forms.CharField(
        label=gettext_lazy("Other equipment"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Words separated by commas."),
    )
    calendar = forms.EmailField(
        label=gettext_lazy("Google calendar"),
        required=False,
        max_length=Room._meta.get_field("google_calendar_id").max_length,
        help_text=gettext_lazy(
            "The address of the room's calendar, as Google's directory shows it. May be empty."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    is_open = forms.BooleanField(
        label=gettext_lazy("People may book this room"), required=False, initial=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer_equipment("equipment")

    def clean_other(self) -> list[str]:
        return codes_in(self.cleaned_data["other"])

    def facts(self) -> RoomFacts:
        """What was typed."""
        typed = self.cleaned_data
        return RoomFacts(
            name=typed["name"],
            building=typed["building"],
            floor=typed["floor"],
            seats=typed["seats"],
            equipment=list(dict.fromkeys([*typed["equipment"], *typed["other"]])),
            state=Room.State.OPEN if typed["is_open"] else Room.State.CLOSED,
            # A page that was opened before there was this field does not empty it.
            calendar=typed["calendar"] if "calendar" in self.data else None,
        )


class ManyRoomsForm(_RoomsForm):
    """What is set in all rooms that are ticked; what is left empty stays as it is."""

    building = _place(gettext_lazy("Building"), Building, "buildings", required=False)
    floor = _place(gettext_lazy("Floor"), Floor, "floors", required=False)
    seats = _seats(required=False)
    state = forms.ChoiceField(label=gettext_lazy("Bookings"), required=False)
    add = _equipment(gettext_lazy("Add equipment"))
    take = _equipment(gettext_lazy("Take equipment away"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer_equipment("add", "take")
        self.fields["state"].choices = [  # type: ignore[attr-defined]
            ("", _("as it is")),
            (Room.State.OPEN, _("People may book")),
            (Room.State.CLOSED, _("Nobody may book")),
        ]

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if set(typed.get("add", ())) & set(typed.get("take", ())):
            self.add_error("take", _("The same equipment is to be added and taken away."))
        if not self.errors and not any(typed.values()):
            raise ValidationError(_("Choose what is to be set."))
        return typed

    def arrangement(self) -> Arrangement:
        """What was chosen."""
        return Arrangement(**self.cleaned_data)


def first_values(room: Room) -> dict[str, Any]:
    """A room as its form shows it."""
    return {
        "name": room.name,
        "building": room.building.name,
        "floor": room.floor.name if room.floor else "",
        "seats": room.capacity,
        "equipment": room.equipment,
        "calendar": room.google_calendar_id,
        "is_open": room.state == Room.State.OPEN,
    }
