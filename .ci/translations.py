"""Check catalogues: `python .ci/translations.py locale/*/LC_MESSAGES/*.po`.

Every message of the product is there. A message must be translated, not guessed (fuzzy), and keep
the placeholders of its original.
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

SOURCES = ("roomly", "tenants", "bookings", "calendars", "reminders", "integrations", "templates")
KEYWORDS = DEFAULT_KEYWORDS | {
    f"{name}_lazy": DEFAULT_KEYWORDS[name]
    for name in ("gettext", "ngettext", "pgettext", "npgettext")
}
# A call in what Django makes of a template, which is no Python otherwise.
CALL = re.compile(r"""\b(?:_|n?p?gettext)\((?:[^()'"]|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")*\)""")

Key = tuple[str | None, str]  # context and singular


def faults(path: Path) -> list[str]:
    """What is wrong with a catalogue, one line a message."""
    with path.open("rb") as file:
        catalogue = read_po(file)
    found = [
        f"{path}: {'guessed' if message.fuzzy else 'untranslated'}: {message.id!r}"
        for message in catalogue
        if message.id and (message.fuzzy or not all(forms(message.string)))
    ]
    for message, errors in catalogue.check():
        found += [f"{path}: {message.id!r}: {error}" for error in errors]
    known = {(message.context, forms(message.id)[0]) for message in catalogue}
    missing = sorted(text for _context, text in said() - known)
    return found + [f"{path}: missing: {text!r}" for text in missing]


def forms(translation: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """The texts of a translation: several where it has plural forms."""
    return [translation or ""] if isinstance(translation, str | None) else list(translation)


def said() -> set[Key]:
    """Every message that the product's code and templates ask for."""
    return {
        key for folder in SOURCES for path in Path(folder).rglob("*.*") for key in said_in(path)
    }


def said_in(path: Path) -> Iterator[Key]:
    if path.suffix not in (".py", ".html", ".txt"):
        return
    source = path.read_text()
    code = source if path.suffix == ".py" else "\n".join(CALL.findall(templatize(source)))
    for _line, message, _comments, context in extract("python", BytesIO(code.encode()), KEYWORDS):
        yield context, forms(message)[0]


if __name__ == "__main__":
    lines = [line for path in sys.argv[1:] for line in faults(Path(path))]
    sys.exit("\n".join(lines) or None)
