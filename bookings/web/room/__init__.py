"""The week and the month of one room."""
