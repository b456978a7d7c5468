"""How much rooms are used: what is read for a report, and what is made of it."""
