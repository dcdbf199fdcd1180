"""End to end under faults (field-failures F01 to F07): devices fail in every way the simulator knows, and still each vehicle
of the truth is in exactly one passage or gap, with its own values or none."""

import json
import time
import unittest

from end_to_end import EndToEndCase


def fault(device, kind, **more):
    """One entry of a fault schedule; `from_` and `for_` are the keys that Python keeps for itself."""
    keys = {"device": device, "kind": kind, **{key.rstrip("_"): value for key, value in more.items()}}
    return "[[fault]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


def devices(status):
    """name -> what `status` says of the device, its counters as numbers."""
    return {device["name"]: {**device, "counters": {c["name"]: int(c.get("count", 0)) for c in device.get("counters", [])}}
            for device in status["devices"]}


class Faults(EndToEndCase):
    def run_with(self, *faults, passages=100, time_scale=20, **options):
        roadside = self.roadside(passages=passages, time_scale=time_scale, faults="\n".join(faults), **options)
        roadside.start_all()
        return roadside

    def finish(self, roadside, *recovered):
        """Runs to the end, by when every fault is over; then everything must add up. Returns records, faults, devices."""
        self.run_to_the_end(roadside)
        for name in recovered:
            roadside.wait_until(lambda: self.state(roadside, name) == "up", 10, f"{name} is up again")
        seen, truth = devices(roadside.status("station")), roadside.truth()
        done = roadside.faults_done()
        records = self.check_equations(roadside)
        compared, _, lost = self.compare_with_truth(truth, records, 1e-6)
        print(f"\nfaults {dict(done)}: {compared} values equal, {lost} not received, "
              f"{sum(r['kind'] == 'gap' for r in records)} gaps")
        self.assertGreater(compared, 2 * len(truth))
        return records, done, seen

    def state(self, roadside, name):
        return devices(roadside.status("station"))[name].get("state")

    def polls(self, roadside):
        return {name: int(device["polls"]) for name, device in devices(roadside.status("station")).items()}

    def rates(self, roadside, seconds):
        """Polls a second of each device."""
        before, began = self.polls(roadside), time.monotonic()
        time.sleep(seconds)
        after, took = self.polls(roadside), time.monotonic() - began
        return {name: (after[name] - before[name]) / took for name in after}

    def passages(self, records, lane):
        return [r["passage"] for r in records if r["kind"] == "passage" and r["passage"]["lane"] == lane]

    def test_a_silent_smoke_meter_costs_its_own_readings_and_nobody_elses(self):
        roadside = self.run_with(fault("smoke-1", "silence", from_="60s", for_="80s"), passages=120)
        roadside.wait_until(lambda: len(roadside.truth()) >= 5, 60, "5 vehicles have been sent")
        before = self.rates(roadside, 1.5)
        roadside.wait_until(lambda: roadside.faults_done()["smoke-1", "silence"] >= 2, 60, "the smoke meter is silent")
        during = self.rates(roadside, 1.5)
        roadside.wait_until(lambda: self.state(roadside, "smoke-1") in ("degraded", "down"), 20, "its silence is noticed")
        records, _, _ = self.finish(roadside, "smoke-1")
        for name in before:
            if name != "smoke-1":
                self.assertGreater(during[name], 0.75 * before[name], f"polls a second of {name}")
        self.assertLess(during["smoke-1"], 0.5 * before["smoke-1"], "it is not asked as if it answered")
        self.assertTrue(all("smoke" in passage for passage in self.passages(records, 2)))
        silent = [passage for passage in self.passages(records, 1) if "smoke" not in passage]
        self.assertTrue(silent)
        self.assertLess(len(silent), len(self.passages(records, 1)))

    def test_a_silent_analyser_comes_back(self):
        roadside = self.run_with(fault("analyser-1", "silence", from_="40s", for_="60s"))
        roadside.wait_until(lambda: self.state(roadside, "analyser-1") in ("degraded", "down"), 60, "its silence is noticed")
        self.finish(roadside, "analyser-1", "analyser-2")

    def test_late_answers_are_never_another_vehicles(self):
        roadside = self.run_with(*(fault(device, "late", late_by=by, from_=start, count=4) for device, by, start in (
            ("analyser-1", 1, "20s"), ("analyser-2", 2, "60s"), ("analyser-1", 3, "100s"),
            ("smoke-1", 1, "20s"), ("smoke-2", 2, "20s"), ("gate-1", 1, "20s"), ("weather", 1, "20s"))),
            fault("smoke-2", "delay", delay="700ms", from_="100s", count=3), passages=110)
        _, done, seen = self.finish(roadside, "analyser-1", "analyser-2", "smoke-1", "smoke-2", "weather")
        self.assertEqual(done["analyser-1", "late"], 8)
        self.assertGreater(int(seen["analyser-1"]["errors"]) + int(seen["analyser-2"]["errors"]), 0)
        self.assertGreater(int(seen["smoke-1"]["errors"]), 0)

    def test_noise_and_damaged_frames_are_counted_and_the_next_frame_is_found(self):
        kinds = ("wrong_checksum", "noise", "truncated")
        roadside = self.run_with(*(fault(device, kind, from_=start, for_="25s", probability=0.2)
                                   for device in ("gate", "weather", "smoke") for kind, start in zip(kinds, ("10s", "40s", "70s"))),
                                 *(fault("analyser", kind, from_="60s", count=2) for kind in kinds), passages=110)
        _, done, seen = self.finish(roadside, "gate-1", "gate-2", "weather", "smoke-1", "smoke-2", "analyser-1")
        for kind in kinds:
            for device in ("gate-1", "weather", "smoke-1"):
                self.assertGreater(done[device, kind], 0, (device, kind))
        for gate in ("gate-1", "gate-2"):
            counters = seen[gate]["counters"]
            self.assertGreaterEqual(counters["bad_checksum"], done[gate, "wrong_checksum"] * 0.9, counters)
            self.assertGreaterEqual(counters["skipped_bytes"], done[gate, "noise"], counters)
            self.assertGreater(counters["bad_frames"], 0, counters)
        counters = seen["weather"]["counters"]
        self.assertGreaterEqual(counters["bad_crc"], done["weather", "wrong_checksum"] * 0.5, counters)
        self.assertGreater(counters["noise_bytes"], done["weather", "noise"], counters)

    def test_a_trickle_of_bytes_blocks_nobody(self):
        roadside = self.run_with(fault("weather", "trickle", from_="20s", count=3), fault("smoke-1", "trickle", from_="20s", count=2),
                                 fault("gate-2", "trickle", from_="20s", count=2), fault("analyser-2", "trickle", from_="60s", count=2))
        _, done, _ = self.finish(roadside, "weather", "smoke-1", "gate-2", "analyser-1", "analyser-2")
        self.assertEqual(done["weather", "trickle"], 3)

    def test_connections_that_are_reset_or_half_open_are_made_anew(self):
        roadside = self.run_with(fault("smoke", "reset", from_="15s", every="30s", for_="2s"), fault("smoke-1", "half_open", from_="60s", count=2),
                                 fault("analyser-1", "reset", from_="20s", every="40s", for_="2s"), fault("analyser-2", "half_open", from_="70s", count=2))
        _, done, seen = self.finish(roadside, "smoke-1", "smoke-2", "analyser-1", "analyser-2")
        for device, kind in (("smoke-1", "reset"), ("smoke-2", "reset"), ("analyser-1", "reset"), ("smoke-1", "half_open"), ("analyser-2", "half_open")):
            self.assertGreater(done[device, kind], 0)
            self.assertGreater(int(seen[device]["errors"]), 0, device)

    def test_a_device_that_flaps_darkens_its_lane_only_while_it_is_down(self):
        roadside = self.run_with(fault("smoke-1", "reset", from_="20s", every="40s", for_="20s", count=14), passages=150, gap_least="2s")
        roadside.wait_until(roadside.traffic_finished, 120, "the traffic has ended")
        seen = devices(roadside.status("station"))["smoke-1"]
        self.assertGreater(int(seen.get("withheld_changes", 0)), 0, "more changes than the ledger is told")
        roadside.stop("station")  # tells of what is dark then
        roadside.start("station")
        records, _, _ = self.finish(roadside, "smoke-1")
        dark = [(r["gap"]["from"], r["gap"]["to"]) for r in records if r["kind"] == "gap" and "smoke-1" in r["gap"]["devices"]]
        measured = [p["detected_at"] for p in self.passages(records, 1) if "smoke" in p]
        for begin, end in dark:
            self.assertEqual([at for at in measured if begin < at < end], [], f"measured while it is said to be dark, {begin} to {end}")

    def test_busy_devices_are_asked_again(self):
        roadside = self.run_with(fault("analyser", "busy", from_="20s", for_="20s", probability=0.3),
                                 fault("smoke", "busy", from_="20s", for_="20s", probability=0.3),
                                 fault("weather", "busy", from_="20s", for_="20s", probability=0.3), passages=80)
        records, done, seen = self.finish(roadside, "weather", "smoke-1", "analyser-1")
        for device in ("analyser-1", "weather"):
            self.assertEqual(seen[device]["counters"]["refused"], done[device, "busy"], device)
        self.assertTrue(all("plume" in passage for lane in (1, 2) for passage in self.passages(records, lane)))

    def test_torn_blocks_and_double_posts_mix_no_two_vehicles(self):
        roadside = self.run_with(fault("analyser-1", "torn", from_="0s", probability=0.4), fault("analyser-2", "torn", from_="40s", for_="40s"),
                                 fault("camera", "double_post", from_="0s", probability=0.5), fault("camera-2", "clock", off_by="-90s"), seed=5)
        records, done, seen = self.finish(roadside)
        self.assertGreater(done["analyser-1", "torn"], 0)
        self.assertGreater(seen["analyser-2"]["counters"]["torn"], 0)
        self.assertEqual(seen["camera"]["counters"]["double_posts"], done["camera-1", "double_post"] + done["camera-2", "double_post"])
        self.assertEqual(sum(r["kind"] == "gap" for r in records), 0)
        plates = {(line["lane"], line["number"]): line["plate"] for line in roadside.truth() if line["plate_read"]}
        for lane in (1, 2):
            for passage in self.passages(records, lane):
                key = lane, int(passage["vehicle_number"])
                if key in plates:
                    self.assertEqual(passage["plate"]["text"], plates[key])


if __name__ == "__main__":
    unittest.main(verbosity=2)
