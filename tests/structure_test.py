"""Holds the includes to the graph in cmake/Graph.cmake: a module may include its own folder and what it uses. What decides reads
no clock, no file and no socket."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
GRAPH = (ROOT / "cmake" / "Graph.cmake").read_text()


def modules():
    """name -> (folder, names it uses directly)"""
    found = {}
    for name, body in re.findall(r"add_module\((\w+)\s+([^)]*)\)", GRAPH):
        words = body.split()
        uses = [w for w in words if re.fullmatch(r"[a-z_][a-z0-9_]*", w)]
        found[name] = (words[words.index("FOLDER") + 1], set(uses))
    for name, body in re.findall(r"add_program\(([\w-]+)\s+([^)]*)\)", GRAPH):
        words = body.split()
        found[name + " program"] = (words[words.index("FOLDER") + 1], {w for w in words if re.fullmatch(r"[a-z_][a-z0-9_]*", w)})
    return found


def main():
    graph = modules()
    folder_of = {folder: name for name, (folder, _) in graph.items() if not name.endswith("program")}

    def reach(name, seen=None):
        seen = set() if seen is None else seen
        for used in graph[name][1]:
            if used in graph and used not in seen:
                seen.add(used)
                reach(used, seen)
        return seen

    wrong = []
    for name, (folder, _) in graph.items():
        allowed = {graph[used][0] for used in reach(name)} | {folder}
        for source in sorted((ROOT / folder).glob("*.?pp")):
            if name.endswith("program") != (source.name == "main.cpp"):
                continue
            for included in re.findall(r'#include "((?:daemon|drivers)/[^"]+)"', source.read_text()):
                home = str(pathlib.PurePath(included).parent)
                if home not in allowed:
                    wrong.append(f"{source.relative_to(ROOT)} includes {included}, which {name} does not use in cmake/Graph.cmake")
                elif home not in folder_of and home != folder:
                    wrong.append(f"{source.relative_to(ROOT)} includes {included}, which is no module's")
    # What decides is given its time and its data, so that a replay decides the same.
    reads = re.compile(r"::now\(|#include <(fstream|filesystem|cstdlib|random|thread|sys/\w+|unistd|boost/asio)|\bfopen\(|\bgetenv\(|\btime\(")
    deciding = [source for room in ("assembly", "assessment", "quality", "inspection") for source in sorted((ROOT / "daemon" / room).glob("*.?pp"))]
    deciding += sorted((ROOT / "daemon" / "projection").glob("repetition.?pp")) + sorted((ROOT / "daemon" / "registry").glob("fuel.?pp"))
    for source in deciding:
        for line in source.read_text().splitlines():
            if reads.search(line):
                wrong.append(f"{source.relative_to(ROOT)} reads a clock, a file or a socket: {line.strip()}")
    print("\n".join(wrong) or f"{len(graph)} modules and programs include only what the graph allows")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
