"""The house rules, as administrators choose them."""
