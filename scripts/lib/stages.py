# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Where a worker of apexd spends its time, by stage of a packet's way: samples of its program
counter, each told by the functions that are inlined there."""
import collections
import re
import subprocess

from lab import LabError

PACKAGES = ("linux-perf", "binutils")
FREQUENCY = 10_000  # samples a second
# The first that is among the functions at a sample, outermost last, names its stage.
STAGES = {
    "look at the frame": ("plain_v4_query", "classify", "read_any"),
    "fold and hash the name": ("QueryName::guess",),
    "type, class, OPT": ("parse_usual_query", "parse_query"),
    "find the node": ("Snapshot::probe", "Snapshot::prefetch_bucket", "Snapshot::find_surely",
                      "Snapshot::find_by_parent", "Snapshot::find_nearest"),
    "write the frame": ("write_plain_reply_frame", "write_reply_frame"),
    "write the answer": ("respond_plainly", "respond_plainly_to_miss", "respond"),
    "rest of the burst": ("Burst::run_by", "Burst::run", "Burst::finish"),
    "poll loop": ("Worker::poll",),
}
DRIVER = "receive and send (DPDK)"
SAMPLE = re.compile(r"^\s*(\S+?)\+0x([0-9a-f]+) \((\S+)\)$")


def stage_of(functions):
    names = [re.sub(r"\(.*", "", function) for function in functions]
    for stage, parts in STAGES.items():
        if any(name.endswith("::" + part) for name in names for part in parts):
            return stage
    return DRIVER


def symbols(program):
    listing = subprocess.run(["nm", program], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1]: int(line.split()[0], 16) for line in listing.splitlines()
            if len(line.split()) == 3}


def inlined(program, addresses):
    """The functions at each address, innermost first."""
    asked = "".join(f"{address:#x}\n" for address in addresses)
    lines = subprocess.run(["addr2line", "-a", "-f", "-i", "-C", "-e", program], input=asked,
                           capture_output=True, text=True, check=True).stdout.splitlines()
    functions, found = {}, []
    for line in lines:
        if re.fullmatch(r"0x[0-9a-f]{16}", line):
            found = functions[int(line, 16)] = []
            is_function = True
        else:
            if is_function:
                found.append(line)
            is_function = not is_function
    return functions


def record(pid, seconds, file):
    """A profiler of the process, that ends by itself."""
    return subprocess.Popen(["perf", "record", "-q", "-e", "cpu-clock", "-F", str(FREQUENCY), "-p",
                             str(pid), "-o", file, "--", "sleep", str(seconds)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def shares(file, program, thread):
    """Of the samples of `thread`, the share of each stage."""
    done = subprocess.run(["perf", "script", "-i", file, "--comm", thread, "-F", "ip,sym,symoff,dso",
                           "--no-demangle"], capture_output=True, text=True, check=False)
    counts, places = collections.Counter(), collections.Counter()
    known = symbols(program)
    for line in done.stdout.splitlines():
        line = line.strip().split(" ", 1)[-1]
        match = SAMPLE.match(line)
        if match and match[1] in known and match[3].endswith(program.name):
            places[known[match[1]] + int(match[2], 16)] += 1
        elif line:
            counts[DRIVER] += 1
    for address, functions in inlined(program, places).items():
        counts[stage_of(functions)] += places[address]
    total = sum(counts.values())
    if total < FREQUENCY // 10:
        raise LabError(f"perf saw {total} samples of {thread}: {done.stderr.strip()}")
    return {stage: counts[stage] / total for stage in (*STAGES, DRIVER)}
