"""Changing and cancelling by the rule book of `edit_modes`: decide, check all, then write."""
