"""exhaustctl and the daemons by their words and exit codes; needs no running daemon."""

import json
import os
import pathlib
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ["EXHAUST_PROGRAMS"])

# physics.md 1.1 (row Q = 0.05) and 2.1 (first row), under HJ 845-2017.
DIESEL = {"plate": {"text": "京A12345", "color": "yellow"}, "speed_km_h": 46.81, "acceleration_m_s2": 0.21, "slope_deg": 0.2,
          "plume": {"co2_excess_percent": 1.36, "co_per_co2": 0.05, "hc_per_co2": 0.001, "no_per_co2": 0.005},
          "smoke": {"opacity_percent": 35.2}}


SMOKE = """[device.smoke]
driver = "ak"
lane = 1
endpoint = "tcp:127.0.0.1:{port}"
values = ["measurement_number", "opacity_percent"]
period = "50ms"
"""


def answer_ak(server, numbers):
    """A smoke meter whose measurement numbers are these, then the last one for ever; each opacity is 10 more."""
    numbers = list(numbers)
    while True:
        try:
            line, _ = server.accept()
        except OSError:
            return
        with line:
            while line.recv(100):
                number = numbers.pop(0) if len(numbers) > 1 else numbers[0]
                line.sendall(f"\x02 AKON 0 {number} {number + 10}\x03".encode())


def answer_modbus(server, unit, registers):
    """A Modbus TCP device with these holding registers; other units are silent, other registers refused."""
    while True:
        line, _ = server.accept()
        with line:
            while len(request := line.recv(12)) == 12:
                number, _, _, asked, function, first, count = struct.unpack(">HHHBBHH", request)
                if asked != unit:
                    continue
                words = [registers.get(a) for a in range(first, first + count)]
                refused = function != 3 or None in words
                body = struct.pack(">BBB", unit, function | 0x80, 2) if refused else struct.pack(f">BBB{count}H", unit, function, 2 * count, *words)
                line.sendall(struct.pack(">HHH", number, 0, len(body)) + body)


