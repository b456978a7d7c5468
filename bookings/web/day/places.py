"""The style sheet that places bars on the day's time line without style attributes.

`python -m bookings.web.day.places > static/css/places.css`
"""

STEP = 5  # minutes
STEPS = 24 * 60 // STEP


def stylesheet() -> str:
    """One class for each start and one for each width, in steps of five minutes."""
    starts = "".join(f".s{step}{{--s:{step}}}" for step in range(STEPS + 1))
    widths = "".join(f".w{step}{{--w:{step}}}" for step in range(1, STEPS + 1))
    return (
        "/* Where on the day: s is the start, w the width, in steps of five minutes.\n"
        "   Made by `python -m bookings.web.day.places`. */\n"
        f"@layer places{{{starts}{widths}}}\n"
    )


if __name__ == "__main__":
    print(stylesheet(), end="")  # noqa: T201  its only purpose
