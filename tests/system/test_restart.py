# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Ends and new beginnings: what a killed daemon leaves must not stop the next."""
import fcntl
import os
import shutil
import signal
import time
from pathlib import Path

import dns.rcode
import pytest
from lab import wait_for
from story import OLD4, SERVER4
from traffic import query, rdata_texts


def answered(story):
    return rdata_texts(query(story.client, SERVER4, "example.com", "A"), "A") == OLD4


def attached_programs(story):
    """What `ip link` says of XDP programs on the port, a line each."""
    shown = story.server.run("ip", "-details", "link", "show", "eth1").stdout
    return [line for line in shown.splitlines() if "prog/xdp" in line]


def foreign_program(story):
    """The object file of an XDP program that passes everything."""
    source = story.apexd.directory / "foreign.c"
    source.write_text('#include <linux/types.h>\n#include <linux/bpf.h>\n'
                      '__attribute__((section("xdp"), used)) '
                      "int foreign(struct xdp_md *c) { return XDP_PASS; }\n"
                      '__attribute__((section("license"), used)) char l[] = "BSD";\n')
    target = source.with_suffix(".o")
    story.server.run("clang", "-O2", "-g", "-target", "bpf", "-I/usr/include/x86_64-linux-gnu",
                     "-c", source, "-o", target)
    return target


def test_a_restart_after_kill_9(story):
    for _ in range(2):
        story.apexd.process.kill()
        assert story.apexd.socket.exists()
        story.apexd.start()
        story.apexd.wait_for_aliases()
        assert answered(story)


def test_the_program_that_a_killed_daemon_left_is_replaced(story):
    story.apexd.process.kill()
    left = attached_programs(story)
    assert len(left) == 1
    story.apexd.start()
    story.apexd.wait_for_aliases()
    assert answered(story)
    assert len(attached_programs(story)) == 1
    assert attached_programs(story) != left


def test_a_foreign_program_is_left_alone(story):
    """Somebody else's XDP program is not ours to remove."""
    assert story.apexd.stop() == 0
    story.server.run("ip", "link", "set", "dev", "eth1", "xdp", "obj", foreign_program(story),
                     "sec", "xdp")
    foreign = attached_programs(story)
    assert len(foreign) == 1
    done = story.server.run(*story.apexd.command(), check=False, timeout=30, core=None)
    assert done.returncode not in (0, 2)
    assert '"eth1"' in done.stderr and "foreign" in done.stderr
    assert attached_programs(story) == foreign
    story.server.run("ip", "link", "set", "dev", "eth1", "xdp", "off")
    story.apexd.start()


def test_a_second_daemon_is_told_that_one_runs(story):
    done = story.server.run(*story.apexd.command(), check=False, timeout=30, core=None)
    assert done.returncode not in (0, 2)
    assert str(story.apexd.socket) in done.stderr
    assert answered(story)


def test_a_stale_socket_file_is_replaced(story):
    assert story.apexd.stop() == 0
    assert not story.apexd.socket.exists()
    story.server.run("python3", "-c", "import socket, sys; "
                     "socket.socket(socket.AF_UNIX).bind(sys.argv[1])", story.apexd.socket)
    assert story.apexd.socket.is_socket()
    story.apexd.start()
    story.apexd.wait_for_aliases()
    assert answered(story)


def test_a_file_that_is_no_socket_is_left_alone(story):
    assert story.apexd.stop() == 0
    story.apexd.socket.write_text("somebody's data")
    done = story.server.run(*story.apexd.command(), check=False, timeout=30, core=None)
    assert done.returncode not in (0, 2)
    assert str(story.apexd.socket) in done.stderr
    assert story.apexd.socket.read_text() == "somebody's data"
    story.apexd.socket.unlink()
    story.apexd.start()


