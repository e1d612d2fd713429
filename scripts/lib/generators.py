# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""The load generators of the benchmarks, kxdpgun and dnsperf, and what they say. `run` is what
runs a command where the generator is to be, as lab.Host.run does."""
import re
import time

from lab import LabError

BUSY_TRIES = 10


def kxdpgun(run, target, questions, rate, seconds, options=(), errors=False):
    """It asks so often. Queries sent and replies received a second, of which all must be NOERROR
    unless `errors`; replies are counted, not matched."""
    for _ in range(BUSY_TRIES):
        done = run("kxdpgun", "-t", seconds, "-Q", rate, "-i", questions, *options, target,
                   check=False, core=None, timeout=seconds + 30)
        # The kernel has not done yet with the socket of the one before.
        if "requested resource is busy" not in done.stdout + done.stderr:
            break
        time.sleep(0.5)

    def number(pattern):
        found = re.search(pattern, done.stdout + done.stderr)
        return int(found.group(1)) if found else 0

    sent = number(r"total queries:\s+(\d+)")
    if done.returncode != 0 or not sent:
        raise LabError(f"kxdpgun against {target}: {done.stdout}{done.stderr}")
    replies = number(r"total replies:\s+(\d+)")
    if not errors and number(r"responded NOERROR:\s+(\d+)") != replies:
        raise LabError(f"{target} answered with errors: {done.stdout}{done.stderr}")
    return {"asked": rate, "sent": sent / seconds, "answered": replies / seconds}


def latencies(run, target, questions, rate, seconds, threads=1):
    """Seconds from query to answer that dnsperf saw, sorted, and the queries it lost. At most
    `rate` queries a second; None: as many as it can."""
    options = ["-Q", round(rate)] if rate else []
    done = run("dnsperf", "-s", target, "-d", questions, "-l", seconds, "-c", 4 * threads,
               "-T", threads, "-q", 1000, "-v", *options, timeout=seconds + 30)
    times = sorted(float(line.rsplit(" ", 1)[1]) for line in done.stdout.splitlines()
                   if line.startswith("> NOERROR"))
    errors = re.findall(r"^> (?!NOERROR|T )(\S+ \S+)", done.stdout, re.MULTILINE)
    if errors:
        raise LabError(f"{target} answered {len(errors)} queries with errors, {errors[0]} the first")
    lost = re.search(r"Queries lost:\s+(\d+)", done.stdout)
    if not times or not lost:
        raise LabError(f"dnsperf had no answer from it: {done.stdout[-2000:]}")
    return times, int(lost.group(1))


def percentile(values, share):
    return values[min(len(values) - 1, int(share * len(values)))]


def latency_at(times, lost, seconds):
    """What a run says, for a table."""
    return {"rate": len(times) / seconds, "lost": lost, "p50": percentile(times, 0.5),
            "p90": percentile(times, 0.9), "p99": percentile(times, 0.99)}
