"""A small server that speaks Google's wire format: OAuth 2 + OIDC, Calendar v3, Directory."""
