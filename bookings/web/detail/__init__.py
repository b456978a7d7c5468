"""One date of a booking, and its history."""
