"""End to end, with the real programs: what the simulator sent is what four ledgers hold, whatever dies on the way."""

import json
import os
import pathlib
import time
import unittest

from end_to_end import HUBS, LANES, ROOT, STATION_ID, EndToEndCase

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
        self.assertEqual(sum(r["kind"] == "gap" for r in records), 0)
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
