"""The rules that a company, a building or a room sets for its bookings.

`values`, `hours` and `judging` are pure: values in, a decision out. `words` says it to a person,
`reading` brings the rules along with a room, `checking` refuses, `choosing` keeps what
administrators chose. What comes in from Google is never asked.
"""
