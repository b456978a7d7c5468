"""`python -m standins.slack`: the stand-in as a process of its own."""

import argparse
import os
import signal
import sys
from pathlib import Path

from standins.serving import StateFile, listening, server_for
from standins.slack.demo import seed
from standins.slack.server import application
from standins.slack.settings import AppSettings
from standins.slack.standin import Standin

DEFAULT_PORT = 8020


def main(argv: list[str] | None = None) -> None:
    """Serve until interrupted."""
    options = _parser().parse_args(argv)
    settings = AppSettings(
        app_url=options.app_url,
        client_id=options.client_id,
        client_secret=options.client_secret,
        signing_secret=options.signing_secret,
        token_rotation=options.token_rotation,
    )
    standin = Standin(settings, seed if options.demo else None)
    with listening(options.port) as (listener, url):
        standin.base_url = url
        state = _state_file(standin, options.state)
        print(f"Slack stand-in: {url}/", flush=True)
        # uvicorn repeats a signal once it has stopped: SIGTERM must not end us before the save.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        try:
            server_for(application(standin)).run(sockets=[listener])
        except KeyboardInterrupt:
            print("Slack stand-in stopped", flush=True)
        finally:
            if state is not None:
                state.save()


def _state_file(standin: Standin, path: Path | None) -> StateFile | None:
    """Load what was saved, and save every change from now on."""
    if path is None:
        return None
    saved = StateFile.load(path)
    if saved is not None:
        standin.load(saved)
    state = StateFile(path, standin.snapshot)
    standin.changed = state.touch
    return state


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m standins.slack", description=__doc__)
    environment, defaults = os.environ.get, AppSettings()
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--state", type=Path, help="JSON file that keeps the state")
    parser.add_argument("--demo", action="store_true", help="start with the two demo workspaces")
    parser.add_argument("--app-url", default=defaults.app_url, help="where Roomly is reached")
    parser.add_argument("--token-rotation", action="store_true", help="hand out tokens of 12 hours")
    parser.add_argument("--client-id", default=environment("SLACK_CLIENT_ID", defaults.client_id))
    parser.add_argument(
        "--client-secret", default=environment("SLACK_CLIENT_SECRET", defaults.client_secret)
    )
    parser.add_argument(
        "--signing-secret", default=environment("SLACK_SIGNING_SECRET", defaults.signing_secret)
    )
    return parser


if __name__ == "__main__":
    main()
