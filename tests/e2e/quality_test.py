"""Quality control end to end: what an operator records is in the ledger, in the status, and in the records behind it."""

import json
import subprocess
import unittest

from end_to_end import ROOT, EndToEndCase


class Quality(EndToEndCase):
    def calibration(self, roadside, *words):
        return roadside.ctl("station", "calibration", *words, check=False)

    def passages(self, roadside, lane):
        return [r["passage"] for r in self.records(roadside, "--kind", "passage") if r["passage"]["lane"] == lane]

    def test_a_check_that_failed_makes_the_lanes_records_invalid_until_one_passes(self):
        roadside = self.roadside(passages=150, time_scale=20)
        roadside.start_all()
        roadside.wait_until(lambda: len(self.passages(roadside, 1)) >= 5, 60, "some vehicles are stored")
        self.assertEqual(self.calibration(roadside, "status").returncode, 0)

        wrong = self.calibration(roadside, "record", "statc", "--lane", 1, "co_percent=5.24/5.20")
        self.assertEqual(wrong.returncode, 64)
        self.assertIn("did you mean 'static_check'", wrong.stderr)
        wrong = self.calibration(roadside, "record", "static", "--lane", 1, "co_prcent=5.24/5.20")
        self.assertEqual(wrong.returncode, 65)
        self.assertIn("did you mean 'co_percent'", wrong.stderr)
        self.assertEqual(self.calibration(roadside, "record", "static", "--lane", 9, "co_percent=5.24/5.20").returncode, 65)

        failed = self.calibration(roadside, "record", "static", "--lane", 1, "co_percent=5.24/5.20", "no_ppm=2500/2200",
                                  "--inspector", "Li", "--organisation", "district", "--remark", "weekly")
        print("\n" + failed.stdout.strip())
        self.assertEqual(failed.returncode, 1, failed.stderr)
        for line in ("co_percent", "within", "NOT WITHIN", "FAILED"):
            self.assertIn(line, failed.stdout)
        status = self.calibration(roadside, "status")
        self.assertEqual(status.returncode, 1)
        print(status.stdout.strip())
        before = len(self.passages(roadside, 1))
        roadside.wait_until(lambda: len(self.passages(roadside, 1)) >= before + 5, 60, "more vehicles are stored")
        passed = self.calibration(roadside, "record", "static", "--lane", 1, "co_percent=5.24/5.20", "no_ppm=2500/2480", "--output", "jsonl")
        self.assertEqual(passed.returncode, 0, passed.stderr)
        check = json.loads(passed.stdout)["check"]
        self.assertEqual([c["within"] for c in check["compared"]], [True, True])
        self.assertAlmostEqual(check["compared"][1]["tolerance"], 250)
        self.run_to_the_end(roadside)

        states = [p["quality_control"]["state"] for p in self.passages(roadside, 1)]
        self.assertEqual(states[0], "qc_unknown")
        self.assertGreaterEqual(states.count("failed"), 5)
        self.assertEqual(states[-1], "qc_unknown")
        for passage in self.passages(roadside, 1):
            reasons = passage["assessment"]["validity"]["reasons"]
            self.assertEqual("QC" in reasons, passage["quality_control"]["state"] == "failed", reasons)
        self.assertEqual({p["quality_control"]["state"] for p in self.passages(roadside, 2)}, {"qc_unknown"})
        history = self.calibration(roadside, "history").stdout
        self.assertEqual(history.count("static_check"), 2, history)
        self.check_equations(roadside)

    def test_audit_vehicles_are_compared_and_a_failed_audit_amends_once(self):
        roadside = self.roadside(passages=150, time_scale=20)
        roadside.start_all()
        roadside.wait_until(lambda: len(self.passages(roadside, 1)) >= 5, 60, "some vehicles are stored")
        file = json.loads(roadside.ctl("station", "capture", "start", "--output", "jsonl").stdout)["file"]
        started = self.calibration(roadside, "audit", "start", "co_per_co2=0.9", "--lane", 1, "--minutes", 30)
        self.assertEqual(started.returncode, 0, started.stderr)
        roadside.wait_until(lambda: len([p for p in self.passages(roadside, 1) if p["purpose"] == "audit"]) >= 6, 60, "audit vehicles went by")
        roadside.kill("station")
        roadside.start("station")
        roadside.wait_until(lambda: len(self.passages(roadside, 1)) >= 25, 60, "the station is back")
        self.assertEqual(self.calibration(roadside, "audit", "stop", "--lane", 1).returncode, 0)
        self.run_to_the_end(roadside)

        audits = [p for p in self.passages(roadside, 1) if p["purpose"] == "audit"]
        for passage in audits:
            self.assertFalse(passage["assessment"]["flagged"])
            self.assertIn(passage["assessment"]["verdict"], ("INVALID", "NOT_JUDGED"))
        checks = [r["quality_check"] for r in self.records(roadside, "--kind", "audit")]
        self.assertTrue(checks)
        self.assertLessEqual({c["record_number"] for c in checks}, {p["record_number"] for p in audits})
        amendments = [r["amendment"] for r in self.records(roadside, "--kind", "amendment")]
        self.assertEqual(len(amendments), 1, amendments)
        self.assertEqual((amendments[0]["lane"], amendments[0]["effect"], amendments[0]["reason"]), (1, "invalid", "audit_failed"))
        cause = next(r for r in self.records(roadside, "--kind", "audit") if not r["quality_check"]["passed"])
        self.assertEqual(amendments[0]["cause"]["sequence"], cause["sequence"])
        actions = [r["operator_action"]["action"] for r in self.records(roadside, "--kind", "operator_action")]
        self.assertEqual(actions, ["capture_start", "audit_start", "audit_stop"])
        self.check_equations(roadside)
        # The capture that the kill cut off.
        compared = subprocess.run([roadside.programs / "exhaustctl", "replay", file, "--against", roadside.folder / "station"],
                                  capture_output=True, text=True, timeout=120)
        self.assertEqual(compared.returncode, 0, compared.stdout + compared.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
