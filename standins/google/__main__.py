"""`python -m standins.google`: the stand-in as a process of its own."""

import argparse
import signal
import sys
from pathlib import Path

from standins.google.demo import DIRECTORY, add_demo
from standins.google.persistence import restore, snapshot
from standins.google.server import Dated, Saving, application
from standins.google.world import World
from standins.serving import StateFile, listening, server_for

DEFAULT_PORT = 8010


def main(argv: list[str] | None = None) -> None:
    """Serve until interrupted."""
    # uvicorn raises the signal that ended it once more; the state is saved on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    options = _parser().parse_args(argv)
    world = World()
    world.settings.allow_http_webhooks = options.allow_http_webhooks
    app = application(world)
    saved = StateFile.load(options.state) if options.state else None
    if saved is not None:
        restore(world, saved)
    if options.demo:
        add_demo(app.state.controls, options.demo)
    with listening(options.port) as (listener, url):
        world.url = url
        state = StateFile(options.state, lambda: snapshot(world)) if options.state else None
        print(f"Google stand-in: {url}/", flush=True)
        try:
            server_for(Dated(Saving(app, state) if state else app, world)).run(sockets=[listener])
        except KeyboardInterrupt:
            print("Google stand-in stopped", flush=True)
        finally:
            if state is not None:
                state.save()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m standins.google", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--state", type=Path, help="JSON file that keeps the state")
    parser.add_argument(
        "--demo",
        type=Path,
        nargs="?",
        const=DIRECTORY,
        metavar="DIR",
        help="start with the demo's accounts, and the rooms of the files in DIR",
    )
    parser.add_argument(
        "--allow-http-webhooks",
        action="store_true",
        help="take notification addresses at http://127.0.0.1, as a demo without TLS needs",
    )
    return parser


if __name__ == "__main__":
    main()
