"""What Slack sends to us: events, buttons, commands. Verified here, worked off by Celery."""
