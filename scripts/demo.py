"""Runs one simulated station and three platforms, and shows that the equations close. See scripts/demo."""

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time

from roadside import HUBS, Failure, Roadside


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--programs", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--passages", type=int, help="end after so many vehicles (default: go on until Ctrl-C)")
    parser.add_argument("--traffic", help="vehicles of a CSV file in the CONOX columns; ends after the last row")
    parser.add_argument("--time-scale", type=float, default=20.0, help="how much faster than the road (default: 20)")
    parser.add_argument("--seed", type=int, default=1, help="of the traffic model")
    parser.add_argument("--keep", metavar="FOLDER", help="leave ledgers, settings and logs there")
    parser.add_argument("--kill", metavar="NAME", choices=Roadside.NAMES, action="append", default=[],
                        help="kill this process (SIGKILL) half-way and start it again: sim, station, city, province, nation")
    options = parser.parse_args()
    if options.kill and not (options.passages or options.traffic):
        parser.error("--kill needs an end to be half-way to: --passages N or --traffic FILE")
    return options


def print_table(rows):
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip())


def progress(roadside):
    try:
        lanes, tiers = roadside.account()
    except Failure:
        return
    accepted = ", ".join(f"{name} {tier['accepted']}/{tier['stored']}" for name, tier in sorted(tiers.items()))
    print(f"  {len(roadside.truth())} vehicles sent; station: {lanes['triggered']} triggered = {lanes['passages']} passages"
          f" + {lanes['missed']} missed + {lanes['open']} open; accepted: {accepted}", flush=True)


def follow(roadside, kills):
    """Until the traffic has ended and everything has arrived everywhere; quiet for two minutes means stuck."""
    kills = list(kills)
    half = (roadside.passages or roadside.rows()) // 2
    last_seen, last_change, next_line = None, time.monotonic(), 0.0
    while True:
        roadside.check_alive()
        sent = len(roadside.truth())
        if kills and sent >= half:
            name = kills.pop(0)
            print(f"  SIGKILL to {name}, and again after 1 s", flush=True)
            roadside.kill(name)
            time.sleep(1)
            roadside.start(name)
        try:
            if roadside.traffic_finished() and not kills and roadside.settled():
                return
            seen = (sent, roadside.account())
        except Failure:
            seen = (sent, None)
        now = time.monotonic()
        if seen != last_seen:
            last_seen, last_change = seen, now
        elif now - last_change > 120:
            raise Failure("nothing has moved for two minutes")
        if now >= next_line:
            progress(roadside)
            next_line = now + 5
        time.sleep(0.2)


def conclude(roadside):
    """Prints the accounts, stops everything, verifies the four ledgers. True: every equation closes."""
    lanes, _ = roadside.account()
    truth = len(roadside.truth())
    explain_one(roadside)
    accounts = roadside.ctl("station", "accounts", check=False)
    print(f"$ exhaustctl accounts\n{accounts.stdout}{accounts.stderr}")
    roadside.stop_all()
    chains = {name: roadside.verify(name) for name in ("station", *HUBS)}
    own_ok, own = chains["station"]

    # From the ledgers themselves, now that nobody writes: what each platform holds of the station's.
    rows = [("LEDGER", "ENTRIES", "REJECTED", "LEDGER VERIFY", "SAME PAYLOADS"),
            ("station", own["entries"], "-", "passed" if own_ok else "FAILED", "-")]
    closes = own_ok and accounts.returncode == 0 and lanes["triggered"] == truth
    for name in HUBS:
        ok, chain = chains[name]
        same = all(chain[key] == own[key] for key in ("entries", "payload_digest", "last_hash"))
        closes &= ok and same and chain["rejected"] == 0
        rows.append((name, chain["entries"], chain["rejected"], "passed" if ok else "FAILED", "yes" if same else "NO"))
    print_table(rows)
    print(f"\nsimulator's truth: {truth} vehicles; triggered: {lanes['triggered']}")
    print("the accounts close, and four ledgers hold the same" if closes else "SOMETHING DOES NOT CLOSE")
    return closes


def explain_one(roadside):
    """Why the last flagged vehicle was flagged, in words."""
    found = roadside.ctl("station", "records", "query", "--flagged", "--kind", "passage", "--output", "jsonl").stdout.splitlines()
    if not found:
        return
    sequence = json.loads(found[-1])["sequence"]
    print(f"\n$ exhaustctl records explain {sequence}")
    print(roadside.ctl("station", "records", "explain", sequence).stdout)


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job begins with it ignored
    folder = options.keep or tempfile.mkdtemp(prefix="exhaustd-demo-")
    roadside = Roadside(options.programs, folder, passages=options.passages, traffic=options.traffic,
                        time_scale=options.time_scale, seed=options.seed)
    try:
        print(f"one station, three platforms, one simulated roadside unit; files in {folder}", flush=True)
        roadside.start_all()
        try:
            follow(roadside, options.kill)
        except KeyboardInterrupt:
            print("\nending: no more traffic", flush=True)
            roadside.stop("sim")
            roadside.wait_until(roadside.settled, 60, "everything sent has arrived everywhere")
        return 0 if conclude(roadside) else 1
    except Failure as failure:
        print(f"demo: {failure}", file=sys.stderr)
        return 1
    finally:
        roadside.kill_all()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
