"""A request of Slack's, from who asks to the answer. Done by workers, outside any transaction.

A request that comes again after its answer is left alone; one whose worker died is done again,
which changes bookings once (see buttons) and at worst says so twice.
"""

from collections.abc import Callable

import structlog

from reminders.remote.answering import is_answered, note_answered, tell
from reminders.remote.asked import Asked, Command, Press
from reminders.remote.booking_form import offered, open_form
from reminders.remote.buttons import ACTS, press_button
from reminders.remote.commands import run_command
from reminders.remote.replies import words_alone
from reminders.remote.who import Asker, Stranger, asking
from reminders.slack import NotSent, SlackTrouble, Throttled
from tenants.errors import DomainError

logger = structlog.get_logger(__name__)

BOOK = "book"
BUTTONS = {*ACTS, BOOK}


def answer_command(command: Command) -> None:
    """Answers /room. Raises Throttled and NotSent, after which it may be tried again."""
    _answer(command, lambda asker: run_command(command, asker))


def answer_press(press: Press) -> None:
    """Does what a button says. Raises Throttled and NotSent, after which it may be tried again."""
    _answer(press, lambda asker: _pressed(press, asker))


def _pressed(press: Press, asker: Asker) -> None:
    if press.action == BOOK:
        open_form(press, asker, offered(press, asker))
    else:
        press_button(press, asker)


def _answer(asked: Asked, act: Callable[[Asker], None]) -> None:
    if is_answered(asked):
        return
    try:
        try:
            with asking(asked) as asker:
                act(asker)
        except Stranger as stranger:
            tell(asked, words_alone(str(stranger)))
        except DomainError as refusal:
            tell(asked, words_alone(str(refusal)))
    except (Throttled, NotSent):
        raise
    except SlackTrouble as trouble:
        logger.warning("slack request not answered", team=asked.team, reason=trouble.code)
    note_answered(asked)
