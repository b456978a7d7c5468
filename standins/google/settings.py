"""Switches for behaviour that is Google's to choose, or that is not known for certain.

The control API sets them by name; a reset restores the defaults.
"""

from dataclasses import dataclass, fields


@dataclass(slots=True)
class Settings:
    """Every switch with its default. Durations in seconds."""

    access_token_life: int = 3599
    code_life: int = 600
    id_token_life: int = 3600
    sync_token_life: int = 30 * 86400
    channel_life_max: int = 7 * 86400
    allow_http_webhooks: bool = False
    # First pause before a failed notification is repeated; doubles each time.
    notification_retry_seconds: float = 1.0
    notification_retries: int = 5
    # Room answers to invitations come this long after the invitation.
    room_answer_seconds: float = 0.3
    # What an incremental list may legally vary.
    list_order: str = "ordinal"  # ordinal, exceptions_first, shuffled
    empty_first_page: bool = False
    largest_page: int = 2500
    # Not confirmed for the real service; a client must survive both ways.
    noop_write_changes_etag: bool = True
    stale_sequence_refused: bool = True
    undelete_allowed: bool = False
    # Of a series whose times or rule change, those exceptions live on that still have a place
    # (placed), none (dropped), all under their ids (kept), or all, moved along (moved).
    exceptions_of_changed_series: str = "placed"
    # Whether new words of a series reach exceptions that had its old ones.
    exceptions_follow_words: bool = True
    copies_share_id: bool = True
    silent_delete_releases_rooms: bool = False
    update_of_cancelled_code: int = 403
    delete_of_cancelled_code: int = 410
    sync_before_watch_reply: bool = False
    message_number_gap: int = 3
    quota_on: bool = False
    quota_per_user_minute: int = 600
    quota_per_project_minute: int = 10_000
    calendar_writes_per_minute: int = 0

    def set(self, **values: object) -> None:
        """Change switches by name; ValueError for an unknown name or a wrong type."""
        known = {f.name: type(getattr(self, f.name)) for f in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"unknown setting {name}")
            kind = known[name]
            whole = kind is float and type(value) is int
            if type(value) is not kind and not whole:
                raise ValueError(f"setting {name} takes {kind.__name__}")
            setattr(self, name, value)
