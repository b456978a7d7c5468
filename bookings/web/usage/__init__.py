"""How much the rooms are used."""
