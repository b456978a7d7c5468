"""The sync protocol in small: single events, no database, every rule of it to be switched off.

An app and a Google with etags and sync tokens; people edit on both sides, answers and requests
are lost, notifications are dropped, doubled and late, tokens expire, workers die at any step. It
tells which rules carry the weight: with all of them nothing is lost and both sides end equal.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

Content = dict[str, Any]
GONE: Content = {}
LOSS = 0.08  # of requests, and as often of answers


@dataclass(frozen=True)
class Rules:
    """What the protocol relies on."""

    if_match: bool = True
    two_versions: bool = True  # of an outbox entry; else a flag that each push takes down
    token_after_items: bool = True
    sweep_after_410: bool = True
    version_stamp: bool = True  # in the event: which of our writes it carries
    one_at_a_time: bool = True  # per calendar, pushes and pulls together


class Lost(Exception):
    """No answer: nobody knows whether the call had its effect."""


class Refused(Exception):
    """412, 409 or 410: the other side knows something that we do not."""


@dataclass
class Event:
    """An event of Google's; without content it was deleted."""

    content: Content
    etag: int = 0
    stamp: int = 0


@dataclass
class Google:
    """A calendar: events, a counter of changes, and an age of its sync tokens."""

    dice: random.Random
    events: dict[int, Event] = field(default_factory=dict)
    change: int = 0
    epoch: int = 0
    calm: bool = False

    def write(self, number: int, content: Content, stamp: int | None = None) -> Event:
        """Replaces the content; a person's write leaves our stamp as it is."""
        self.change += 1
        before = self.events.get(number, Event(GONE))
        kept = before.stamp if stamp is None else stamp
        self.events[number] = Event(dict(content), self.change, kept)
        return self.events[number]

    def call(self, act: Any) -> Any:
        """A request that may not arrive, or whose answer may not."""
        if not self.calm and self.dice.random() < LOSS:
            raise Lost
        answer = act()
        if not self.calm and self.dice.random() < LOSS:
            raise Lost
        return answer

    def push(self, number: int, fields: Content, stamp: int, etag: int | None) -> Event:
        """Insert (`etag` 0), or patch; `etag` None is not checked."""
        known = self.events.get(number)
        if etag == 0 and known is not None:
            raise Refused
        if etag != 0 and (known is None or not known.content or etag not in (None, known.etag)):
            raise Refused
        content = {**(known.content if known else GONE), **fields} if fields else GONE
        return replace(self.write(number, content, stamp))

    def changed_since(self, token: tuple[int, int] | None) -> tuple[dict[int, Event], Any]:
        """Copies of what changed since a token; without one, all that there is."""
        if token is not None and token[0] != self.epoch:
            raise Refused
        since = token[1] if token else 0
        found = {
            number: replace(event, content=dict(event.content))
            for number, event in self.events.items()
            if event.etag > since and (token is not None or event.content)
        }
        return found, (self.epoch, self.change)


@dataclass
class Row:
    """A booking with its outbox entry and what was last seen of it in Google."""

    content: Content
    desired: int = 0
    acked: int = 0
    dirty: bool = False  # the flag, where there are no two versions
    base: Content = field(default_factory=dict)
    base_stamp: int = 0
    etag: int = 0
    attempts: dict[int, Content] = field(default_factory=dict)
    seen_in: int = 0  # the full listing that saw it last


