"""The first-day audit: what is wrong with a company's rooms, before anything is switched on."""