def test_every_orderly_end_has_status_0_and_leaves_nothing(story):
    ends = [lambda: story.apexd.process.popen.send_signal(signal.SIGTERM),
            lambda: story.apexd.process.popen.send_signal(signal.SIGINT),
            lambda: story.apexd.ctl("stop")]
    for end in ends:
        pid = story.apexd.process.pid
        end()
        assert story.apexd.process.popen.wait(10) == 0
        assert not story.apexd.socket.exists()
        assert not os.path.exists(f"/var/run/dpdk/apexd-{pid}")
        assert attached_programs(story) == []
        story.apexd.start()
    story.apexd.wait_for_aliases()
    assert answered(story)


def ends_in_order(story, pid):
    """Status 0, and nothing is left."""
    assert story.apexd.process.popen.wait(20) == 0, story.apexd.process.output()
    assert not story.apexd.socket.exists()
    assert not os.path.exists(f"/var/run/dpdk/apexd-{pid}")
    assert attached_programs(story) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_end_while_a_big_zone_loads(story, number):
    assert story.apexd.stop() == 0
    hosts = "".join(f"h{index} A 192.0.2.1\n" for index in range(200_000))
    story.apexd.write_zone("big.zone", "$TTL 60\n@ SOA ns hostmaster 1 1 1 1 1\n@ NS ns\n" + hosts)
    story.configure([("example.org", "big.zone"), ("example.net", "big.zone")])
    process = story.apexd.launch()
    wait_for(story.apexd.socket.exists, "the socket file, which is there before the zones")
    process.popen.send_signal(signal.SIGHUP)
    time.sleep(0.1)
    assert process.alive()
    process.popen.send_signal(number)
    ends_in_order(story, process.pid)
    assert "stopping before it was ready" in process.output()
    story.configure([("example.com", "example.com.zone")])
    story.apexd.start()


@pytest.mark.parametrize("delay", [0, 0.1, 0.2, 0.3, 0.5, 0.8])
def test_an_end_at_any_moment_of_a_start(story, delay):
    assert story.apexd.stop() == 0
    process = story.apexd.launch()
    wait_for(story.apexd.socket.exists, "the socket file")
    time.sleep(delay)
    process.popen.send_signal(signal.SIGTERM)
    ends_in_order(story, process.pid)
    story.apexd.start()


def test_only_the_directory_of_a_dead_process_is_removed(story):
    """A process of another PID namespace is not in /proc, but holds a lock."""
    highest = int(Path("/proc/sys/kernel/pid_max").read_text())
    living, dead = (Path(f"/var/run/dpdk/apexd-{highest + offset}") for offset in (1, 2))
    for directory in (living, dead):
        directory.mkdir(parents=True)
    holder = os.open(living, os.O_RDONLY)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX)
        assert story.apexd.stop() == 0
        story.apexd.start()
        assert living.is_dir()
        assert not dead.exists()
    finally:
        os.close(holder)
        for directory in (living, dead):
            shutil.rmtree(directory, ignore_errors=True)
    own = os.open(f"/var/run/dpdk/apexd-{story.apexd.process.pid}", os.O_RDONLY)
    try:
        with pytest.raises(BlockingIOError):
            fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(own)


def test_a_broken_zone_at_start_is_told_and_the_others_are_served(story):
    assert story.apexd.stop() == 0
    path = story.apexd.write_zone("broken.zone", "@ SOA ns hostmaster 1 1 1 1 1\nwww A x\n")
    story.configure([("example.org", "broken.zone"), ("example.com", "example.com.zone"),
                     ("example.net", "missing.zone")])
    story.apexd.start()
    story.apexd.wait_for_aliases()
    assert answered(story)
    status = story.apexd.ctl("status")
    assert status["zones"] == {"served": 1, "failed": 2}
    errors = {zone["name"]: zone["error"] for zone in status["failed_zones"]}
    assert errors["example.org."].startswith(f"{path}:2: ")
    assert errors["example.net."].startswith(f"{path.with_name('missing.zone')}: ")
    assert errors["example.org."] in story.apexd.process.output()
    assert query(story.client, SERVER4, "example.org", "A").rcode() == dns.rcode.REFUSED
