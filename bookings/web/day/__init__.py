"""The day of a company: its rooms down, time across; which of them, and how they are drawn."""
