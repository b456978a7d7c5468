"""The forms of a company: what it is called and where it is, its accent, its logo."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.accent import OWN
from tenants.errors import InvalidInput
from tenants.logos import FORMATS
from tenants.models import Company, Language
from tenants.zones import zone_names


class _Refusable(forms.Form):
    """A form that says a service's no beside the field which it names."""

    def refuse(self, error: InvalidInput) -> None:
        self.add_error(error.field if error.field in self.fields else None, str(error.message))


class CompanyForm(_Refusable):
    """Name, clock and language."""

    name = forms.CharField(label=_("Name"), max_length=Company._meta.get_field("name").max_length)
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Days, working hours and quiet hours follow it. Buildings keep their own."),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=Language.choices,
        help_text=_("Of Slack channels and door displays, and of everybody who chose no other."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["timezone"].choices = [  # type: ignore[attr-defined]
            (name, name.replace("_", " ")) for name in sorted(zone_names())
        ]


class AccentForm(_Refusable):
    """One colour."""

    accent = forms.CharField(
        label=_("Accent colour"),
        required=False,
        max_length=7,
        widget=forms.TextInput(attrs={"type": "color"}),
        help_text=_(
            "Of buttons, links and your own bookings. Dark pages get a lighter shade of it."
        ),
    )

    def clean_accent(self) -> str:
        return str(self.cleaned_data["accent"]).lower()


class LogoForm(_Refusable):
    """One picture."""

    logo = forms.FileField(
        label=_("Logo"),
        widget=forms.FileInput(
            attrs={"accept": ",".join(f"image/{each.lower()}" for each in FORMATS)}
        ),
        help_text=_("PNG, JPEG or WebP, at most 200 kB. It stands where the name does."),
    )


def facts_of(company: Company) -> dict[str, Any]:
    """A company as its form shows it."""
    return {"name": company.name, "timezone": company.timezone, "language": company.language}


def accent_of(company: Company) -> dict[str, Any]:
    """Its accent as the form shows it."""
    return {"accent": company.accent or OWN}
