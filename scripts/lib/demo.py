# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""The main job of apexdns, on real packets between three network namespaces: an
apex that follows a CDN's hostname, answered from the packet path.

Run by scripts/demo, as root. Leaves nothing behind however it ends.
"""
import argparse
import signal
import sys
import time

from lab import Lab, LabError, wait_for
from servers import apexdns_build
from story import CDN_TTL, NEW4, NEW6, OLD4, OLD6, SERVER4, Story
from traffic import Dnsperf, Watcher

QUESTIONS = ["example.com A", "example.com AAAA", "example.com MX", "www.example.com A"]


class Checks:
    """Says each thing that was checked, and remembers whether all of them held."""

    def __init__(self):
        self.passed = 0
        self.failures = []

    def that(self, held, what, why=""):
        if held:
            self.passed += 1
            print(f"  [ok]   {what}")
        else:
            self.failures.append(what)
            print(f"  [FAIL] {what}{': ' + why if why else ''}")


def say(text):
    print(text, flush=True)


def headline(text):
    say(f"\n=== {text}")


def show(host, *command):
    """Runs a command where the reader sees both it and its output."""
    say(f"\n  {host.name}$ {' '.join(str(word) for word in command)}")
    done = host.run(*command, check=False)
    for line in (done.stdout + done.stderr).rstrip().splitlines():
        say(f"  {line}")
    return done


def dig(story, rdtype):
    """Shows the answer; returns its (owner, type, data) triples and the flags."""
    done = show(story.client, "dig", f"@{SERVER4}", "example.com", rdtype, "+norec", "+nocmd",
                "+noquestion", "+nostats")
    records, flags = [], ""
    for line in done.stdout.splitlines():
        if line.startswith(";; flags:"):
            flags = line.split(";")[2]
        elif line and not line.startswith(";"):
            fields = line.split(None, 4)
            records.append((fields[0], fields[3], fields[4]))
    return records, flags


def answers(story, rdtype):
    records, _ = dig(story, rdtype)
    return sorted(data for _, kind, data in records if kind == rdtype)


def step_answers(story, checks):
    headline("1. The apex answers with the CDN's addresses, beside its other records")
    for rdtype, expected in (("A", OLD4), ("AAAA", OLD6)):
        records, flags = dig(story, rdtype)
        checks.that(sorted(records) == sorted(("example.com.", rdtype, data) for data in expected),
                    f"{rdtype}: the CDN's addresses, all owned by example.com", str(records))
        checks.that(" aa" in flags, f"{rdtype}: authoritative (aa)", flags)
    soa = answers(story, "SOA")
    checks.that(len(soa) == 1 and soa[0].startswith("ns1.example.com. hostmaster.example.com."),
                "SOA is intact", str(soa))
    for rdtype, expected in (("NS", ["ns1.example.com.", "ns2.example.com."]),
                             ("MX", ["10 mail.example.com."]), ("TXT", ['"v=spf1 mx -all"'])):
        got = answers(story, rdtype)
        checks.that(got == expected, f"{rdtype} is intact", str(got))


def step_change(story, checks):
    headline(f"2. The CDN moves; its TTL is {CDN_TTL} seconds")
    say("dnsperf asks all the while, and a watcher looks at an answer every 10 ms.")
    load = Dnsperf(story.client, SERVER4, QUESTIONS, CDN_TTL + 6, name="dnsperf-change")
    with Watcher(story.client, SERVER4, "example.com", "A") as watch4, \
            Watcher(story.client, SERVER4, "example.com", "AAAA") as watch6:
        time.sleep(1.5)
        story.move_cdn(NEW4, NEW6)
        moved = time.monotonic()
        say(f"NSD now serves {', '.join(NEW4)} for cdn.example.net.")
        report = load.finish()
    deadline = moved + CDN_TTL + 1
    for watch, rdtype, old, new in ((watch4, "A", OLD4, NEW4), (watch6, "AAAA", OLD6, NEW6)):
        faults = watch.faults(old, new, deadline)
        first = watch.first_seen(new)
        checks.that(not faults, f"{rdtype}: {len(watch.observations)} answers looked at, each "
                    f"wholly old or wholly new, and new from TTL + 1 s on",
                    f"{len(faults)} are not, the first: {faults[0] if faults else ''}")
        checks.that(first is not None, f"{rdtype}: the new addresses came after "
                    f"{(first or moved) - moved:.2f} s")
        last = watch.observations[-1].sent if watch.observations else 0.0
        checks.that(last > deadline, f"{rdtype}: the watcher saw the time after the deadline")
    say(f"  dnsperf: {report.summary()}")
    checks.that(report.lost == 0 and set(report.rcodes) == {"NOERROR"},
                "dnsperf lost nothing and saw no error", str(report.rcodes))
    return report


def step_resolver_dies(story, checks):
    headline("3. unbound is killed")
    before, after = 4.5, CDN_TTL + 5.5
    load = Dnsperf(story.client, SERVER4, QUESTIONS, before + after, name="dnsperf-killed")
    time.sleep(before)
    story.unbound.kill()
    killed = time.time()
    say(f"unbound is gone, dnsperf goes on for {after:.0f} s, longer than the CDN's TTL.")
    report = load.finish()
    say("  answers a second, second by second: " + " ".join(
        ("| " if killed <= at < killed + 1 else "") + f"{rate:.0f}" for at, rate in report.rates))
    say(f"  dnsperf: {report.summary()}")
    got = answers(story, "A")
    checks.that(got == sorted(NEW4), "the CDN's last addresses are still served", str(got))
    checks.that(report.lost == 0 and set(report.rcodes) == {"NOERROR"},
                "dnsperf lost nothing and saw no error", str(report.rcodes))
    slowdown = report.slowdown(killed, killed + CDN_TTL)
    checks.that(not slowdown, "answers go on at the same rate, and no second is without", slowdown)


def step_explain(story, checks):
    headline("4. Where do these addresses come from?")
    show(story.server, *story.apexctl, "alias", "explain", "example.com")
    explained = story.apexd.ctl("alias", "explain", "example.com")
    targets = explained["targets"]
    checks.that([target["target"] for target in targets] == ["cdn.example.net."],
                "the ALIAS and its target are named")
    types = targets[0]["types"] if targets else []
    checks.that(sorted(entry["type"] for entry in types) == ["A", "AAAA"], "A and AAAA are shown")
    for entry in types:
        checks.that(bool(entry["chain"]) and all(hop["ttl"] <= CDN_TTL for hop in entry["chain"]),
                    f"{entry['type']}: the chain, with each hop's TTL", str(entry["chain"]))
        checks.that("10.53.1.2" in entry["resolver"] and entry["resolved_at"]
                    and entry["next_refresh"] and entry["ttl_rule"],
                    f"{entry['type']}: resolved by {entry['resolver']} at {entry['resolved_at']}, "
                    f"next refresh {entry['next_refresh']}, TTL rule {entry['ttl_rule']}")


def step_load(story, checks):
    headline("5. Load for some seconds")
    report = Dnsperf(story.client, SERVER4, QUESTIONS, 5, outstanding=50).finish()
    for line in report.text.splitlines():
        say(f"  {line}")
    checks.that(report.lost == 0, "dnsperf lost nothing")
    say(f"\n  summary: {report.rate:.0f} answers a second, {report.lost} lost, latency "
        f"{report.latency_avg * 1e6:.0f} us on average, {report.latency_max * 1e3:.2f} ms at most")


def keep(story):
    headline("It stays up until Ctrl-C. Things to try in another terminal:")
    for host in (story.client, story.server, story.upstream):
        host.wrapper()
    directory = story.client.lab.directory
    apexctl = directory / "apexctl"
    apexctl.write_text(f'#!/bin/sh\nexec {directory}/server ' +
                       " ".join(str(word) for word in story.apexctl) + ' "$@"\n')
    apexctl.chmod(0o755)
    say(f"""
  cd {directory}
  ./client dig @{SERVER4} example.com A
  ./client dnsperf -s {SERVER4} -l 5 -d $PWD/{story.queries.name}
  ./apexctl status
  ./apexctl alias explain example.com
  ./apexctl stats
  edit {story.apexd.directory.name}/example.com.zone, then
      ./apexctl zone reload example.com
  edit {story.nsd.directory.name}/example.net.zone, raise its serial, then
      kill -HUP {story.nsd.process.pid}
  kill {story.unbound.process.pid}    the resolver dies, answers go on""")
    while True:
        signal.pause()


def run_story(lab, checks, keep_running):
    headline("Three hosts: client -- server -- upstream")
    story = Story(lab)
    story.apexctl = [apexdns_build() / "apexctl", "-s", story.apexd.socket]
    story.queries = lab.directory / "queries"
    story.queries.write_text("\n".join(QUESTIONS) + "\n")
    say("NSD serves cdn.example.net (A, AAAA, TTL 5), unbound recurses to it, and apexd serves\n"
        "example.com, whose apex is an ALIAS of cdn.example.net, over AF_XDP on the client's link.")
    say("\n" + story.apexd.config.read_text())
    story.apexd.start()
    story.apexd.wait_for_aliases()
    show(story.server, *story.apexctl, "status")

    if keep_running:
        step_answers(story, checks)
        keep(story)
    step_answers(story, checks)
    step_change(story, checks)
    step_resolver_dies(story, checks)
    step_explain(story, checks)
    step_load(story, checks)

    headline("The end: apexd stops, the hosts go")
    status = story.apexd.stop()
    checks.that(status == 0, "apexd ended with status 0 on SIGTERM", str(status))


def settled_leftovers(lab):
    """What the lab left behind, after the killed had a moment to go."""
    try:
        wait_for(lambda: not lab.leftovers(), "the hosts to go", 3)
    except LabError:
        pass
    return lab.leftovers()


def stopped(lab):
    """Says after Ctrl-C whether anything is left behind; returns the status."""
    left = settled_leftovers(lab)
    say("\ndemo: stopped, " + ("; ".join(left) if left else "nothing is left behind"))
    return 1 if left else 130


def main():
    parser = argparse.ArgumentParser(prog="demo", description=__doc__.split("\n\n", maxsplit=1)[0])
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true",
                      help="also make sure that nothing is left; status 0 only if all holds")
    mode.add_argument("--keep", action="store_true",
                      help="leave it running and print commands to try")
    arguments = parser.parse_args()
    checks = Checks()
    lab = Lab("demo")
    try:
        with lab:
            run_story(lab, checks, arguments.keep)
    except KeyboardInterrupt:
        return stopped(lab)
    except LabError as error:
        checks.that(False, "the story came to its end", str(error))
    if arguments.check:
        left = settled_leftovers(lab)
        checks.that(not left, "no process, namespace or mount is left", "; ".join(left))
    if checks.failures:
        say(f"\n{len(checks.failures)} of {checks.passed + len(checks.failures)} checks failed:")
        for failure in checks.failures:
            say(f"  {failure}")
        return 1
    say(f"\nAll {checks.passed} checks held.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
