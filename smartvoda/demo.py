"""`smartvoda demo`: broker, simulated region, ingest, analysis and dashboard on one machine without internet."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import threading
import time
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import SecretStr

from ingest.broker import start as start_broker
from ingest.simulator.device_keys import keys_of
from models.errors import VodaError
from models.reading import iso_z, to_ms
from smartvoda import web
from smartvoda.clock import ScaledClock, demonstration_clock
from smartvoda.sample import sample_region
from smartvoda.services.start import HISTORY, load_region_once
from smartvoda.settings import Settings
from smartvoda.supervise import Child, child_environment
from smartvoda.wiring import Parts, data_folder, open_parts

log = logging.getLogger("smartvoda.demo")

_LOOPBACK = "127.0.0.1"
_STOP_S = 2.0
_LOOK_S = 0.1
_TELL_S = 5.0


def run(settings: Settings, mqtt_port: int, speed: float, seed: int, browser: bool, say: Callable[[str], None]) -> None:
    """Run the demonstration until Ctrl-C. `say` prints a line on standard output, flushed.

    Everything binds to loopback. An earlier data folder is gone on with: its gap is filled first.
    """
    settings = settings.model_copy(
        update={
            "host": _LOOPBACK,
            "mqtt_url": SecretStr(f"mqtt://{_LOOPBACK}:{mqtt_port}"),
            "region": settings.region or sample_region(),
        }
    )
    listener = web.bind(settings.host, settings.port)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_sole_owner(data_folder(settings)))
        running = start_broker(_LOOPBACK, mqtt_port, settings.data_dir / "mqtt")
        stack.callback(running.stop)
        parts = open_parts(settings, f"ingest-{settings.instance}")
        stack.callback(parts.close)
        parts.clock = clock = demonstration_clock(speed, _domain_time_reached(parts))
        load_region_once(parts, settings.region)
        _know_simulated_keys(parts, seed)
        children = Children(settings, clock, seed)
        stack.callback(children.stop)
        children.start(parts)
        # The simulator fills history meanwhile: loading Dash takes as long as a good part of that.
        from smartvoda.services.dashboard import serve_pages
        from smartvoda.services.ingest import ingesting

        stack.enter_context(ingesting(parts))
        stack.enter_context(_telling_time(parts))
        url = f"http://{_LOOPBACK}:{settings.port}"

        def open_the_doors() -> None:
            children.wait_for_analysis(parts)
            with urllib.request.urlopen(url, timeout=30) as page:
                page.read()
            say(f"ready: {url}")
            if browser:
                webbrowser.open(url)

        serve_pages(parts, listener, open_the_doors)


class Children:
    """The simulator and the analysis, in the order in which a first start needs them."""

    def __init__(self, settings: Settings, clock: ScaledClock, seed: int) -> None:
        environment = child_environment(settings, clock.anchor())
        self._simulator = Child("simulate", ["simulate", "--fill", "--seed", str(seed)], environment)
        self._analysis = Child("analyse", ["analyse", "--after-history"], environment)
        self._started: list[Child] = []
        self._began = ""
        self._stopping = threading.Event()

    def start(self, parts: Parts) -> None:
        """Start the simulator, which fills what history lacks and goes live, and the analysis, which waits for it.

        Both at once: loading their libraries takes a few seconds.
        """
        if said := parts.records.facts().get(HISTORY):
            # An earlier run's word must not be taken for this one's.
            parts.records.set_fact(HISTORY, {**said, "recent_filled": False})
        self._began = iso_z(parts.clock.now())
        self._started = [self._simulator.start(), self._analysis.start()]

    def wait_for_analysis(self, parts: Parts) -> None:
        """Wait until the analysis, started just now, has looked at everything once."""
        while not self._stopping.is_set():
            if str(parts.records.facts().get("analysis", {}).get("at", "")) > self._began:
                return
            time.sleep(_LOOK_S)

    def stop(self) -> None:
        """Stop all of them at once."""
        self._stopping.set()
        stoppers = [threading.Thread(target=child.stop, args=(_STOP_S,)) for child in self._started]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join()


@contextlib.contextmanager
def _sole_owner(folder: Path) -> Iterator[None]:
    with (folder / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise VodaError(
                "demo.running", f"a demo already runs in {folder}; stop it or give another folder with --data-dir"
            ) from error
        yield


def _know_simulated_keys(parts: Parts, seed: int) -> None:
    """Keys of simulated meters follow from the seed; there is no keys.csv to load them from."""
    region = parts.records.region()
    if region is not None and region.simulated:
        keys = keys_of(seed, [device.device for device in region.devices if device.kind == "water_meter"])
        parts.key_ring.save_keys(parts.key_ring.keys() | keys, "simulator", f"seed {seed}", parts.clock.now())


def _domain_time_reached(parts: Parts) -> int:
    return int(str(parts.records.facts().get("clock", {}).get("reached_ms", 0)))


@contextlib.contextmanager
def _telling_time(parts: Parts) -> Iterator[None]:
    """Keep the domain time reached, so that a later start does not go back behind a faster one."""
    stop = threading.Event()

    def tell() -> None:
        while not stop.wait(_TELL_S):
            now = parts.clock.now()
            parts.records.set_fact("clock", {"at": iso_z(now), "reached_ms": to_ms(now)})

    teller = threading.Thread(target=tell, name="clock", daemon=True)
    teller.start()
    try:
        yield
    finally:
        stop.set()
        teller.join(_STOP_S)