@dataclass
class App:
    """Rows, a sync token, and the work of its workers as steps between which they may die."""

    rules: Rules
    google: Google
    rows: dict[int, Row] = field(default_factory=dict)
    token: tuple[int, int] | None = None
    told: int = 0  # notifications
    pulled: int = -1
    listing: int = 0

    def edit(self, number: int, change: Content | None) -> None:
        """A person's edit here; None cancels."""
        row = self.rows.setdefault(number, Row(GONE))
        row.content = GONE if change is None else {**row.content, **change}
        row.desired += 1
        row.dirty = True

    def waits(self, row: Row) -> bool:
        return row.acked < row.desired if self.rules.two_versions else row.dirty

    # -- outward -----------------------------------------------------------------------------

    def push(self, number: int) -> Iterator[None]:
        """One delivery; each `yield` is a moment at which the worker may die or be overtaken."""
        row = self.rows[number]
        for _round in range(6):
            if not self.waits(row):
                return
            version, wanted = row.desired, dict(row.content)
            known = [row.base, *row.attempts.values()]  # what Google may say
            fields = {
                name: value
                for name, value in wanted.items()
                if any(each.get(name) != value for each in known)
            }
            if all(each == wanted for each in known):
                row.acked, row.dirty = version, False
                return
            row.attempts[version] = wanted
            yield
            etag = row.etag if self.rules.if_match or not row.etag else None
            try:
                event = self.google.call(
                    lambda f=fields, v=version, e=etag: self.google.push(number, f, v, e)
                )
            except Refused:
                yield
                found = self.google.call(lambda: self.google.events.get(number))
                yield
                self.take(number, replace(found, content=dict(found.content)))
                continue
            yield
            row.acked, row.dirty = max(row.acked, version), False
            self.take(number, event)
            return

    # -- inward ------------------------------------------------------------------------------

    def pull(self) -> Iterator[None]:
        """One reading, with or without a token."""
        generation = self.told
        yield
        try:
            found, token = self.google.call(lambda: self.google.changed_since(self.token))
        except Refused:
            self.token = None
            return
        full = self.token is None
        if not self.rules.token_after_items:
            self.token = token
        yield
        if full:
            self.listing += 1
        for number, event in found.items():
            self.take(number, event)
            self.rows[number].seen_in = self.listing
        if full and self.rules.sweep_after_410:
            self._sweep()
        self.token, self.pulled = token, generation

    def _sweep(self) -> None:
        """What a full listing leaves out was deleted."""
        for number, row in self.rows.items():
            if row.etag and row.base and row.seen_in != self.listing:
                there = self.google.events.get(number)
                self.take(number, Event(GONE, there.etag if there else row.etag, row.base_stamp))

    def take(self, number: int, event: Event) -> None:
        """Three contents meet, field by field: the base, theirs, ours."""
        row = self.rows.setdefault(number, Row(GONE))
        base, theirs = row.base, event.content
        if self.rules.version_stamp and event.stamp > row.base_stamp:
            base = row.attempts.get(event.stamp, base)
        if not self.waits(row) or not theirs:
            row.content = dict(theirs)
            if not theirs:  # deleted is final here, so that ids need not be made anew
                row.acked, row.dirty = row.desired, False
        elif row.content:
            row.content = {
                name: merged(name, base.get(name), value, row.content.get(name))
                for name, value in theirs.items()
            }
        row.base, row.etag = dict(theirs), event.etag
        row.base_stamp = max(row.base_stamp, event.stamp)
        row.attempts = {v: tried for v, tried in row.attempts.items() if v > row.base_stamp}


def merged(name: str, base: Any, theirs: Any, ours: Any) -> Any:
    """Whoever changed a field has it; both: ours. Of guests, what either added or took off."""
    if name == "guests":
        before = base or frozenset()
        return (theirs | (ours - before)) - (before - ours)
    return theirs if ours == base else ours


