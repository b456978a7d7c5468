"""Forms that book and change, gestures that do, and what they all say before it is done."""
