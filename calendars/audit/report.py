"""An audit as it is shown: by kind of trouble, with what to do, and against the one before.

A fixed number of queries, however much was found. In the company's scope.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from calendars.audit.findings import Kind, Severity
from calendars.audit.words import KINDS, SEVERITIES, UNSEEN, Lazy, said
from calendars.models import AuditFinding, AuditRun

MOST_SHOWN = 50  # of a kind, on the page; the table has all


@dataclass(frozen=True)
class Shown:
    """One finding in words."""

    room: str
    text: str
    links: Sequence[str]
    is_new: bool


@dataclass(frozen=True)
class Group:
    """All findings of a kind, the first of them in words."""

    kind: Kind
    heading: Lazy
    advice: Lazy
    severity: Lazy
    count: int
    findings: Sequence[Shown]

    @property
    def is_urgent(self) -> bool:
        return self.kind.severity == Severity.HIGH

    @property
    def hidden(self) -> int:
        """How many are in the table only."""
        return self.count - len(self.findings)


@dataclass(frozen=True)
class Report:
    """Everything that a page about one audit says."""

    run: AuditRun
    groups: Sequence[Group]
    unseen: Sequence[tuple[Lazy, str]]
    before: AuditRun | None
    gone: Sequence[Shown]
    new_count: int
    gone_count: int

    @property
    def count(self) -> int:
        return sum(group.count for group in self.groups)


def finished_runs() -> QuerySet[AuditRun]:
    """The company's reports, the newest first."""
    found: QuerySet[AuditRun] = AuditRun.objects.exclude(finished_at=None).order_by("-pk")
    return found


def report_of(run: AuditRun) -> Report:
    """A finished audit in words, compared with the one before it."""
    zone = ZoneInfo(run.company.timezone)
    before = finished_runs().filter(pk__lt=run.pk).first()
    counts = dict(run.findings.values_list("kind").annotate(Count("pk")))
    shown: dict[str, list[Shown]] = {}
    for finding in _first_of_each_kind(_compared(run, before)):
        shown.setdefault(finding.kind, []).append(_shown(finding, zone, before))
    gone = _missing_in(before, run) if before else AuditFinding.objects.none()
    new = _missing_in(run, before).count() if before else 0
    return Report(
        run=run,
        groups=[
            Group(kind, *_words(kind), counts[kind], shown[kind]) for kind in Kind if kind in counts
        ],
        unseen=[(UNSEEN[code], ", ".join(rooms)) for code, rooms in run.unseen.items()],
        before=before,
        gone=[_shown(finding, zone, None) for finding in gone.order_by("pk")[:MOST_SHOWN]],
        new_count=new,
        gone_count=gone.count(),
    )


def table_of(run: AuditRun) -> Iterator[list[str]]:
    """The whole report as rows of text, a heading first. Not more in memory than a page of rows."""
    zone = ZoneInfo(run.company.timezone)
    yield [
        _("Urgency"), _("Kind"), _("Room"), _("Calendar"), _("What was found"), _("What to do"),
        _("Link"),
    ]  # fmt: skip
    for finding in run.findings.order_by("pk").iterator():
        heading, advice, severity = map(force_str, _words(Kind(finding.kind)))
        text = said(finding.kind, finding.facts, zone)
        yield [
            severity, heading, finding.room_name, finding.calendar_id, text, advice, finding.link,
        ]  # fmt: skip


def _words(kind: Kind) -> tuple[Lazy, Lazy, Lazy]:
    words = KINDS[kind]
    return words.heading, words.advice, SEVERITIES[kind.severity]


def _compared(run: AuditRun, before: AuditRun | None) -> QuerySet[AuditFinding]:
    known = AuditFinding.objects.filter(run=before, identity=OuterRef("identity"))
    findings: QuerySet[AuditFinding] = run.findings.annotate(is_known=Exists(known))
    return findings


def _first_of_each_kind(findings: QuerySet[AuditFinding]) -> QuerySet[AuditFinding]:
    place = Window(RowNumber(), partition_by=F("kind"), order_by="pk")
    return findings.annotate(place=place).filter(place__lte=MOST_SHOWN).order_by("pk")


def _missing_in(there: AuditRun, here: AuditRun) -> QuerySet[AuditFinding]:
    """What one audit found and another did not."""
    known = AuditFinding.objects.filter(run=here, identity=OuterRef("identity"))
    findings: QuerySet[AuditFinding] = there.findings.exclude(Exists(known))
    return findings


def _shown(finding: Any, zone: ZoneInfo, before: AuditRun | None) -> Shown:
    facts: Mapping[str, Any] = finding.facts
    links = [link for link in (finding.link, facts.get("other_link", "")) if link]
    is_new = before is not None and not finding.is_known
    return Shown(finding.room_name, said(finding.kind, finding.facts, zone), links, is_new)
