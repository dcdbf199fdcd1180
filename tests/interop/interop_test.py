"""With programs that are not ours: exhaustd reads pymodbus over TCP and over RTU, mbpoll reads exhaust-sim over both. What they
need is in scripts/packages.txt. Missing tools skip a test, loudly; with CI or EXHAUST_REQUIRE_INTEROP set they fail it."""

import json
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ["EXHAUST_PROGRAMS"]).resolve()
SKIPPED = 77  # as ctest is told in tests/CMakeLists.txt
REQUIRED = any(os.environ.get(name, "").lower() not in ("", "0", "false") for name in ("CI", "EXHAUST_REQUIRE_INTEROP"))

SETTINGS = """\
[station]
id = "A110119001"
name = "a station of foreign parts"
longitude_deg = 116.0
latitude_deg = 40.4
simulated = true

[ledger]
folder = "ledger"

[service]
listen = "127.0.0.1:{service_port}"
socket = "station.sock"

[standard]
files = ["{root}/config/standards/hj845-2017.toml"]

[assembly]
join_window = "5s"

[[lane]]
lane = 1
line = "01"
slope_deg = 0.2

[device.weather]
driver = "modbus"
endpoint = "{weather}"
profile = "{root}/config/devices/zhixiangyu-weather.toml"
period = "200ms"

[device.analyser]
driver = "modbus"
lane = 1
endpoint = "tcp:127.0.0.1:{modbus_port}"
unit_id = 1
profile = "{root}/config/devices/analyser-history.toml"
count = "shared"
period = "100ms"

[device.gate]
driver = "frame"
decoder = "stdbus-gate"
lane = 1
endpoint = "serial:{folder}/gate?baud=115200"
period = "100ms"
"""

WEATHER = [3.25, 180.0, 25.5, 60.0, 1013.25]
PLUMES = [[1.5, 0.0625, -0.0004, 0.0078125, 0.0001, 0.97], [0.75, -0.001, 0.002, None, None, None], [2.25, 0.01, 0.0003, 0.004, -0.00002, 0.5]]
PLUME_KEYS = ("co2_excess_percent", "co_per_co2", "hc_per_co2", "no_per_co2", "no2_per_co2", "co_r2")
WEATHER_KEYS = ("wind_speed_m_s", "wind_direction_deg", "temperature_c", "humidity_percent", "pressure_hpa")


def as_f32(value):
    return struct.unpack(">f", struct.pack(">f", value))[0]


