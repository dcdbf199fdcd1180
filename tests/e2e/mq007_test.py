"""End to end: a station whose only instrument is a complete MQ-007 unit, found by UDP, killed, and found again."""

import json
import os
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from roadside import STATION_ID, Roadside  # noqa: E402

PROGRAMS = os.environ["EXHAUST_PROGRAMS"]

SETTINGS = """\
[station]
id = "{station_id}"
simulated = true

[ledger]
folder = "station"

[service]
listen = "127.0.0.1:{station_port}"
socket = "station.sock"

[standard]
files = ["standards/hj845-2017.toml"]

[assembly]
join_window = "750ms"
plume_delay = "75ms"

[[lane]]
lane = 1

[device.unit]
driver = "mq007"
lane = 1
broadcast = "127.0.0.1"
discovery_port = {udp_port}
discovery_ports = 1
tester_name = "MQ-007-12"
period = "100ms"
backoff_first = "100ms"
backoff_most = "500ms"
"""


class UnitAndStation(Roadside):
    """Two processes: the unit and the station that reads it."""

    NAMES = ("station", "sim")

    def _write_settings(self):
        self.udp_port, self.tcp_port = self.modbus_port, self.ak_port
        (self.folder / "station.toml").write_text(
            SETTINGS.format(station_id=STATION_ID, station_port=self.station_port, udp_port=self.udp_port))

    def command(self, name):
        if name != "sim":
            return super().command(name)
        return [self.programs / "exhaust-sim", "mq007", "--udp-port", self.udp_port, "--tcp-port", self.tcp_port,
                "--name", "MQ-007-12", "--truth", self.truth_file, "--vehicles", self.passages, "--headway", "150ms",
                "--both-lengths", "--damage-every", "5"]


class CompleteUnit(unittest.TestCase):
    def station(self, vehicles):
        folder = tempfile.TemporaryDirectory(prefix="exh-")
        self.addCleanup(folder.cleanup)
        station = UnitAndStation(PROGRAMS, folder.name, passages=vehicles)
        self.addCleanup(station.kill_all)
        return station

    def expected(self, line):
        """What the unit makes of a vehicle of the truth: its combustion equation, physics.md 1."""
        values = {key: line[key] for key in ("speed_km_h", "acceleration_m_s2", "opacity_percent")}
        values["length_m"] = (400 + 10 * (line["index"] % 30)) / 100
        co, hc, no = line["co_per_co2"], line["hc_per_co2"], line["no_per_co2"]
        if co is None:
            return values | dict.fromkeys(("co2_percent", "co_percent", "hc_ppm", "no_ppm"))
        co2 = 42 / (2.79 + 2 * co + 1.21 * (hc or 0) + (no or 0))
        return values | {"co2_percent": co2, "co_percent": co * co2, "hc_ppm": None if hc is None else hc * co2 * 1e4,
                         "no_ppm": None if no is None else no * co2 * 1e4}

    def compare(self, passage, line):
        """Returns how many values are equal; a value that was not measured must be absent."""
        parts = {"speed_km_h": passage, "acceleration_m_s2": passage, "length_m": passage, "opacity_percent": passage["smoke"],
                 **{key: passage["plume"] for key in ("co2_percent", "co_percent", "hc_ppm", "no_ppm")}}
        equal = 0
        for key, value in self.expected(line).items():
            if value is None:
                self.assertNotIn(key, parts[key], line)
            else:
                self.assertAlmostEqual(parts[key][key], value, delta=max(1e-6, abs(value) * 1e-6), msg=f"{key} of {line}")
                equal += 1
        return equal

    def test_a_killed_unit_is_found_again_and_every_front_is_a_passage(self):
        station = self.station(vehicles=40)
        station.start_all()
        station.wait_until(lambda: len(station.truth()) >= 15, 20, "15 vehicles have passed")
        station.kill("sim")
        before = len(station.truth())
        device = lambda: station.status("station")["devices"][0]  # noqa: E731
        station.wait_until(lambda: "up" not in device()["state"].lower(), 5, "the unit's end is noticed")
        station.start("sim")
        station.wait_until(station.traffic_finished, 30, "the traffic has ended")
        station.wait_until(lambda: station.account()[0]["open"] == 0, 10, "every passage has closed")

        truth = station.truth()
        self.assertEqual(len(truth), 40)
        lanes, _ = station.account()
        lines = station.ctl("station", "records", "query", "--output", "jsonl").stdout.splitlines()
        passages = [record["passage"] for record in map(json.loads, lines) if record["kind"] == "passage"]
        self.assertEqual(lanes["triggered"], lanes["passages"] + lanes["missed"])
        self.assertEqual((lanes["passages"], lanes["missed"]), (len(passages), 0))
        self.assertEqual([int(p["vehicle_number"]) for p in passages], list(range(1, len(passages) + 1)))
        # The vehicle that was in the truth when the unit was killed may not have been reported any more.
        self.assertIn(len(passages), (len(truth), len(truth) - 1))
        if len(passages) < len(truth):
            del truth[before - 1]
        equal, without_result = 0, []
        for passage, line in zip(passages, truth):
            if "plume" in passage and "smoke" in passage:
                equal += self.compare(passage, line)
            else:
                without_result.append(line["index"])
        self.assertGreater(equal, 200)
        # A result that comes less than a join window (5 headways) after an opening may be of a front that was not heard.
        self.assertTrue(all(index <= 7 or before - 1 <= index <= before + 7 for index in without_result), without_result)
        station.stop("station")
        ok, chain = station.verify("station")
        self.assertTrue(ok)
        print(f"\n{len(passages)} passages of {len(station.truth())} vehicles, {equal} values equal, "
              f"{len(without_result)} without a result, {chain['entries']} entries verified")


if __name__ == "__main__":
    unittest.main(verbosity=2)
