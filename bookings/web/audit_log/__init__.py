"""What happened in the company: to its bookings, and to its settings."""