def python_with(*modules):
    """A Python that has these modules: this one or the system's."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import " + ", ".join(modules)], capture_output=True).returncode == 0:
            return python
    return None


class Interop(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="exh-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def need(self, what, found):
        if found:
            return found
        text = f"{what} is not installed: run scripts/bootstrap"
        if REQUIRED:
            self.fail(text)
        print(f"\nSKIPPED, and so NOT TESTED: {text}", flush=True)
        self.skipTest(text)

    def start(self, *words, **options):
        process = subprocess.Popen([str(word) for word in words], cwd=self.folder, text=True, **options)

        def end():
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe:
                    pipe.close()

        self.addCleanup(end)
        return process

    def end(self, process):
        """Asks politely; what it printed."""
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 0)
        return out

    def ports(self, count):
        done = subprocess.run([PROGRAMS / "exhaust-sim", "ports", str(count)], check=True, capture_output=True, text=True)
        return done.stdout.split()

    def pty_pair(self):
        """Two serial ports with a cable between them."""
        socat = self.need("socat", shutil.which("socat"))
        process = self.start(socat, "-d", "-d", "pty,raw,echo=0", "pty,raw,echo=0", stderr=subprocess.PIPE)
        names = []
        while len(names) < 2:
            line = process.stderr.readline()
            self.assertTrue(line, "socat ended")
            names += re.findall(r"PTY is (\S+)", line)
        return names

    def wait_until(self, condition, what, seconds=20):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"after {seconds} s still not: {what}")
            time.sleep(0.05)

    # -- exhaustd reads pymodbus ----------------------------------------------------------------------------------

    def ctl(self, *words):
        return subprocess.run([PROGRAMS / "exhaustctl", "--socket", self.folder / "station.sock", *words, "--output", "jsonl"],
                              capture_output=True, text=True, timeout=30)

    def states(self):
        done = self.ctl("status")
        return {d["name"]: d.get("state") for d in json.loads(done.stdout)["devices"]} if done.returncode == 0 else {}

    def test_exhaustd_reads_pymodbus_over_tcp_and_rtu(self):
        theirs, ours = self.pty_pair()
        self.check_station(("--tty", theirs), f"rtu:{ours}?baud=9600")

    def test_exhaustd_reads_pymodbus_with_rtu_frames_over_tcp(self):
        port, = self.ports(1)
        self.check_station(("--rtu-tcp", port), f"rtu-tcp:127.0.0.1:{port}")

    def check_station(self, weather_place, weather_endpoint):
        python = self.need("pymodbus with serial support", python_with("pymodbus", "serial", "serial_asyncio"))
        modbus_port, service_port = self.ports(2)
        foreign_log = open(self.folder / "foreign.log", "w")
        self.addCleanup(foreign_log.close)
        foreign = self.start(python, ROOT / "tests/interop/foreign_devices.py", "--tcp", modbus_port, "--gate", "gate", *weather_place,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=foreign_log)
        self.assertEqual(foreign.stdout.readline(), "ready\n")

        def order(**what):
            print(json.dumps(what), file=foreign.stdin, flush=True)
            self.assertEqual(foreign.stdout.readline(), "done\n")

        order(weather=WEATHER)
        (self.folder / "station.toml").write_text(SETTINGS.format(root=ROOT, folder=self.folder, weather=weather_endpoint, modbus_port=modbus_port,
                                                                  service_port=service_port))
        with open(self.folder / "station.log", "w") as log:
            self.start(PROGRAMS / "exhaustd", "--config", "station.toml", stdout=log, stderr=log)
        self.wait_until(lambda: self.states() == {"weather": "up", "analyser": "up", "gate": "up"}, "every device answers")
        for i, plume in enumerate(PLUMES):
            order(vehicle=i + 1, speed_km_h=40.5 + i, acceleration_m_s2=0.25, plume=plume, samples=30 + i)
            time.sleep(0.3)

        passages = []

        def all_stored():
            lines = self.ctl("records", "query").stdout.splitlines()
            passages[:] = [r["passage"] for r in map(json.loads, lines) if r["kind"] == "passage"]
            return len(passages) >= len(PLUMES)

        self.wait_until(all_stored, "every vehicle is stored")
        self.assertEqual([int(passage["vehicle_number"]) for passage in passages], [1, 2, 3])
        for i, (passage, plume) in enumerate(zip(passages, PLUMES)):
            self.assertAlmostEqual(passage["speed_km_h"], 40.5 + i, places=3)
            for key, value in zip(PLUME_KEYS, plume):
                if value is None:
                    self.assertNotIn(key, passage["plume"])
                else:
                    self.assertEqual(passage["plume"][key], as_f32(value), key)
            for key, value in zip(WEATHER_KEYS, WEATHER):
                self.assertEqual(passage["weather"][key], as_f32(value), key)

    # -- mbpoll reads exhaust-sim ---------------------------------------------------------------------------------

    def mbpoll(self, *words):
        """Address -> word or number, as mbpoll prints it; one request."""
        program = self.need("mbpoll", shutil.which("mbpoll"))
        done = subprocess.run([program, "-1", "-0", *map(str, words)], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return {int(address): value for address, value in re.findall(r"^\[(\d+)\]:\s+(\S+)", done.stdout, re.M)}

    def test_mbpoll_reads_the_simulated_analysers_over_tcp(self):
        modbus_port, ak_port, camera_port = self.ports(3)
        simulator = self.start(PROGRAMS / "exhaust-sim", "run", "--folder", "lines", "--modbus-port", modbus_port, "--ak-port", ak_port,
                               "--camera", f"http://127.0.0.1:{camera_port}/anpr", "--truth", "truth.jsonl", "--passages", 12, "--at-once",
                               "--time-scale", 100, stderr=subprocess.PIPE)
        while "traffic finished" not in simulator.stderr.readline():
            self.assertIsNone(simulator.poll())
        truth = [json.loads(line) for line in (self.folder / "truth.jsonl").read_text().splitlines()]
        for line in truth:
            place = ("-p", modbus_port, "-a", line["lane"], "127.0.0.1")
            slot = 100 + 16 * (line["number"] % 64)
            words = self.mbpoll("-t", "3:hex", "-r", slot, "-c", 16, *place)
            data = struct.pack(">16H", *(int(words[slot + i], 16) for i in range(16)))
            number, *values, _, check = struct.unpack(">I6fHH", data)
            self.assertEqual((number, check), (line["number"], line["number"]))
            floats = self.mbpoll("-t", "4:float", "-B", "-r", slot + 2, "-c", 5, *place)
            for i, key in enumerate(PLUME_KEYS[:5]):
                printed = float(floats[slot + 2 + 2 * i])
                if line[key] is None:
                    self.assertNotEqual(values[i], values[i], key)
                    self.assertNotEqual(printed, printed, key)
                else:
                    self.assertEqual(values[i], as_f32(line[key]), key)
                    self.assertAlmostEqual(printed, line[key], delta=1e-5 * abs(line[key]), msg=key)
        newest = {line["lane"]: line["number"] for line in truth}
        for lane, number in newest.items():
            handshake = self.mbpoll("-t", "3:int", "-B", "-r", 0, "-p", modbus_port, "-a", lane, "127.0.0.1")
            self.assertEqual(handshake[0], str(number))

    def test_mbpoll_reads_the_simulated_weather_station_over_rtu(self):
        theirs, ours = self.pty_pair()
        self.check_weather(("--tty", ours), ("-m", "rtu", "-b", 9600, "-P", "none", theirs))

    def test_mbpoll_reads_the_simulated_weather_station_over_tcp(self):
        port, = self.ports(1)
        self.check_weather(("--tcp", port), ("-p", port, "127.0.0.1"))

    def check_weather(self, place, how):
        device = self.start(PROGRAMS / "exhaust-sim", "device", "weather", *place, stdout=subprocess.PIPE)
        time.sleep(0.3)
        printed = self.mbpoll("-t", "4:float", "-a", 1, "-r", 0, "-c", 5, *how)
        report = json.loads(self.end(device))
        self.assertEqual(report["answers"], 1)
        # The last 20 bytes before the RTU check sum, or at the end of the TCP frame: five floats, low word first.
        answer = bytes.fromhex(report["last_answer"])
        data = answer[3:23] if "rtu" in how else answer[-20:]
        words = struct.unpack(">10H", data)
        sent = [struct.unpack(">f", struct.pack(">HH", words[i + 1], words[i]))[0] for i in range(0, 10, 2)]
        for i, value in enumerate(sent):
            self.assertAlmostEqual(float(printed[2 * i]), value, delta=1e-5 * abs(value), msg=WEATHER_KEYS[i])
        self.assertTrue(0 <= sent[0] < 5 and 1000 < sent[4] < 1030, sent)


if __name__ == "__main__":
    done = unittest.main(verbosity=2, exit=False).result
    sys.exit(1 if not done.wasSuccessful() else SKIPPED if done.skipped else 0)
