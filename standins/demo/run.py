"""The demo: all that Roomly consists of, on one machine, under one process."""

import signal
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field

from standins import environment, servers, unprivileged
from standins.demo import local, static_files
from standins.demo.console import Follower, print_welcome
from standins.demo.management import run
from standins.demo.ports import HOST, Ports, base_url
from standins.place import Place
from standins.processes import Child, Failed, finish, spawn, stop, wait_for

STOP_SECONDS = 2.5  # then a worker in the middle of a job is killed: jobs must bear that
READY_SECONDS = 2  # for one answer of /readyz


def demo() -> None:
    """Run the demo until Ctrl-C or SIGTERM; raises Failed when a part of it does not start or dies.

    Only one runs at a time in a checkout.
    """
    ports = Ports.from_environment()
    for request in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(request, signal.default_int_handler)  # KeyboardInterrupt, as by Ctrl-C
    try:
        with local.held() as lock, unprivileged.temporary() as sockets:
            print("Starting PostgreSQL and Redis …", flush=True)
            data = unprivileged.data_home(local.LOCAL)
            place = Place(data, sockets, local.LOGS, durable=True, keep_open=(lock,))
            with servers.running(place):
                _Demo(ports, place, lock).run()
    except KeyboardInterrupt:
        print("\nStopped.")


@dataclass
class _Demo:
    ports: Ports
    place: Place
    lock: int
    secrets: dict[str, str] = field(default_factory=local.demo_secrets)
    children: list[Child] = field(default_factory=list)  # in the order of their start

    def run(self) -> None:
        try:
            self._prepare()
            self._start_product()
            print_welcome(self.ports, self.secrets["DJANGO_SUPERUSER_PASSWORD"])
            self._watch()
        finally:
            print("\nStopping …", flush=True)
            local.ENVIRONMENT.unlink(missing_ok=True)
            stop(reversed(self.children), seconds=STOP_SECONDS)

    def _prepare(self) -> None:
        """Start the stand-ins; meanwhile bring database and files up to date; then seed."""
        google = self._start_standin("google", self.ports.google, "--allow-http-webhooks")
        app = ("--app-url", base_url(self.ports.web))
        slack = self._start_standin("slack", self.ports.slack, *app)
        migrator = self._settings(servers.MIGRATOR)
        local.remember(migrator)
        print("Bringing the database up to date …", flush=True)
        run("migrate", "--noinput", "--verbosity=1", settings=migrator)
        static_files.collect(migrator)
        wait_for(google, lambda: _answers(base_url(self.ports.google)))
        wait_for(slack, lambda: _answers(base_url(self.ports.slack)))
        seeding = [sys.executable, "-m", "standins.demo.seed"]
        worker = environment.process(self._settings(servers.WORKER))
        finish(spawn("seed", seeding, logs=local.LOGS, env=worker))

    def _start_product(self) -> None:
        print("Starting web, worker and beat …", flush=True)
        app, worker = self._settings(servers.APP), self._settings(servers.WORKER)
        web = self._start(
            "web", "uvicorn", "roomly.asgi:application", "--host", HOST,
            "--port", str(self.ports.web), "--timeout-graceful-shutdown", "1", settings=app,
        )  # fmt: skip
        # Threads share one interpreter's memory; tasks wait for Google more than they compute.
        self._start(
            "worker", "celery", "-A", "roomly", "worker", "--loglevel", "INFO", "--pool", "threads",
            "--concurrency", "4", "--without-gossip", "--without-mingle", settings=worker,
        )  # fmt: skip
        schedule = str(local.LOCAL / "beat-schedule")
        self._start(
            "beat", "celery", "-A", "roomly", "beat", "--loglevel", "INFO", "--pidfile", "",
            "--schedule", schedule, settings=worker,
        )  # fmt: skip
        wait_for(web, lambda: _answers(f"{base_url(self.ports.web)}/readyz", status=200))

    def _start_standin(self, name: str, port: int, *options: str) -> Child:
        state = str(local.LOCAL / f"{name}.json")
        return self._start(
            name, f"standins.{name}", "--port", str(port), "--state", state, "--demo", *options,
            settings={},
            end_with=signal.SIGINT,  # saves its state
        )  # fmt: skip

    def _start(
        self,
        name: str,
        module: str,
        *arguments: str,
        settings: dict[str, str],
        end_with: signal.Signals = signal.SIGTERM,
    ) -> Child:
        child = spawn(
            name,
            [sys.executable, "-m", module, *arguments],
            logs=local.LOGS,
            env=environment.process(settings),
            end_with=end_with,
            keep_open=(self.lock,),
        )
        self.children.append(child)
        return child

    def _settings(self, role: str) -> dict[str, str]:
        return environment.settings(
            self.secrets,
            environment.google(base_url(self.ports.google)),
            environment.slack(base_url(self.ports.slack)),
            {"PUBLIC_URL": base_url(self.ports.web), "STATIC_ROOT": str(local.STATIC)},
            servers=servers.settings(self.place, role),
        )

    def _watch(self) -> None:
        """Follow the logs until a child dies, which raises Failed."""
        follower = Follower(self.children)
        while all(child.alive for child in self.children):
            follower.print_news()
            time.sleep(0.3)
        dead = next(child for child in self.children if not child.alive)
        raise Failed(f"{dead.name} ended by itself. The end of {dead.log}:\n\n{dead.last_lines}")


def _answers(url: str, status: int | None = None) -> bool:
    """Whether a server answers, with the wanted status if one is given."""
    try:
        with urllib.request.urlopen(url, timeout=READY_SECONDS) as answer:  # noqa: S310  (ours)
            return status in (None, answer.status)
    except urllib.error.HTTPError as answer:
        return status in (None, answer.code)
    except OSError:
        return False
