"""What already happened in Google, written down: facts are accepted, rules are for people."""
