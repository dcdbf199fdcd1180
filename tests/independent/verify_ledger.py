#!/usr/bin/env python3
"""Verifies a ledger folder from docs/ledger-format.md alone: a second implementation, in Python's standard library.

usage: verify_ledger.py FOLDER        exit: 0 whole, 1 altered, 2 not readable

Prints one JSON object: per chain the same figures as `exhaustctl ledger verify`, and the problems found. Changes
nothing in FOLDER; the daemon must not run.
"""
import fcntl
import hashlib
import json
import pathlib
import re
import shutil
import sqlite3
import struct
import sys
import tempfile

FORMAT = 1
ALGORITHMS = {1: "sha256", 2: "sm3"}
PASSAGE = 4


class Chain:
    def __init__(self, row):
        self.header = row["station_id"], bytes(row["ledger_id"]), row["format"], row["algorithm"], row["simulated"]
        station, ledger, form, algorithm, simulated = self.header
        self.own = bool(row["own"])
        self.name = ALGORITHMS[algorithm]
        self.hash = self.digest(b"\x02" + struct.pack(">H", len(station.encode())) + station.encode() + ledger +
                                bytes([form, algorithm, simulated]))
        self.first = self.last = self.entries = self.passages = self.rejected = self.withheld = 0
        self.payloads = hashlib.sha256()
        self.problems = []

    def digest(self, data):
        return hashlib.new(self.name, data).digest()

    def begins(self, row):
        if (row["before_sequence"], bytes(row["before_hash"])) != (self.last, self.hash):
            self.problems.append([self.last + 1, "segment does not continue the chain"])
        self.last, self.hash = row["before_sequence"], bytes(row["before_hash"])

    def add(self, row):
        sequence, payload = row["sequence"], row["payload"]
        linked = sequence == self.last + 1
        if not linked:
            self.problems.append([self.last + 1, f"entry {sequence} follows entry {self.last}"])
        if payload is None:
            leaf = row["leaf"]
            self.payloads.update(b"\xff\xff\xff\xff")
        else:
            leaf = self.digest(b"\x00" + payload)
            self.payloads.update(struct.pack(">I", len(payload)) + payload)
        expected = self.digest(b"\x01" + self.hash + struct.pack(">QqI", sequence, row["wall_time_us"], row["kind"]) + leaf)
        if linked and expected != row["hash"]:
            self.problems.append([sequence, "not what was hashed"])
        self.first = self.first or sequence
        self.last, self.hash = sequence, row["hash"]
        self.entries += 1
        self.passages += row["kind"] == PASSAGE
        self.rejected += row["rejected"]
        self.withheld += payload is None and not row["rejected"]

    def ends(self, row):
        stated = row["last_sequence"], bytes(row["last_hash"]), row["passages"], row["rejected"]
        if stated != (self.last, self.hash, self.passages, self.rejected):
            self.problems.append([self.last, f"head states entry {row['last_sequence']}"])

    def report(self):
        station, ledger, _, _, simulated = self.header
        return {"station_id": station, "ledger_id": ledger.hex(), "simulated": bool(simulated), "own": self.own,
                "entries": self.entries, "passages": self.passages, "rejected": self.rejected,
                "withheld": self.withheld, "first": self.first, "last": self.last if self.entries else 0,
                "last_hash": self.hash.hex(), "payload_digest": self.payloads.hexdigest(),
                "problems": self.problems[:20]}


def open_segment(path, scratch):
    """A clean segment is read where it lies; one with a log left by a crash is copied first."""
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size > 0:
        shutil.copy(log, scratch)
        path = pathlib.Path(shutil.copy(path, scratch))
        database = sqlite3.connect(path)
    else:
        database = sqlite3.connect(path.resolve().as_uri() + "?immutable=1", uri=True)
    database.row_factory = sqlite3.Row
    return database


def verify(folder):
    segments = sorted(p for p in folder.iterdir() if re.fullmatch(r"segment-\d{20}\.sqlite", p.name))
    if not segments:
        raise OSError(f"no segment in {folder}")
    chains, problems, position = {}, [], 0
    for path in segments:
        with tempfile.TemporaryDirectory() as scratch:
            database = open_segment(path, scratch)
            form = int(database.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()[0])
            if form > FORMAT:
                raise OSError(f"format {form} is not known")
            if int(path.name[8:28]) != position + 1:
                problems.append(f"{path.name} does not continue position {position}")
            rows = database.execute("SELECT * FROM chains ORDER BY chain").fetchall()
            numbers = {}
            for row in rows:
                key = row["station_id"], bytes(row["ledger_id"])
                numbers[row["chain"]] = chains.get(key) or chains.setdefault(key, Chain(row))
                numbers[row["chain"]].begins(row)
            for row in database.execute("SELECT * FROM entries ORDER BY position"):
                if row["position"] != position + 1:
                    problems.append(f"position {row['position']} follows position {position}")
                position = row["position"]
                numbers[row["chain"]].add(row)
            for row in rows:
                numbers[row["chain"]].ends(row)
            database.close()
    reports = [chain.report() for chain in chains.values()]
    reports.sort(key=lambda c: (not c["own"], c["station_id"], c["ledger_id"]))
    return {"ok": not problems and not any(c["problems"] for c in reports), "chains": reports, "problems": problems}


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    folder = pathlib.Path(sys.argv[1])
    try:
        if (folder / "lock").exists():
            lock = open(folder / "lock")
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        report = verify(folder)
    except (OSError, sqlite3.Error) as error:
        print(f"cannot verify {folder}: {error}", file=sys.stderr)
        return 2
    print(json.dumps(report, indent=1))
    return 0 if report["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
