"""The Web API's methods: what each needs, and what each does."""

from standins.slack.methods import auth, chat, conversations, oauth, users, views
from standins.slack.methods.call import AppMethod, Method

METHODS: dict[str, Method | AppMethod] = {
    method.name: method
    for methods in (
        auth.METHODS,
        chat.METHODS,
        conversations.METHODS,
        oauth.METHODS,
        users.METHODS,
        views.METHODS,
    )
    for method in methods
}
