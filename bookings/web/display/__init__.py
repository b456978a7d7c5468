"""The screens at the doors of rooms."""