def run(*words, program="exhaustctl", given=None, locale=None):
    return subprocess.run([PROGRAMS / program, *words], input=given, capture_output=True, text=True, timeout=60,
                          env={key: value for key, value in os.environ.items() if key not in ("LC_ALL", "LC_MESSAGES", "LANG")} | (locale or {}))


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

    def test_standards_are_listed_shown_checked_and_compared(self):
        listed = {s["id"]: s for s in json.loads(run("standards", "list", "--output", "json").stdout)}
        self.assertEqual(listed["hj845-2017"]["limits"], "opacity 30 %, ringelmann 1, no 1500 ppm (screened)")
        self.assertFalse(listed["hj845-2017"]["example"])
        self.assertTrue(all(s["example"] for name, s in listed.items() if name != "hj845-2017"))
        settings = self.station("")
        asked = [json.loads(line) for line in run("standards", "list", "--output", "jsonl", "--config", settings).stdout.splitlines()]
        self.assertEqual([s["id"] for s in asked if s["asked"] == 1], ["hj845-2017"])
        shown = run("standards", "show", "hj845-2017")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("opacity above 30 %: the vehicle fails", shown.stdout)
        self.assertEqual(json.loads(run("standards", "show", "hj845-2017", "-o", "jsonl").stdout)["keys"]["limit.opacity.judged.limit"], 30)
        with tempfile.TemporaryDirectory(prefix="exh-") as folder:
            shipped = (ROOT / "config" / "standards" / "hj845-2017.toml").read_text()
            wrong, strict = pathlib.Path(folder) / "wrong.toml", pathlib.Path(folder) / "strict.toml"
            wrong.write_text(shipped.replace("limit = 30", "limit = 130").replace('role = "screened"', 'role = "sreened"'))
            strict.write_text(shipped.replace("limit = 30", "limit = 25"))
            checked = run("standards", "check", str(strict), str(wrong))
            self.assertEqual(checked.returncode, 78)
            self.assertIn("strict.toml: valid: hj845-2017", checked.stdout)
            self.assertRegex(checked.stderr, r"wrong.toml:\d+: limit.limit: expected a number from 0 to 100\n.*wrong.toml:\d+: limit.role: 'sreened'")
            compared = run("standards", "diff", "hj845-2017", str(strict))
            self.assertEqual(compared.returncode, 1)
            self.assertRegex(compared.stdout, r"limit.opacity.judged.limit +30 +25 +stricter: more vehicles exceed")
            self.assertEqual(run("standards", "diff", "hj845-2017", "hj845-2017").returncode, 0)
        self.assertEqual(run("standards", "show", "no-such").returncode, 78)

    def test_stored_records_are_judged_again_and_compared_under_other_rules(self):
        smoky = {**DIESEL, "smoke": {"opacity_percent": 28}, "detected_at": "2026-11-23T02:02:11Z"}
        stored = run("assess", given=json.dumps(smoky) + "\n").stdout * 3
        explained = run("assess", "--explain", given=stored)
        self.assertEqual((explained.returncode, explained.stderr, explained.stdout.count("recomputed: identical")), (0, "", 3))
        self.assertIn("28 % is not greater than the limit of 30 %: does not exceed", explained.stdout)
        chinese = run("--lang", "zh", "assess", "--explain", given=stored)
        self.assertEqual((chinese.returncode, chinese.stderr, chinese.stdout.count("重新计算：完全一致")), (0, "", 3))
        self.assertIn("28 % 不大于限值 30 %：未超标", chinese.stdout)
        by_locale = {"LC_ALL": "", "LC_MESSAGES": "zh_CN.UTF-8", "LANG": "de_DE.UTF-8"}
        self.assertEqual(run("assess", "--explain", given=stored, locale=by_locale).stdout, chinese.stdout)
        self.assertEqual(run("assess", "--explain", "--lang", "en", given=stored, locale=by_locale).stdout, explained.stdout)
        self.assertEqual(run("assess", "--explain", "--lang", "fr", given=stored).returncode, 64)
        again = run("assess", given=stored)
        self.assertEqual((again.returncode, again.stderr), (0, ""))
        self.assertIn("3 passages judged again by the standards that they name: 3 identical, byte for byte; 0 different", again.stdout)
        altered = run("assess", "-o", "jsonl", given=stored.replace('"verdict":"PASS"', '"verdict":"FAIL"', 1))
        self.assertEqual(altered.returncode, 1)
        self.assertEqual(json.loads(altered.stdout), {"passages": 3, "identical": 2, "different": 1, "without_standard": 0})
        self.assertIn("sequence 1: DIFFERENT: verdict FAIL -> PASS", altered.stderr)
        with tempfile.TemporaryDirectory(prefix="exh-") as folder:
            shipped = (ROOT / "config" / "standards" / "hj845-2017.toml").read_text()
            strict = pathlib.Path(folder) / "strict.toml"
            strict.write_text(shipped.replace("limit = 30", "limit = 25"))
            differs = run("assess", "--standard", str(strict), "--diff", "-o", "jsonl", given=stored)
            self.assertEqual(differs.returncode, 1, differs.stderr)
            *changes, last = [json.loads(line) for line in differs.stdout.splitlines()]
            self.assertEqual([c["verdict"] for c in changes], [{"was": "PASS", "is": "FAIL"}] * 3)
            self.assertEqual((last["totals"]["passages"], last["totals"]["verdicts"], last["totals"]["flags"]), (3, {"PASS -> FAIL": 3}, {"no -> yes": 3}))
            self.assertIn("PASS -> FAIL 3", run("assess", "--standard", str(strict), "--diff", given=stored).stdout)
            self.assertIn("合格 -> 不合格 3", run("assess", "--standard", str(strict), "--diff", "--lang", "zh", given=stored).stdout)
        same = run("assess", "--standard", str(ROOT / "config" / "standards" / "hj845-2017.toml"), "--diff", given=stored)
        self.assertEqual(same.returncode, 0, same.stdout)
        self.assertIn("3 passages judged again, 0 would change", same.stdout)
        self.assertEqual(run("assess", "--diff", given=stored).returncode, 64)

    def station(self, devices):
        """A station's settings in a folder of their own; nobody runs there."""
        temporary = tempfile.TemporaryDirectory(prefix="exh-")
        self.addCleanup(temporary.cleanup)
        folder = pathlib.Path(temporary.name)
        for name in ("devices", "standards"):
            (folder / name).symlink_to(ROOT / "config" / name)
        (folder / "s.toml").write_text('[station]\nid = "A110119001"\n[ledger]\nfolder = "ledger"\n[service]\nsocket = "s.sock"\n'
                                       '[standard]\nfiles = ["standards/hj845-2017.toml"]\n[[lane]]\nlane = 1\n' + devices)
        return str(folder / "s.toml")

    def test_a_plan_shows_the_bytes_and_touches_no_device(self):
        settings = self.station(SMOKE.format(port=9))
        done = run("device", "plan", "smoke", "--config", settings)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("02 20 41 4B 4F 4E 20 4B 30 03", done.stdout)
        question, = [json.loads(line) for line in run("device", "plan", "smoke", "--config", settings, "-o", "jsonl").stdout.splitlines()]
        self.assertEqual(question["when"], "each poll")

    def test_a_probe_finds_an_unknown_weather_station_and_proposes_its_profile(self):
        # devices.md 3.1: five f32, words reversed, here by a device that counts as unit 3.
        words = struct.unpack(">10H", struct.pack(">5f", 3.25, 180, 25.5, 60, 1013.25))
        registers = {2 * i + j: words[2 * i + 1 - j] for i in range(5) for j in range(2)}
        with socket.create_server(("127.0.0.1", 0)) as server:
            threading.Thread(target=answer_modbus, args=(server, 3, registers), daemon=True).start()
            endpoint = f"tcp:127.0.0.1:{server.getsockname()[1]}"
            with tempfile.TemporaryDirectory(prefix="exh-") as folder:
                done = run("device", "probe", endpoint, "--units", "2-3", "--write", folder + "/found.toml", "--config", folder + "/none.toml", "-o", "jsonl")
                self.assertEqual(done.returncode, 0, done.stderr)
                best = json.loads(done.stdout.splitlines()[0])
                self.assertEqual((best["unit"], best["function"]), (3, "holding"))
                values = {v["quantity"]: v.get("value") for v in best["values"]}
                self.assertEqual((values["temperature_c"], values["humidity_percent"], values["pressure_hpa"]), (25.5, 60, 1013.25))
                self.assertIn("[[field]]", (pathlib.Path(folder) / "found.toml").read_text())
            silent = run("device", "probe", endpoint, "--units", "9", "--response-timeout", "20", "--config", "/none")
            self.assertEqual(silent.returncode, 69)
            self.assertIn("no unit answers", silent.stderr)
        for words in (["tcp:x"], ["tcp:127.0.0.1:1", "--units", "0-300"], ["tcp:127.0.0.1:1", "--registers", "9-1"]):
            self.assertEqual(run("device", "probe", *words, "--config", "/none").returncode, 64, words)

    def test_a_device_is_read_without_a_daemon(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            threading.Thread(target=answer_ak, args=(server, range(1, 100)), daemon=True).start()
            settings = self.station(SMOKE.format(port=server.getsockname()[1]))
            done = run("device", "read", "smoke", "--count", "2", "--config", settings, "-o", "jsonl")
            self.assertEqual(done.returncode, 0, done.stderr)
            readings = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual([r["values"]["opacity_percent"] for r in readings], [12.0, 13.0])
            self.assertRegex(readings[0]["arrived"], r"^20\d\d-")
            self.assertEqual({r["kind"] for r in readings}, {"smoke"})
            done = run("device", "read", "smoke", "--frames", "--config", settings)
            self.assertIn("> 02 20 41 4B 4F 4E 20 4B 30 03", done.stderr)
            self.assertRegex(done.stdout, r"smoke: smoke, lane 1\n +opacity +1\d +%")

    def test_each_kind_of_simulated_device_is_read(self):
        frame = 'driver = "frame"\nlane = 1\ndecoder = "{decoder}"\n'
        kinds = {kind: frame.format(decoder=kind) for kind in ("nmea", "wxt", "nha503", "mqw50a", "fga4100", "nht6", "mqy200")}
        kinds["bench"] = frame.format(decoder="stdbus-bench")
        kinds["gate"] = frame.format(decoder="stdbus-gate")
        kinds["ak"] = 'driver = "ak"\nlane = 1\nreading = "plume"\neach_poll = true\nmeasuring_states = ["SMGA"]\n' \
                      'values = ["co_percent", "co2_percent", "hc_ppm", "no_ppm"]\n'
        ports = [int(port) for port in run("ports", str(len(kinds) + 1), program="exhaust-sim").stdout.split()]
        secret = tempfile.NamedTemporaryFile("w")
        self.addCleanup(secret.close)
        print("p", end="", file=secret, flush=True)
        settings = self.station("".join(f'[device.{kind}]\n{keys}endpoint = "tcp:127.0.0.1:{port}"\n'
                                        for (kind, keys), port in zip(kinds.items(), ports))
                                + f'[device.camera]\ndriver = "anpr"\nlane = 1\nmode = "pull"\nendpoint = "tcp:127.0.0.1:{ports[-1]}"\n'
                                  f'user = "u"\npassword_file = "{secret.name}"\n')
        commands = [["device", kind, "--tcp", str(port)] for kind, port in zip(kinds, ports)]
        commands.append(["camera", "--tcp", str(ports[-1]), "--headway", "100ms", "--user", "u", "--password", "p"])
        for command in commands:
            device = subprocess.Popen([PROGRAMS / "exhaust-sim", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.addCleanup(device.wait)
            self.addCleanup(device.terminate)
        for kind in (*kinds, "camera"):
            for attempt in range(50):
                done = run("device", "read", kind, "--wait", "9", "--config", settings, "-o", "jsonl")
                if done.returncode != 69:  # else it is still starting
                    break
                time.sleep(0.1)
            with self.subTest(kind):
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertTrue(json.loads(done.stdout.splitlines()[0])["values"])

    def test_a_device_that_says_nothing_new_and_one_that_is_silent_are_told_apart(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            threading.Thread(target=answer_ak, args=(server, [7]), daemon=True).start()
            settings = self.station(SMOKE.format(port=server.getsockname()[1]))
            done = run("device", "read", "smoke", "--wait", "0.5", "--config", settings)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("answers, but gave no new reading", done.stderr)
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            settings = self.station(SMOKE.format(port=nobody.getsockname()[1]))
            done = run("device", "read", "smoke", "--wait", "0.5", "--config", settings)
        self.assertEqual(done.returncode, 69)
        self.assertIn("cannot be opened", done.stderr)
        self.assertNotIn("may hold it", done.stderr)

    def test_a_device_that_is_held_is_said_to_be(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            settings = self.station(f'[device.camera]\ndriver = "anpr"\nlisten = "127.0.0.1:{taken.getsockname()[1]}"\n')
            done = run("device", "read", "camera", "--config", settings)
        self.assertEqual(done.returncode, 69)
        self.assertIn("exhaustctl device show camera", done.stderr)

    def test_device_verbs_say_which_devices_there_are(self):
        settings = self.station(SMOKE.format(port=9))
        for words, code, said in ((["device", "read", "smok"], 64, "it has: smoke"), (["device", "plan", "smok"], 64, "it has: smoke"),
                                  (["device"], 64, ""), (["device", "list"], 69, "no daemon answers"), (["device", "show", "smoke"], 69, "no daemon"),
                                  (["device", "read", "smoke", "--count", "0"], 64, "count")):
            done = run(*words, "--config", settings)
            self.assertEqual(done.returncode, code, f"{words}: {done.stderr}")
            self.assertIn(said, done.stderr)

    def test_health_of_nobody_is_critical(self):
        done = run("health", "--socket", "/nowhere/exhaustd.sock")
        self.assertEqual(done.returncode, 2)
        self.assertIn("EXHAUSTD CRITICAL", done.stdout)

    def test_the_shipped_settings_are_valid(self):
        for name in ("exhaustd.toml", "hub.toml"):
            self.assertEqual(run("config", "check", str(ROOT / "config" / name)).returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
