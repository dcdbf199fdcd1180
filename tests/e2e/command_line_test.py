"""exhaustctl and the daemons by their words and exit codes; needs no running daemon."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ["EXHAUST_PROGRAMS"])

# physics.md 1.1 (row Q = 0.05) and 2.1 (first row), under HJ 845-2017.
DIESEL = {"plate": {"text": "京A12345", "color": "yellow"}, "speed_km_h": 46.81, "acceleration_m_s2": 0.21, "slope_deg": 0.2,
          "plume": {"co2_excess_percent": 1.36, "co_per_co2": 0.05, "hc_per_co2": 0.001, "no_per_co2": 0.005},
          "smoke": {"opacity_percent": 35.2}}


def run(*words, program="exhaustctl", given=None):
    return subprocess.run([PROGRAMS / program, *words], input=given, capture_output=True, text=True, timeout=60)


class CommandLine(unittest.TestCase):
    def assess(self, *passages):
        done = run("assess", given="".join(json.dumps(p) + "\n" for p in passages))
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line)["passage"]["assessment"] for line in done.stdout.splitlines()]

    def test_assess_gives_the_published_numbers(self):
        found, = self.assess(DIESEL)
        self.assertAlmostEqual(found["vsp_kw_per_t"], 6.8945, places=4)
        self.assertAlmostEqual(found["co2_percent"], 14.5017, places=4)
        self.assertAlmostEqual(found["no_ppm"], 725.1, places=1)
        self.assertEqual((found["verdict"], found["flagged"]), ("FAIL", True))

    def test_assess_takes_the_limit_itself_as_passed_and_keeps_negatives(self):
        at_limit = {**DIESEL, "smoke": {"opacity_percent": 30}}
        negative = {**DIESEL, "plume": {**DIESEL["plume"], "co_per_co2": -0.05}}
        passed, kept = self.assess(at_limit, negative)
        self.assertEqual(passed["verdict"], "PASS")
        self.assertLess(kept["co_percent"], 0)

    def test_assess_leaves_missing_things_missing(self):
        no_smoke = {key: value for key, value in DIESEL.items() if key not in ("smoke", "acceleration_m_s2")}
        found, = self.assess(no_smoke)
        self.assertEqual(found["verdict"], "INVALID")
        self.assertIn("NO_ACCELERATION", found["validity"]["reasons"])
        self.assertNotIn("vsp_kw_per_t", found)
        self.assertFalse(found["flagged"])

    def test_assess_says_which_line_is_wrong_and_goes_on(self):
        done = run("assess", given="nonsense\n" + json.dumps(DIESEL) + "\n")
        self.assertEqual(done.returncode, 65)
        self.assertIn("line 1", done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 1)

    def test_wrong_words_end_with_their_exit_codes(self):
        with tempfile.TemporaryDirectory(prefix="exh-") as folder:
            wrong = pathlib.Path(folder) / "wrong.toml"
            wrong.write_text("[station]\nid = \"X\"\n")
            for words, program, code in (
                    ([], "exhaustctl", 64), (["stauts"], "exhaustctl", 64), (["records"], "exhaustctl", 64),
                    (["records", "explain"], "exhaustctl", 64), (["status", "--output", "xml"], "exhaustctl", 64),
                    (["status", "--socket", folder + "/none"], "exhaustctl", 69),
                    (["config", "check", str(wrong)], "exhaustctl", 78), (["config", "check", folder + "/none.toml"], "exhaustctl", 78),
                    (["ledger", "verify", folder + "/none"], "exhaustctl", 74), (["--config", str(wrong)], "exhaustd", 78),
                    (["--confg"], "exhaustd", 64), (["run"], "exhaust-sim", 64), (["ports", "x"], "exhaust-sim", 64)):
                done = run(*words, program=program)
                self.assertEqual(done.returncode, code, f"{program} {words}: {done.stdout}{done.stderr}")
                self.assertTrue(done.stderr.strip(), f"{program} {words} says nothing")

    def test_health_of_nobody_is_critical(self):
        done = run("health", "--socket", "/nowhere/exhaustd.sock")
        self.assertEqual(done.returncode, 2)
        self.assertIn("EXHAUSTD CRITICAL", done.stdout)

    def test_the_shipped_settings_are_valid(self):
        for name in ("exhaustd.toml", "hub.toml"):
            self.assertEqual(run("config", "check", str(ROOT / "config" / name)).returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
