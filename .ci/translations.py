"""Check catalogues: `python .ci/translations.py locale/*/LC_MESSAGES/*.po`.

A message must be translated, not guessed (fuzzy), and keep the placeholders of its original.
"""

import sys
from pathlib import Path

from babel.messages.pofile import read_po


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
    return found


def forms(translation: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """The texts of a translation: several where it has plural forms."""
    return [translation or ""] if isinstance(translation, str | None) else list(translation)


if __name__ == "__main__":
    lines = [line for path in sys.argv[1:] for line in faults(Path(path))]
    sys.exit("\n".join(lines) or None)
