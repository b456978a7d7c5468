"""The pages about Google Calendar."""
