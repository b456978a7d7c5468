"""The screen at a room's door: whose it is, what it shows, and what one can do there."""
