"""The rooms and buildings, as administrators keep them."""
