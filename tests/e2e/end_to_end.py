"""What end-to-end tests share: the real programs in a folder of their own, and the oracle that compares them with the truth."""

import json
import os
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from roadside import HUBS, LANES, STATION_ID, Failure, Roadside  # noqa: E402, F401

PROGRAMS = os.environ["EXHAUST_PROGRAMS"]


class EndToEndCase(unittest.TestCase):
    def roadside(self, **options):
        folder = tempfile.TemporaryDirectory(prefix="exh-")
        self.addCleanup(folder.cleanup)
        roadside = Roadside(PROGRAMS, folder.name, **options)
        self.addCleanup(roadside.kill_all)
        return roadside

    def run_to_the_end(self, roadside, seconds=120):
        roadside.wait_until(lambda: roadside.traffic_finished() and roadside.settled(), seconds, "the traffic has ended and has arrived everywhere")

    def records(self, roadside, *filters):
        lines = roadside.ctl("station", "records", "query", "--output", "jsonl", *filters).stdout.splitlines()
        return [json.loads(line) for line in lines]

    def check_equations(self, roadside):
        """Vehicles and entries both close; each vehicle of the truth is in exactly one entry; four equal chains."""
        truth = roadside.truth()
        lanes, tiers = roadside.account()
        self.assertEqual(lanes["triggered"], len(truth))
        self.assertEqual(lanes["passages"] + lanes["missed"], len(truth))
        for name, tier in tiers.items():
            self.assertEqual(tier["stored"], tier["accepted"], name)
            self.assertEqual((tier["pending"], tier["quarantined"]), (0, 0), name)
        for name in ("station", *HUBS):
            self.check_accounts(roadside, name, len(truth))
        records = self.records(roadside)
        self.check_each_vehicle_once(truth, records)
        roadside.stop_all()
        chains = {name: roadside.verify(name) for name in ("station", *HUBS)}
        own = chains["station"][1]
        for name, (ok, chain) in chains.items():
            self.assertTrue(ok, name)
            for key in ("entries", "last_hash", "payload_digest"):
                self.assertEqual(chain[key], own[key], f"{key} of {name}")
        return records

    def check_accounts(self, roadside, name, vehicles):
        """From the ledger of a tier alone, whatever it went through: exit 0, and hours that add up to the truth."""
        reply = json.loads(roadside.ctl(name, "accounts", "--by-hour", "--output", "jsonl").stdout)
        self.assertTrue(reply["closes"], reply["problems"])
        self.assertEqual(int(reply["total"]["triggered"]), vehicles, name)
        self.assertEqual(sum(int(line["passages"]) + int(line["missed"]) for line in reply["lanes"]), vehicles, name)
        self.assertEqual({line["station_id"] for line in reply["lanes"]}, {STATION_ID})

    def check_each_vehicle_once(self, truth, records):
        for lane in LANES:
            sent = [line["number"] for line in truth if line["lane"] == lane]
            seen = []
            for record in records:
                if record["kind"] == "passage" and record["passage"]["lane"] == lane:
                    seen.append(int(record["passage"]["vehicle_number"]))
                elif record["kind"] == "gap" and record["gap"]["lane"] == lane and not record["gap"]["devices"]:
                    seen += range(int(record["gap"]["first_number"]), int(record["gap"]["last_number"]) + 1)
            self.assertEqual(seen, sent, f"lane {lane}")

    def compare_with_truth(self, truth, records, tolerance):
        """Every value that a passage has is the one that was sent; what was not measured is absent. Returns counts."""
        sent = {(line["lane"], line["number"]): line for line in truth}
        compared = absent = lost = 0
        for record in records:
            if record["kind"] != "passage":
                continue
            passage = record["passage"]
            line = sent[passage["lane"], int(passage["vehicle_number"])]
            parts = {"speed_km_h": passage, "acceleration_m_s2": passage, **{key: passage.get("plume") for key in
                     ("co2_excess_percent", "co_per_co2", "hc_per_co2", "no_per_co2", "no2_per_co2")},
                     "opacity_percent": passage.get("smoke")}
            for key, part in parts.items():
                if part is None:
                    lost += 1
                elif line[key] is None:
                    self.assertNotIn(key, part, line)
                    absent += 1
                elif key in part:
                    limit = tolerance if key.endswith("per_co2") else 1e-3
                    self.assertAlmostEqual(part[key], line[key], delta=limit, msg=f"{key} of {line}")
                    compared += 1
                else:
                    lost += 1
        return compared, absent, lost
