"""One simulated station and three platforms as real processes: what the demo shows and the end-to-end tests drive."""

import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import time

STATION_ID = "A110119001"
HUBS = {"city": "A110100001", "province": "A110000001", "nation": "A100000001"}
LANES = (1, 2)

STATION_SETTINGS = """\
# Written for this run.
[station]
id = "{station_id}"
name = "demonstration station"
longitude_deg = 116.0
latitude_deg = 40.4
simulated = true

[simulation]
time_scale = {time_scale}

[ledger]
folder = "station"

[capture]
folder = "captures"

[service]
listen = "127.0.0.1:{station_port}"
socket = "station.sock"

[standard]
files = ["standards/hj845-2017.toml"]

[assembly]
join_window = "20s"
gap_least = "{gap_least}"
{lanes}
[device.weather]
driver = "modbus"
endpoint = "rtu:{folder}/sim/weather?baud=9600"
profile = "devices/zhixiangyu-weather.toml"
backoff_first = "100ms"
backoff_most = "1s"

[device.camera]
driver = "anpr"
listen = "127.0.0.1:{camera_port}"
count = "shared"
count_element = "triggerNumber"
backoff_first = "100ms"
backoff_most = "1s"
{devices}{tiers}{more}"""

LANE_SETTINGS = """
[[lane]]
lane = {lane}
line = "0{lane}"
slope_deg = 0.2
"""

LANE_DEVICES = """
[device.gate-{lane}]
driver = "frame"
decoder = "stdbus-gate"
lane = {lane}
endpoint = "serial:{folder}/sim/gate{lane}?baud=115200"
backoff_first = "100ms"
backoff_most = "1s"

[device.analyser-{lane}]
driver = "modbus"
lane = {lane}
endpoint = "tcp:127.0.0.1:{modbus_port}"
unit_id = {lane}
profile = "devices/analyser-history.toml"
count = "shared"
probe_period = "500ms"
backoff_first = "100ms"
backoff_most = "1s"

[device.smoke-{lane}]
driver = "ak"
lane = {lane}
endpoint = "tcp:127.0.0.1:{ak_port}"
channel = "K{lane}"
values = ["vehicle_number", "opacity_percent", "k_per_m", "ringelmann"]
fetch_by_number = true
count = "shared"
backoff_first = "100ms"
backoff_most = "1s"
"""

TIER_SETTINGS = """
[tier.{name}]
endpoint = "127.0.0.1:{port}"
backoff_first = "100ms"
backoff_most = "2s"
"""

HUB_SETTINGS = """\
# Written for this run.
[station]
id = "{station_id}"
name = "{name} platform"
simulated = true

[ledger]
folder = "{name}"

[service]
listen = "127.0.0.1:{port}"
socket = "{name}.sock"

[ingest]
accept_simulated = true
"""


class Failure(Exception):
    """One sentence about what did not come out as it must."""


