"""The pages about rooms and bookings: views, forms, and what they show. Rules live elsewhere."""