@dataclass
class Run:
    """People, machines and accidents, drawn from one seed.

    Unless `deletes`, people here only retitle, people there only move, and both invite: so every
    last edit has to stand, and a lost one can be told.
    """

    seed: int
    rules: Rules = Rules()
    deletes: bool = False

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.google = Google(self.dice)
        self.app = App(self.rules, self.google)
        self.working: list[Iterator[None]] = []
        self.words = 0
        self.meant: dict[tuple[int, str], Any] = {}  # event and field: what was last said
        self.invited: dict[int, set[int]] = {}

    def play(self, acts: int = 120) -> None:
        kinds = [self.edit_here] * 4 + [self.edit_there] * 4 + [self.start] * 8 + [self.step] * 16
        kinds += [self.die, self.expire] + ([self.delete] if self.deletes else [])
        for _act in range(acts * 3):
            self.dice.choice(kinds)()
        self.rest()

    # -- people ------------------------------------------------------------------------------

    def word(self) -> int:
        self.words += 1
        return self.words

    def edit_here(self) -> None:
        mine = [number for number, row in self.app.rows.items() if row.content]
        if not mine or self.dice.random() < 0.15:
            number = self.word()
            self.app.edit(number, {"title": number, "time": number, "guests": frozenset()})
            self.meant[number, "title"] = self.meant[number, "time"] = number
            return
        number = self.dice.choice(mine)
        row = self.app.rows[number]
        if self.dice.random() < 0.3:
            guest = self.word()
            self.invited.setdefault(number, set()).add(guest)
            self.app.edit(number, {"guests": row.content["guests"] | {guest}})
        else:  # perhaps back to what it was
            back = row.base.get("title") if self.dice.random() < 0.4 else None
            title = back or self.word()
            self.meant[number, "title"] = title
            self.app.edit(number, {"title": title})

    def edit_there(self) -> None:
        theirs = [number for number, event in self.google.events.items() if event.content]
        if not theirs:
            return
        number = self.dice.choice(theirs)
        content = self.google.events[number].content
        if self.dice.random() < 0.3:
            guest = self.word()
            self.invited.setdefault(number, set()).add(guest)
            change: Content = {"guests": content["guests"] | {guest}}
        else:
            change = {"time": self.word()}
            self.meant[number, "time"] = change["time"]
        self.google.write(number, {**content, **change})
        self.app.told += self.dice.choice((0, 1, 1, 2))  # dropped, told, told twice

    def delete(self) -> None:
        here = [number for number, row in self.app.rows.items() if row.content]
        there = [number for number, event in self.google.events.items() if event.content]
        if here and self.dice.random() < 0.5:
            self.app.edit(self.dice.choice(here), None)
        elif there:
            self.google.write(self.dice.choice(there), GONE)
            self.app.told += 1

    # -- machines ----------------------------------------------------------------------------

    def start(self) -> None:
        if len(self.working) >= (1 if self.rules.one_at_a_time else 2):
            return
        waiting = [number for number, row in self.app.rows.items() if self.app.waits(row)]
        if waiting and self.dice.random() < 0.6:
            self.working.append(self.app.push(self.dice.choice(waiting)))
        elif self.app.told != self.app.pulled:
            self.working.append(self.app.pull())

    def step(self) -> None:
        if self.working:
            worker = self.dice.choice(self.working)
            try:
                next(worker)
            except (StopIteration, Lost):
                self.working.remove(worker)

    def die(self) -> None:
        self.working.clear()

    def expire(self) -> None:
        if self.dice.random() < 0.3:
            self.google.epoch += 1

    def rest(self) -> None:
        """No more accidents: what is told or due is done, and once all is polled."""
        self.google.calm = True
        while self.working:
            self.step()
        for _round in range(4):
            list(self.app.pull())
            for number in list(self.app.rows):
                list(self.app.push(number))

    # -- the end -----------------------------------------------------------------------------

    def equal(self) -> bool:
        here = {number: row.content for number, row in self.app.rows.items() if row.content}
        there = {
            number: event.content for number, event in self.google.events.items() if event.content
        }
        return here == there

    def lost(self) -> int:
        """How many of the last edits are not there."""
        there = {number: event.content for number, event in self.google.events.items()}
        words = sum(
            bool(there[number][name] != value) for (number, name), value in self.meant.items()
        )
        guests = sum(len(asked - there[number]["guests"]) for number, asked in self.invited.items())
        return words + guests
