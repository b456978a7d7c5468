"""A series on both sides: its dates in Google, its parts, and what cuts made of them."""
