"""The demo: all that Roomly consists of, on one machine, under one process."""

import signal
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field

from standins import environment, servers, unprivileged
from standins.demo import management
from standins.demo.console import print_welcome, watch
from standins.demo.home import Home
from standins.demo.ports import HOST, Ports, base_url
from standins.place import Place
from standins.processes import Child, spawn, stop, wait_for

STOP_SECONDS = 2.5  # then a worker in the middle of a job is killed: jobs must bear that
READY_SECONDS = 2  # for one answer of /readyz


def demo(home: Home) -> None:
    """Run the demo until Ctrl-C or SIGTERM; raises Failed when a part of it does not start or dies.

    Only one runs at a time in a home.
    """
    ports = Ports.from_environment()
    for request in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(request, signal.default_int_handler)  # KeyboardInterrupt, as by Ctrl-C
    try:
        with home.held() as lock, unprivileged.temporary() as sockets:
            print("Starting PostgreSQL and Redis …", flush=True)
            place = Place(home.servers, sockets, home.logs, durable=True, keep_open=(lock,))
            with servers.running(place):
                _Demo(home, ports, place).run()
    except KeyboardInterrupt:
        print("Stopped.")


@dataclass
class _Demo:
    home: Home
    ports: Ports
    place: Place
    children: list[Child] = field(default_factory=list)  # in the order of their start

    def run(self) -> None:
        try:
            self._prepare()
            self._start_product()
            print_welcome(
                self.ports, self.home.secrets()["DJANGO_SUPERUSER_PASSWORD"], self.home.logs
            )
            watch(self.children)
        finally:
            print("\nStopping …", flush=True)
            self.home.forget()
            stop(reversed(self.children), seconds=STOP_SECONDS)

    def _prepare(self) -> None:
        """Start the stand-ins; meanwhile bring database and files up to date; then seed."""
        app = base_url(self.ports.web)
        google = self._start_standin("google", self.ports.google, "--allow-http-webhooks")
        slack = self._start_standin("slack", self.ports.slack, "--app-url", app)
        migrator, worker = self._settings(servers.MIGRATOR), self._settings(servers.WORKER)
        self.home.remember(migrator)
        print("Bringing database and files up to date …", flush=True)
        management.bring_up_to_date(self.home, migrator)
        wait_for(google, lambda: _answers(base_url(self.ports.google)))
        wait_for(slack, lambda: _answers(base_url(self.ports.slack)))
        management.seed(self.home, worker)

    def _start_product(self) -> None:
        print("Starting web, worker and beat …", flush=True)
        app, worker = self._settings(servers.APP), self._settings(servers.WORKER)
        listen = ["--host", HOST, "--port", str(self.ports.web)]
        graceful = ["--timeout-graceful-shutdown", "1"]
        web = self._start("web", ["uvicorn", "roomly.asgi:application", *listen, *graceful], app)
        celery = ["celery", "-A", "roomly"]
        # Threads: one process's memory, and tasks wait for Google more than they compute.
        alone = ["--pool", "threads", "--concurrency", "4", "--without-gossip", "--without-mingle"]
        self._start("worker", [*celery, "worker", *alone], worker)
        schedule = ["--pidfile", "", "--schedule", str(self.home.path / "beat-schedule")]
        self._start("beat", [*celery, "beat", *schedule], worker)
        wait_for(web, lambda: _answers(f"{base_url(self.ports.web)}/readyz", status=200))

    def _start_standin(self, name: str, port: int, *options: str) -> Child:
        state = ["--demo", "--state", str(self.home.path / f"{name}.json")]
        command = [f"standins.{name}", "--port", str(port), *state, *options]
        return self._start(name, command, {}, end_with=signal.SIGINT)  # saves its state

    def _start(
        self,
        name: str,
        module: list[str],
        settings: dict[str, str],
        end_with: signal.Signals = signal.SIGTERM,
    ) -> Child:
        child = spawn(
            name,
            [sys.executable, "-m", *module],
            logs=self.home.logs,
            env=environment.process(settings),
            end_with=end_with,
            keep_open=self.place.keep_open,
        )
        self.children.append(child)
        return child

    def _settings(self, role: str) -> dict[str, str]:
        return environment.settings(
            self.home.secrets(),
            environment.google(base_url(self.ports.google)),
            environment.slack(base_url(self.ports.slack)),
            {
                "PUBLIC_URL": base_url(self.ports.web),
                "STATIC_ROOT": str(self.home.static),
                "WEBHOOKS_TO_LOOPBACK": "true",
            },
            servers=servers.settings(self.place, role),
        )


def _answers(url: str, status: int | None = None) -> bool:
    """Whether a server answers, with the wanted status if one is given."""
    try:
        with urllib.request.urlopen(url, timeout=READY_SECONDS) as answer:  # noqa: S310  (ours)
            return status in (None, answer.status)
    except urllib.error.HTTPError as answer:
        return status in (None, answer.code)
    except OSError:
        return False
