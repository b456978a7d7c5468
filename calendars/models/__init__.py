"""Google Calendar as a company's connection, and what we last saw there: five files, one door."""

from calendars.models.audits import AuditFinding, AuditGrant, AuditRun
from calendars.models.copies import GoogleCopy, Refusal
from calendars.models.directory import DirectoryPerson, DirectoryRoom
from calendars.models.links import CHANNEL_LIFE, CalendarLink, Channel, GoogleConnection
from calendars.models.work import LongWork

__all__ = [
    "CHANNEL_LIFE",
    "AuditFinding",
    "AuditGrant",
    "AuditRun",
    "CalendarLink",
    "Channel",
    "DirectoryPerson",
    "DirectoryRoom",
    "GoogleConnection",
    "GoogleCopy",
    "LongWork",
    "Refusal",
]
