"""Who wrote what: an account of every edit, by which a lost one can be told from an overruled one.

A date is known by its story, which its title names, and by its day: in these stories nobody moves
a date to another day. Every title and every start is written once only, so whoever replaces one
has seen it: what was replaced on either side must not be what stands in the end. Two edits of the
same field that did not see each other are a true collision, of which either may stand. So may what
a date had of its own, where an edit of its series in Google reset that: Roomly tells it again.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Key = tuple[str, date]  # story and day
Facts = dict[str, Any]  # title, start, room, people; own: whether its series tells it apart
State = Mapping[Key, Facts | None]  # None: there twice, for a moment
FIELDS = ("title", "start")
OTHERS = ("room", "people")


@dataclass
class Cancelled:
    """A date that somebody called off, and what they saw of it then."""

    side: str
    seen: Facts
    undone: bool = False
    reset: bool = False  # by an edit of its series in Google: cancelled it stays, or it is back
    with_end: bool = False  # once more, when its series was ended in Google: not even seen there


@dataclass
class Ledger:
    """The edits of one play."""

    written: dict[tuple[Key, str], set[Any]] = field(default_factory=lambda: defaultdict(set))
    replaced: dict[tuple[Key, str], set[Any]] = field(default_factory=lambda: defaultdict(set))
    gone: dict[Key, list[Cancelled]] = field(default_factory=lambda: defaultdict(list))
    last: dict[tuple[Key, str], Any] = field(default_factory=dict)  # of room and people
    returned: set[Key] = field(default_factory=set)  # with the words of their series
    stayed: set[Key] = field(default_factory=set)  # where they were, when Google moved their series
    doubled: set[Key] = field(default_factory=set)  # by an edit of their series in Google
    may_be_gone: set[Key] = field(default_factory=set)  # one of two that were there, or both
    edits: int = 0

    def note(self, side: str, before: State, after: State, *, resets: bool = False) -> None:
        """What an act did on the side where it was done; `resets`: to dates besides the chosen."""
        for key in before.keys() | after.keys():
            was, now = before.get(key), after.get(key)
            if resets and was is not None and key in after and now is None:
                self.doubled.add(key)
            if key in before and was is None and (now is not None or key not in after):
                self.may_be_gone.add(key)
            if None in (before.get(key, {}), after.get(key, {})):
                continue  # nobody can say which of the two was meant
            if now is None and was is not None:
                self.edits += 1
                self.gone[key].append(Cancelled(side, was))
            elif now is not None:
                if was is None and self.gone[key]:
                    self._returned(side, key, resets=resets)
                    self.returned.add(key)
                self._changed(key, was or {}, now, kept=resets and bool(was and was.get("own")))

    def end(self, before: State, story: str, first: date) -> None:
        """Somebody ended a series in Google, before a day: its dates go, also those called off
        already, whoever brings one back here meanwhile."""
        for key, called_off in self.gone.items():
            if key[0] == story and key[1] >= first and called_off and key not in before:
                called_off.append(Cancelled("there", called_off[-1].seen, with_end=True))

    def _returned(self, side: str, key: Key, *, resets: bool) -> None:
        """Whoever brings a date back saw it gone: by their own side, or else by the other. If it
        was called off on both, nobody can say whether they knew of the other."""
        standing = [each for each in self.gone[key] if not each.undone and not each.with_end]
        own = [each for each in standing if each.side == side]
        for each in standing:
            is_seen = each in own or not own
            each.undone, each.reset = is_seen and not resets, resets or not is_seen

    def _changed(self, key: Key, was: Facts, now: Facts, *, kept: bool) -> None:
        if kept and was["start"] == now["start"]:
            self.stayed.add(key)
        for name in FIELDS:
            if was.get(name) != now[name]:
                self.edits += 1
                self.written[key, name].add(now[name])
                self.replaced[key, name].discard(now[name])
                if was and not kept:
                    self.replaced[key, name].add(was[name])
        for name in OTHERS:
            if was.get(name) != now[name]:
                self.last[key, name] = now[name]

    def lost(self, end: State) -> list[str]:
        """What should stand in the end, and does not."""
        keys = {key for key, _name in self.written}
        found = []
        for key in sorted(keys | end.keys()):
            if (now := end.get(key)) is not None:
                found += [] if key in self.doubled else self._overruled(key, now)
            elif key in end:
                found += [] if key in self.doubled else [f"{key}: is there twice"]
            elif key not in self.may_be_gone and all(each.undone for each in self.gone[key]):
                found.append(f"{key}: is gone, and nobody called it off")
        return found

    def _overruled(self, key: Key, now: Facts) -> list[str]:
        found = [
            f"{key}: {name} is {now[name]}, which was replaced; not {self.heads(key, name)}"
            for name in FIELDS
            if now[name] not in self.heads(key, name)
            and not self._inherited(key, name, now)
            and not self._made_again(key, name, now)
        ]
        if any(self._was_final(key, each) for each in self.gone[key]):
            found.append(f"{key}: is there as {now}, though it was called off")
        return found

    def _inherited(self, key: Key, name: str, now: Facts) -> bool:
        """Whether a date has what other dates of its story got: the title, if it came back; the
        time of day, if Google tells it apart, or has it in another room as an event of its own.
        An edit of all in Google may leave such a one alone; here it follows (edit-modes 4)."""
        others = {other for other, _name in self.written if other[0] == key[0] and other != key}
        heads = {value for other in others for value in self.heads(other, name)}
        if name == "title":
            return (key in self.returned or self._came_back(key)) and now[name] in heads
        apart = key in self.stayed or any(
            self.last[other, "room"] != now["room"] for other in others
        )
        return apart and now[name].time() in {value.time() for value in heads}

    def _made_again(self, key: Key, name: str, now: Facts) -> bool:
        """Whether a date came back as Roomly knows it: Google tells nothing any more of what was
        there."""
        return self._came_back(key) and now[name] in self.written[key, name]

    def _came_back(self, key: Key) -> bool:
        """Whether an edit here overruled a deletion in Google (design 3.4: the edit wins)."""
        return any(each.side == "there" and not each.undone for each in self.gone[key])

    def heads(self, key: Key, name: str) -> set[Any]:
        """The values that nobody has replaced."""
        return self.written.get((key, name), set()) - self.replaced.get((key, name), set())

    def _was_final(self, key: Key, cancelled: Cancelled) -> bool:
        """Whether nobody brought a date back, or edited it without knowing that it was gone."""
        if cancelled.undone or cancelled.reset or cancelled.with_end:
            return False
        unseen = (self.heads(key, name) - {cancelled.seen[name]} for name in FIELDS)
        known = (self.last.get((key, name)) == cancelled.seen[name] for name in OTHERS)
        return not any(unseen) and all(known)
