"""How a company's pages look: its accent colour and its logo."""

from django.utils.translation import gettext_lazy as _

from tenants.accent import contrast_in_light, is_colour, is_readable, nearest_readable
from tenants.audit_log import note
from tenants.errors import InvalidInput, NotFound
from tenants.logos import LogoPicture, read_logo
from tenants.models import Company, Logo, Member
from tenants.scope import active_company_id

FOR_EVER = 31_536_000  # a year, in seconds: what is at the address of a look never changes


class AccentUnreadable(InvalidInput):
    """Letters in this colour would be too pale; `nearest` is the next shade that is not."""

    code = "accent_unreadable"

    def __init__(self, colour: str) -> None:
        self.nearest = nearest_readable(colour)
        super().__init__(
            _(
                "Letters in %(colour)s could not be read on light pages: their contrast is"
                " %(contrast)s:1, and 4.5:1 is needed."
            )
            % {"colour": colour, "contrast": f"{contrast_in_light(colour):.1f}"},
            field="accent",
            nearest=self.nearest,
        )


def choose_accent(colour: str, *, by: Member | None = None) -> None:
    """Gives the active company's pages an accent; empty: Roomly's own.

    Raises InvalidInput for what is no colour, and AccentUnreadable.
    """
    if colour and not is_colour(colour):
        raise InvalidInput(_("Write a colour like #3153c4."), field="accent")
    if colour and not is_readable(colour):
        raise AccentUnreadable(colour)
    company = _locked()
    before, company.accent = company.accent, colour
    company.save(update_fields=["accent"])
    note("company.accent", by=by, before={"accent": before}, after={"accent": colour})


def keep_logo(data: bytes, *, by: Member | None = None) -> None:
    """Shows an uploaded picture where the active company's name stands.

    Raises InvalidInput for what is no picture, or too large.
    """
    picture = read_logo(data)
    company = _locked()
    Logo.objects.update_or_create(
        company=company, defaults={"png": picture.png, "digest": picture.digest}
    )
    if company.logo != picture.digest:
        _show(company, picture)
        note("company.logo", by=by)


def logo_png(digest: str) -> bytes:
    """The picture of the active company's logo; raises NotFound for one that it does not show."""
    found: Logo | None = Logo.objects.filter(digest=digest).first()
    if found is None:
        raise NotFound
    return bytes(found.png)


def remove_logo(*, by: Member | None = None) -> None:
    """Shows the active company's name again. Once more changes nothing."""
    company = _locked()
    if company.logo:
        Logo.objects.all().delete()
        _show(company, None)
        note("company.no_logo", by=by)


def _locked() -> Company:
    """One change at a time: the company's row and its logo say the same."""
    return Company.objects.select_for_update(no_key=True).get(pk=active_company_id())


def _show(company: Company, picture: LogoPicture | None) -> None:
    company.logo = picture.digest if picture else ""
    company.logo_width = picture.width if picture else 0
    company.save(update_fields=["logo", "logo_width"])
