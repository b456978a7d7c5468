"""Outgoing webhooks: what happens to a company's bookings, told to addresses that it names.

By the Standard Webhooks specification (https://www.standardwebhooks.com). An address keeps a place
in the history of bookings, which is written with each act anyway: booking does nothing for
webhooks. A tick reads on from there (`collecting`), writes the message down (`contents`) and sends
it (`sending`), one after the other for an address, at least once.
"""
