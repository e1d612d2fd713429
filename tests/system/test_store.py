# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Last good sets on disk: a restart finds what was served, and the disk never
stands between a query and its answer."""
import contextlib
import random
import shutil
import sqlite3
import time

import dns.rcode
import pytest
from lab import wait_for
from load import Load, outcome
from story import CDN_TTL, NEW4, NEW6, OLD4, OLD6, SERVER4
from traffic import query, rdata_texts


@pytest.fixture(autouse=True)
def known_state(story):
    """Each test finds the daemon with a store of its own, and the resolver alive."""
    state = story.apexd.directory / "state"
    story.apexd.stop()
    shutil.rmtree(state, ignore_errors=True)
    story.configure(state=state)
    if not story.unbound.process.alive():
        story.unbound.start()
    start_anew(story)
    story.apexd.wait_for_aliases()
    return state


def start_anew(story):
    """Starts the daemon with an empty log."""
    (story.apexd.host.lab.directory / "apexd.log").unlink(missing_ok=True)
    story.apexd.start()


def served(story, rdtype="A"):
    reply = query(story.client, SERVER4, "example.com", rdtype)
    assert reply.rcode() == dns.rcode.NOERROR
    return rdata_texts(reply, rdtype)


def first_answer(story):
    """The first one after a start, whatever it is."""
    return wait_for(lambda: query(story.client, SERVER4, "example.com", "A", timeout=0.1),
                    "the first answer", 20)


def states(story):
    (target,) = story.apexd.ctl("alias", "explain", "example.com")["targets"]
    return {entry["type"]: entry for entry in target["types"]}


def sql(file, statement):
    """As an operator would look into the file."""
    with contextlib.closing(sqlite3.connect(file)) as database:
        return database.execute(statement).fetchall()


def store(story):
    return story.apexd.ctl("status")["store"]


def test_a_restart_without_a_resolver_answers_at_once(story):
    a, aaaa = served(story), served(story, "AAAA")
    story.unbound.kill()
    story.apexd.process.kill()
    story.apexd.launch()
    first = first_answer(story)
    assert first.rcode() == dns.rcode.NOERROR
    assert rdata_texts(first, "A") == a
    assert served(story, "AAAA") == aaaa
    story.apexd.process.require(lambda: story.apexd.ctl_run("status").returncode == 0, "its socket")
    with Load(story.client, SERVER4, ["example.com A", "example.com AAAA"]) as load:
        time.sleep(2)
    assert load.outcomes == {"example.com A": {outcome(a)}, "example.com AAAA": {outcome(aaaa)}}
    for entry in states(story).values():
        assert entry["state"] == "stale"
        assert entry["restored"]
        assert entry["resolved_at"] and entry["resolutions"] >= 1
    text = story.apexd.ctl_run("alias", "explain", "example.com", json_output=False).stdout
    assert "before this start" in text
    story.unbound.start()
    wait_for(lambda: all(entry["state"] == "ok" and not entry["restored"]
                         for entry in states(story).values()), "fresh sets", 70)
    assert served(story) == a


def test_kill_9_at_any_moment_loses_nothing_that_was_served(story):
    """The set changes again and again; what was seen last is what a restart serves."""
    seed = random.randrange(1 << 32)
    moments = random.Random(seed)
    for round_ in range(3):
        old, (new, new6) = served(story), ((NEW4, NEW6) if served(story) == OLD4 else (OLD4, OLD6))
        story.move_cdn(new, new6)
        deadline = time.monotonic() + moments.uniform(CDN_TTL - 1.5, CDN_TTL + 1.5)
        seen = old
        while time.monotonic() < deadline and seen == old:
            seen = served(story)
        story.apexd.process.kill()
        story.unbound.kill()
        story.apexd.start()
        assert served(story) in ([new] if seen == new else [old, new]), f"seed {seed}, {round_}"
        story.unbound.start()
        wait_for(lambda new=new: served(story) == new, "the present set", 70)


def test_a_zone_that_goes_and_comes_back_finds_its_set(story):
    a = served(story)
    state = story.apexd.directory / "state"
    story.configure(zones=[], state=state)
    assert story.apexd.ctl("config", "reload")["removed"] == ["example.com."]
    story.unbound.kill()
    story.configure(state=state)
    assert story.apexd.ctl("config", "reload")["added"] == ["example.com."]
    assert served(story) == a


def test_a_damaged_file_is_set_aside(story, known_state):
    file = known_state / "alias.db"
    assert story.apexd.stop() == 0
    file.write_bytes(b"\x5a" * 20000)
    start_anew(story)
    story.apexd.wait_for_aliases()
    (aside,) = known_state.glob("alias.db.damaged-*")
    assert aside.read_bytes() == b"\x5a" * 20000
    (line,) = [line for line in story.apexd.process.output().splitlines()
               if "alias store" in line and "damaged" in line]
    assert "warning" in line and str(file) in line and str(aside) in line
    assert store(story) == {"file": str(file), "trouble": None}
    assert served(story) in (OLD4, NEW4)
    assert sql(file, "SELECT target, type FROM last_good ORDER BY 2") == [
        ("cdn.example.net.", "A"), ("cdn.example.net.", "AAAA")]


def test_a_newer_file_is_set_aside_and_keeps_its_sets(story, known_state):
    file = known_state / "alias.db"
    assert story.apexd.stop() == 0
    sql(file, "PRAGMA user_version = 9")
    start_anew(story)
    (aside,) = known_state.glob("alias.db.version-9-*")
    assert "version 9, expected 1" in story.apexd.process.output()
    assert sql(aside, "SELECT count(*) FROM last_good") == [(2,)]


def test_a_database_deleted_while_running_changes_no_answer(story, known_state):
    a = served(story)
    with Load(story.client, SERVER4, ["example.com A"]) as load:
        shutil.rmtree(known_state)
        trouble = wait_for(lambda: store(story)["trouble"], "the trouble to be seen", 10)
        assert "was deleted or replaced" in trouble
        wait_for(lambda: store(story)["trouble"] is None, "the trouble to be over", 15)
    assert load.outcomes == {"example.com A": {outcome(a)}}
    log = story.apexd.process.output()
    assert log.count("error alias store") == 1
    assert log.count("every ALIAS set is on disk again") == 1
    assert story.apexd.ctl("stats")["store"]["failures"] >= 1
    # All that is served is in the new one.
    story.unbound.kill()
    story.apexd.process.kill()
    story.apexd.start()
    assert served(story) == a


def test_a_full_disk_does_not_keep_a_change_from_being_served(story, known_state):
    assert story.apexd.stop() == 0
    story.server.run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", known_state)
    start_anew(story)
    story.apexd.wait_for_aliases()
    story.server.run("sh", "-c", f"head -c 1M /dev/zero >{known_state}/ballast || true")
    with Load(story.client, SERVER4, ["example.com A"]) as load:
        # The log of changes has room that it had before; changes use it up.
        for _ in range(6):
            new, new6 = (NEW4, NEW6) if served(story) == OLD4 else (OLD4, OLD6)
            story.move_cdn(new, new6)
            wait_for(lambda new=new: served(story) == new, "the change", CDN_TTL + 5)
            if store(story)["trouble"]:
                break
        assert "alias.db" in store(story)["trouble"]
        assert story.apexd.ctl("stats")["store"]["unwritten"] >= 1
        text = story.apexd.ctl_run("status", json_output=False).stdout
        assert "failing" in text and "alias.db" in text
        story.server.run("rm", known_state / "ballast")
        wait_for(lambda: store(story)["trouble"] is None, "room", 15)
    assert load.outcomes == {"example.com A": {outcome(OLD4), outcome(NEW4)}}
    assert story.apexd.process.output().count("error alias store") == 1
    assert story.apexd.stop() == 0
    story.server.run("umount", known_state)
    start_anew(story)


def test_a_folder_that_cannot_be_is_no_reason_not_to_start(story, known_state):
    assert story.apexd.stop() == 0
    shutil.rmtree(known_state)
    known_state.write_text("in the way")
    start_anew(story)
    story.apexd.wait_for_aliases()
    assert served(story)
    assert "cannot be made" in store(story)["trouble"]
    assert "error alias store" in story.apexd.process.output()
    known_state.unlink()
    wait_for(lambda: store(story)["trouble"] is None, "the folder to be made", 15)
    assert (known_state / "alias.db").exists()
