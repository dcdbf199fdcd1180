"""End to end, with the real programs: what the simulator sent is what four ledgers hold, whatever dies on the way."""

import json
import os
import pathlib
import re
import subprocess
import time
import unittest

from end_to_end import HUBS, LANES, PROGRAMS, ROOT, STATION_ID, EndToEndCase

CONOX = pathlib.Path(os.environ.get("EXHAUST_CONOX", ROOT.parent / "shared" / "data" / "conox_sample.csv"))
LONG = bool(os.environ.get("EXHAUST_LONG"))


class EndToEnd(EndToEndCase):
    def test_every_vehicle_arrives_everywhere(self):
        roadside = self.roadside(passages=60, time_scale=20)
        roadside.start_all()
        self.run_to_the_end(roadside)
        status = roadside.ctl("station", "health", check=False)
        self.assertIn(status.returncode, (0, 1), status.stdout)
        records = self.check_equations(roadside)
        self.assertEqual([r["gap"] for r in records if r["kind"] == "gap"], [])
        compared, _, lost = self.compare_with_truth(roadside.truth(), records, 1e-6)
        self.assertGreater(compared, 300)
        self.assertLess(lost, compared * 0.02)
        passage = next(r for r in records if r["kind"] == "passage")
        self.assertEqual(passage["station_id"], STATION_ID)
        self.assertTrue(passage["simulated"])
        self.assertRegex(passage["passage"]["record_number"], rf"^{STATION_ID}0[12]\d{{14}}$")
        numbers = [r["passage"]["record_number"] for r in records if r["kind"] == "passage"]
        self.assertEqual(len(numbers), len(set(numbers)))

    def test_a_flagged_vehicle_is_explained(self):
        roadside = self.roadside(passages=80, time_scale=40, seed=3)
        roadside.start_all()
        self.run_to_the_end(roadside)
        flagged = self.records(roadside, "--flagged")
        self.assertTrue(flagged)
        explained = roadside.ctl("station", "records", "explain", flagged[0]["sequence"]).stdout
        for word in ("hj845-2017", "identical"):
            self.assertIn(word, explained)
        in_chinese = roadside.ctl("station", "--lang", "zh", "records", "explain", flagged[0]["sequence"]).stdout
        for word in ("hj845-2017", "重新计算：完全一致"):
            self.assertIn(word, in_chinese)
        started = roadside.ctl("station", "records", "explain", 1)
        self.assertIn("the beginning of a ledger", started.stdout)
        # What a centre reads from the nation is what the station stored.
        at_nation = roadside.ctl("nation", "records", "query", "--station", STATION_ID, "--flagged", "--output", "jsonl").stdout
        self.assertEqual([json.loads(line) for line in at_nation.splitlines()], flagged)

    def kill_and_bring_back(self, name, down_s):
        roadside = self.roadside(passages=100, time_scale=20)
        roadside.start_all()
        roadside.wait_until(lambda: len(roadside.truth()) >= 30, 60, "30 vehicles have been sent")
        roadside.kill(name)
        time.sleep(down_s)
        roadside.start(name)
        self.run_to_the_end(roadside)
        return self.check_equations(roadside)

    def test_killing_the_station_leaves_one_gap_a_lane_with_the_right_number(self):
        records = self.kill_and_bring_back("station", 2)
        gaps = [r["gap"] for r in records if r["kind"] == "gap"]
        self.assertTrue(gaps)
        for lane in LANES:
            self.assertLessEqual(len([g for g in gaps if g["lane"] == lane]), 1)
        for gap in gaps:
            self.assertEqual(gap["reason"], "station_stopped")
            self.assertEqual(int(gap["missed"]), int(gap["last_number"]) - int(gap["first_number"]) + 1)

    def test_killing_the_simulator_ends_in_the_same_equations(self):
        self.kill_and_bring_back("sim", 1)

    def test_killing_the_city_loses_and_repeats_nothing(self):
        self.kill_and_bring_back("city", 1)

    def test_killing_the_province_loses_and_repeats_nothing(self):
        self.kill_and_bring_back("province", 1)

    def test_killing_the_nation_loses_and_repeats_nothing(self):
        self.kill_and_bring_back("nation", 1)

    def offline(self, *words):
        return subprocess.run([pathlib.Path(PROGRAMS) / "exhaustctl", *map(str, words)], capture_output=True, text=True, timeout=120)

    def test_a_capture_replays_to_the_bytes_of_the_ledger(self):
        roadside = self.roadside(passages=80, time_scale=10)
        roadside.start_all()
        roadside.wait_until(lambda: len(roadside.truth()) >= 10, 60, "some vehicles have been sent")
        status = json.loads(roadside.ctl("station", "capture", "start", "--note", "end to end", "--output", "jsonl").stdout)
        self.assertEqual(status["state"], "running")
        self.assertEqual(roadside.ctl("station", "capture", "start", check=False).returncode, 65)
        roadside.wait_until(lambda: len(roadside.truth()) >= 60, 120, "more vehicles have been sent")
        status = json.loads(roadside.ctl("station", "capture", "stop", "--output", "jsonl").stdout)
        self.assertEqual((status["state"], status["dropped"]), ("done", "0"))
        self.run_to_the_end(roadside)
        actions = [r["operator_action"]["action"] for r in self.records(roadside, "--kind", "operator_action")]
        self.assertEqual(actions, ["capture_start", "capture_stop"])
        running = roadside.ctl("station", "assess", "--from-sequence", "1", "--output", "jsonl")
        self.assertEqual(running.returncode, 0, running.stdout + running.stderr)
        self.assertGreater(json.loads(running.stdout)["identical"], 20)
        self.check_equations(roadside)  # and stops all

        again = self.offline("assess", "--ledger", roadside.folder / "station", "--output", "jsonl")
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        self.assertEqual(json.loads(again.stdout)["different"], 0)
        compared = self.offline("replay", status["file"], "--against", roadside.folder / "station")
        print("\n" + compared.stdout.strip())
        self.assertEqual(compared.returncode, 0, compared.stdout + compared.stderr)
        self.assertGreater(int(compared.stdout.split()[0]), 35)
        digests = {self.offline("replay", status["file"], "--digest").stdout for _ in range(2)}
        self.assertEqual(len(digests), 1)
        lines = [json.loads(line) for line in self.offline("replay", status["file"], "--output", "jsonl").stdout.splitlines()]
        self.assertTrue(any(line["record"]["kind"] == "passage" for line in lines))
        # One device alone, as a driver's test reads it.
        for device in ("gate-1", "analyser-1", "smoke-1", "camera", "weather"):
            shown = self.offline("capture", "show", status["file"], "--device", device)
            self.assertEqual(shown.returncode, 0, shown.stderr)
            frames = [line for line in shown.stdout.splitlines() if not line.startswith("#")]
            for line in frames:
                self.assertRegex(line, r"^\d+\.\d{6} [<>=x]( [0-9A-F]{2})*$")
            self.assertTrue(any(line.split()[1] == "=" for line in frames), device)
        # By other rules: the same vehicles, other verdicts.
        standard = (ROOT / "config" / "standards" / "hj845-2017.toml").read_text()
        strict = roadside.folder / "strict.toml"
        strict.write_text(re.sub(r"^limit = .*$", "limit = 0.1", standard, flags=re.M).replace('id = "hj845-2017"', 'id = "strict"'))
        differs = self.offline("replay", status["file"], "--standard", strict, "--diff")
        self.assertEqual(differs.returncode, 1, differs.stdout + differs.stderr)
        self.assertIn("strict", differs.stdout)
        rejudged = self.offline("assess", "--standard", strict, "--diff", "--ledger", roadside.folder / "station", "--output", "jsonl")
        self.assertEqual(rejudged.returncode, 1, rejudged.stdout + rejudged.stderr)
        self.assertGreater(json.loads(rejudged.stdout.splitlines()[-1])["totals"]["verdicts"]["PASS -> FAIL"], 0)

    def registered(self, roadside, vehicles, fuel):
        rows = "".join(f"{v['plate']},{v['plate_color']},{fuel},N2\n" for v in vehicles)
        table = roadside.folder / "vehicles.csv"
        table.write_text("hphm,cpys,rlzl,category\n" + rows)
        imported = self.offline("registry", "import", table, "--into", roadside.folder / "vehicles.db")
        self.assertEqual(imported.returncode, 0, imported.stderr)

    def test_a_registry_replaced_while_measuring_tells_the_fuel_and_the_capture_replays(self):
        # The same seed sends the same vehicles: a run without anybody who listens tells their plates.
        rehearsal = self.roadside(passages=60, time_scale=200, seed=5, extra_sim=["--at-once"])
        rehearsal.start("sim")
        rehearsal.wait_until(rehearsal.traffic_finished, 60, "the vehicles are known")
        vehicles = {v["plate"]: v for v in rehearsal.truth()}
        roadside = self.roadside(passages=60, time_scale=20, seed=5, more_settings='\n[registry]\nfile = "vehicles.db"\n')
        self.registered(roadside, vehicles.values(), "Z")
        roadside.start_all()
        roadside.wait_until(lambda: len(roadside.truth()) >= 15, 60, "some vehicles have been sent")
        file = json.loads(roadside.ctl("station", "capture", "start", "--output", "jsonl").stdout)["file"]
        self.registered(roadside, vehicles.values(), "C")
        roadside.wait_until(lambda: roadside.status("station")["registry"]["replaced"] == "1", 30, "the new registry is in force")
        (roadside.folder / "bad.db").write_bytes(b"no registry")
        os.replace(roadside.folder / "bad.db", roadside.folder / "vehicles.db")
        roadside.wait_until(lambda: roadside.status("station")["registry"]["refused"] == "1", 30, "the bad one was refused")
        self.run_to_the_end(roadside)
        registry = roadside.status("station")["registry"]
        self.assertIn("not a database", registry["detail"])
        self.assertGreater(int(registry["found"]), 30)
        records = self.check_equations(roadside)  # and stops all
        fuels = [r["passage"]["vehicle"]["fuel"] for r in records if r["kind"] == "passage" and r["passage"].get("plate", {}).get("text")
                 and r["passage"]["vehicle"]["fuel_source"] == "registry"]
        self.assertEqual(len(fuels), int(registry["found"]))
        self.assertIn("other", fuels)
        self.assertIn("electric", fuels)
        events = [r["device_event"]["detail"] for r in records if r["kind"] == "device_event" and r["device_event"]["device"] == "registry"]
        self.assertEqual(len(events), 2)
        compared = self.offline("replay", file, "--against", roadside.folder / "station")
        self.assertEqual(compared.returncode, 0, compared.stdout + compared.stderr)
        self.assertNotIn("no answer", compared.stderr)

    def test_a_station_that_stops_completes_its_capture(self):
        roadside = self.roadside(passages=60, time_scale=20)
        roadside.start_all()
        roadside.wait_until(lambda: len(roadside.truth()) >= 10, 60, "some vehicles have been sent")
        file = json.loads(roadside.ctl("station", "capture", "start", "--output", "jsonl").stdout)["file"]
        roadside.wait_until(lambda: len(roadside.truth()) >= 30, 60, "more vehicles have been sent")
        roadside.stop("station")  # in the middle of traffic
        compared = self.offline("replay", file, "--against", roadside.folder / "station")
        self.assertEqual(compared.returncode, 0, compared.stdout + compared.stderr)

    def test_a_lane_without_its_devices_says_so_in_gap_entries(self):
        roadside = self.roadside(passages=120, time_scale=20, gap_least="1s")
        roadside.start_all()
        roadside.wait_until(lambda: len(roadside.truth()) >= 20, 60, "some vehicles have been sent")
        roadside.kill("sim")
        time.sleep(4)
        roadside.start("sim")
        self.run_to_the_end(roadside)
        records = self.check_equations(roadside)
        for lane in LANES:
            stretches = [r["gap"] for r in records if r["kind"] == "gap" and r["gap"]["lane"] == lane and r["gap"]["devices"]]
            self.assertTrue(stretches, f"lane {lane}")
            self.assertIn(f"gate-{lane}", [d for g in stretches for d in g["devices"]])
            for gap in stretches:
                self.assertLess(gap["from"], gap["to"])
                self.assertIn(gap["reason"], ("gate_down", "instrument_down"))

    @unittest.skipUnless(CONOX.exists(), f"no measured vehicles at {CONOX}: set EXHAUST_CONOX")
    def test_measured_vehicles_keep_their_ratios(self):
        rows = None if LONG else 300
        roadside = self.roadside(traffic=CONOX, passages=rows, time_scale=40)
        roadside.start_all()
        self.run_to_the_end(roadside, 1800 if LONG else 180)
        records = self.check_equations(roadside)
        compared, absent, lost = self.compare_with_truth(roadside.truth(), records, 1e-6)
        print(f"\n{len(roadside.truth())} measured vehicles: {compared} values equal, {absent} not measured, {lost} not received")
        self.assertGreater(absent, 0)
        plumes = [r["passage"]["plume"] for r in records if r["kind"] == "passage" and "plume" in r["passage"]]
        self.assertTrue(any(p.get("co_per_co2", 0) < 0 for p in plumes), "negative ratios survive")
        self.assertLess(lost, compared * 0.01)


if __name__ == "__main__":
    unittest.main(verbosity=2)
