"""A company's directory at Google: its rooms taken over, its people looked up."""