class Roadside:
    """Five processes: sim, station, city, province, nation. Each may be killed and started again by its name."""

    NAMES = ("city", "province", "nation", "sim", "station")  # stopped the other way round

    def __init__(self, programs, folder, passages=None, traffic=None, time_scale=20.0, seed=1, faults=None, extra_sim=(),
                 gap_least="10s", more_settings=""):
        self.programs = pathlib.Path(programs).resolve()
        self.folder = pathlib.Path(folder).resolve()
        self.passages, self.traffic, self.time_scale, self.seed = passages, traffic, time_scale, seed
        self.extra_sim = list(extra_sim)
        self.faults = faults  # the text of a fault schedule (drivers/simulator/README.md)
        self.gap_least = gap_least  # not scaled
        self.more_settings = more_settings  # of the station, tables of their own
        self.processes = {}
        self.stopped_by_us = set()
        (self.folder / "sim").mkdir(parents=True, exist_ok=True)
        self.truth_file = self.folder / "truth.jsonl"
        self.fault_log = self.folder / "faults.jsonl"
        if faults:
            (self.folder / "faults.toml").write_text(faults)
        ports = [int(p) for p in self._output("exhaust-sim", "ports", "7").split()]
        self.station_port, self.camera_port, self.modbus_port, self.ak_port = ports[:4]
        self.hub_ports = dict(zip(HUBS, ports[4:]))
        self._write_settings()

    def _write_settings(self):
        common = dict(folder=self.folder, modbus_port=self.modbus_port, ak_port=self.ak_port)
        (self.folder / "station.toml").write_text(
            STATION_SETTINGS.format(
                station_id=STATION_ID, time_scale=float(self.time_scale), gap_least=self.gap_least, station_port=self.station_port,
                camera_port=self.camera_port, lanes="".join(LANE_SETTINGS.format(lane=lane) for lane in LANES),
                devices="".join(LANE_DEVICES.format(lane=lane, **common) for lane in LANES),
                tiers="".join(TIER_SETTINGS.format(name=n, port=p) for n, p in self.hub_ports.items()), more=self.more_settings, **common))
        for name, port in self.hub_ports.items():
            (self.folder / f"{name}.toml").write_text(HUB_SETTINGS.format(station_id=HUBS[name], name=name, port=port))

    # -- processes ------------------------------------------------------------------------------------------------

    def _output(self, program, *arguments):
        return subprocess.run([self.programs / program, *arguments], check=True, capture_output=True, text=True).stdout

    def command(self, name):
        if name != "sim":
            return [self.programs / "exhaustd", "--config", self.folder / f"{name}.toml"]
        words = [self.programs / "exhaust-sim", "run", "--folder", self.folder / "sim", "--modbus-port", self.modbus_port,
                 "--ak-port", self.ak_port, "--camera", f"http://127.0.0.1:{self.camera_port}/anpr",
                 "--truth", self.truth_file, "--time-scale", self.time_scale, "--seed", self.seed, *self.extra_sim]
        if self.faults:
            words += ["--faults", self.folder / "faults.toml", "--fault-log", self.fault_log]
        if self.traffic:
            words += ["--traffic", pathlib.Path(self.traffic).resolve()]
        if self.passages:
            words += ["--passages", self.passages]
        return words

    def start(self, name):
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen([str(word) for word in self.command(name)], stdout=log, stderr=log,
                                                    stdin=subprocess.DEVNULL, cwd=self.folder,
                                                    start_new_session=True)  # Ctrl-C is ours to pass on
        self.stopped_by_us.discard(name)

    def start_all(self):
        for name in self.NAMES:
            self.start(name)

    def kill(self, name):
        self.stopped_by_us.add(name)
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes[name].wait()

    def stop(self, name, seconds=20):
        """Asks politely, as systemd does; the exit code must be 0."""
        process = self.processes[name]
        self.stopped_by_us.add(name)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill(name)
            raise Failure(f"{name} did not stop within {seconds} s of SIGTERM") from None
        if code != 0:
            raise Failure(f"{name} ended with exit code {code}: see {self.folder}/{name}.log")

    def stop_all(self):
        for name in reversed(self.NAMES):
            if name in self.processes and name not in self.stopped_by_us:
                self.stop(name)

    def kill_all(self):
        for name, process in self.processes.items():
            if process.poll() is None:
                self.kill(name)

    def check_alive(self):
        for name, process in self.processes.items():
            if process.poll() is not None and name not in self.stopped_by_us:
                tail = (self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-5:]
                raise Failure(f"{name} ended by itself with code {process.returncode}: " + " / ".join(tail))

    # -- what they say --------------------------------------------------------------------------------------------

    def ctl(self, name, *arguments, check=True):
        done = subprocess.run([self.programs / "exhaustctl", "--socket", self.folder / f"{name}.sock", *map(str, arguments)],
                              capture_output=True, text=True, timeout=120)
        if check and done.returncode != 0:
            raise Failure(f"exhaustctl {' '.join(map(str, arguments))} at {name}: exit {done.returncode}: {done.stderr.strip()}")
        return done

    def status(self, name):
        return json.loads(self.ctl(name, "status", "--output", "jsonl").stdout)

    def truth(self):
        if not self.truth_file.exists():
            return []
        return [json.loads(line) for line in self.truth_file.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def faults_done(self):
        """What the simulator did wrong so far: (device, kind) -> how often."""
        lines = self.fault_log.read_text().splitlines() if self.fault_log.exists() else []
        return collections.Counter((line["device"], line["kind"]) for line in map(json.loads, lines))

    def rows(self):
        """Vehicles in the traffic file."""
        return sum(1 for _ in open(self.traffic)) - 1 if self.traffic else 0

    def traffic_finished(self):
        log = self.folder / "sim.log"
        return log.exists() and re.search(r"^traffic finished", log.read_text(errors="replace"), re.M) is not None

    def account(self):
        """The station's two equations, as numbers."""
        status = self.status("station")
        lanes = {key: sum(int(lane[key]) for lane in status["lanes"]) for key in ("triggered", "passages", "missed", "open")}
        tiers = {tier["name"]: {key: int(tier[key]) for key in
                                ("stored", "accepted", "withheld", "pending", "quarantined", "expired", "damaged")}
                 for tier in status["tiers"]}
        return lanes, tiers

    def settled(self):
        """True when everything that was sent has been counted, and everything stored has been accepted."""
        lanes, tiers = self.account()
        return (lanes["triggered"] == len(self.truth()) and lanes["open"] == 0
                and all(tier["pending"] == 0 and tier["stored"] > 0 for tier in tiers.values()))

    def wait_until(self, condition, seconds, what):
        deadline = time.monotonic() + seconds
        while True:
            self.check_alive()
            try:
                if condition():
                    return
            except Failure:
                pass  # a daemon that is starting does not answer yet
            if time.monotonic() > deadline:
                raise Failure(f"after {seconds} s still not: {what}")
            time.sleep(0.1)

    def verify(self, name):
        """`ledger verify` of a stopped daemon's ledger; the station's chain in it."""
        done = subprocess.run([self.programs / "exhaustctl", "ledger", "verify", self.folder / name, "--output", "jsonl"],
                              capture_output=True, text=True)
        if done.returncode not in (0, 1):
            raise Failure(f"ledger verify {name}: exit {done.returncode}: {done.stderr.strip()}")
        report = json.loads(done.stdout)
        chain = next((c for c in report["chains"] if c["station_id"] == STATION_ID), None)
        if chain is None:
            raise Failure(f"the ledger of {name} holds no chain of station {STATION_ID}")
        return report["ok"], chain
