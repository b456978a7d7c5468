"""A stand-in for Slack: its Web API, webhooks, install page, outgoing requests, and a page."""
