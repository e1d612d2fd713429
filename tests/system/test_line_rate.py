# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""bench/line-rate/run does what it says; its numbers are nobody's test."""
import json
import os
import re
import subprocess

import dns.message
import dns.rcode
import pytest
import stages
from capture import read_pcap
from conftest import ROOT
from dns.flags import AA
from hugepages import FOLDER
from lab import LabError, wait_for
from mixes import KINDS, LABELS, write_capture, write_zone, zone_names
from replay import ApexdReplay
from servers import Apexd, apexdns_build
from story import CLIENT4, SERVER4

pytestmark = pytest.mark.alone


def pages():
    """The host's setting; None where the kernel has none."""
    setting = FOLDER / "nr_hugepages"
    return setting.read_text() if setting.exists() else None


@pytest.mark.parametrize("kind", KINDS)
def test_a_short_run(kind):
    before = pages()
    done = subprocess.run(
        [ROOT / "bench" / "line-rate" / "run", "--names", "500", "--zones", "3", "--kind", kind,
         "--packets", "2000", "--pairs", "2", "--seconds", "0.1", "--no-huge", "--json"],
        capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert len(result["pairs"]) == 2
    for pair in result["pairs"]:
        assert pair["ratio"] == pytest.approx(pair["apexd_mpps"] / pair["testpmd_mpps"])
        assert pair["apexd_mpps"] > 0
    low, high = sorted(pair["ratio"] for pair in result["pairs"])
    assert result["ratio"] == pytest.approx((low + high) / 2)
    assert (result["hugepages"], result["kind"]) == (False, kind)
    assert result["counters"].keys() == {KINDS[kind].verdict}
    assert result["counters"][KINDS[kind].verdict] >= 2000
    assert result["table"]["zones"] == 3
    assert pages() == before


def test_two_workers_are_compared_with_one():
    done = subprocess.run(
        [ROOT / "bench" / "line-rate" / "run", "--names", "500", "600", "--packets", "2000",
         "--two-workers", "--pairs", "1", "--seconds", "0.1", "--no-huge", "--json"],
        capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [result["names"] for result in results] == [500, 600]
    for result in results:
        assert result["ratio"] == pytest.approx(
            result["two_workers_mpps"] / result["one_worker_mpps"])
        assert result["one_worker_mpps"] > 0


def test_a_reload_is_compared_with_rest():
    done = subprocess.run(
        [ROOT / "bench" / "line-rate" / "run", "--names", "500", "--packets", "2000", "--zones",
         "3", "--reload", "--pairs", "3", "--seconds", "0.1", "--no-huge", "--json"],
        capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["reloading_mpps"] > 0
    for pair in result["pairs"]:
        assert 0 < pair["reloading_least"] <= pair["ratio"] * 1.001
        assert 0 < pair["at_rest_least"] <= 1.001


# kind, RCODE, AA, the name of the answer's first record, record types in each section
REPLIES = [
    ("hits", "NOERROR", True, "host", [["A"], [], []]),
    ("nxdomain", "NXDOMAIN", True, None, [[], ["SOA"], []]),
    ("wildcard", "NOERROR", True, "any.host", [["A"], [], []]),
    ("referral", "NOERROR", False, None, [[], ["NS"] * 2, ["A"] * 2]),
    ("chain", "NOERROR", True, "host", [["CNAME", "CNAME", "A"], [], []]),
    ("labels100", "NXDOMAIN", True, None, [[], ["SOA"], []]),
]


@pytest.fixture(scope="module")
def server(lab):
    return lab.host("server")


def records(section):
    return [rdata.rdtype.name for rrset in section for rdata in rrset]


@pytest.mark.parametrize("kind, rcode, is_aa, owner, sections", REPLIES,
                         ids=[case[0] for case in REPLIES])
def test_a_kind_is_answered_as_it_says(lab, server, kind, rcode, is_aa, owner, sections):
    """Every reply, which the counters alone do not tell apart."""
    count, zones = 30, zone_names(2)
    apexd = Apexd(server, f"apexd-{kind}")
    write_zone(apexd.directory / "names.zone", KINDS[kind], 4)
    queries, sent = apexd.directory / "in.pcap", apexd.directory / "out.pcap"
    write_capture(queries, KINDS[kind], count=count, names=8, zones=zones, edns_share=0.5,
                  source=CLIENT4, destination=SERVER4)
    apexd.write_config(addresses=[SERVER4], zones=[(zone, "names.zone") for zone in zones],
                       devices=[f"net_pcap0,rx_pcap={queries},tx_pcap={sent}"])
    apexd.start()
    wait_for(lambda: sum(apexd.counters().values()) == count, "every packet to be counted")
    assert apexd.counters()[KINDS[kind].verdict] == count
    assert apexd.stop() == 0  # what was sent is in the file now
    replies = [dns.message.from_wire(frame[42:]) for frame in read_pcap(sent)]
    assert len(replies) == count
    assert {reply.edns for reply in replies} == {-1, 0}
    for reply in replies:
        assert dns.rcode.to_text(reply.rcode()) == rcode
        assert bool(reply.flags & AA) == is_aa
        assert [records(section) for section in (reply.answer, reply.authority,
                                                 reply.additional)] == sections
        asked = reply.question[0].name
        assert owner is None or (reply.answer[0].name == asked
                                 and asked.to_text().startswith(owner))
        assert kind != "labels100" or len(asked.labels) == LABELS + 1


def test_replies_that_a_kind_does_not_promise_fail_the_run(lab):
    queries, zone_file = lab.directory / "refused.pcap", lab.directory / "names.zone"
    write_zone(zone_file, KINDS["hits"], 1)
    write_capture(queries, KINDS["hits"], count=10, names=1, zones=["example.org"], edns_share=0,
                  source=CLIENT4, destination=SERVER4)
    apexd = ApexdReplay(lab, queries, SERVER4, ["example.com"], zone_file, "answer")
    with pytest.raises(LabError, match="'answer', but these counters moved: {'refused'"):
        apexd.check(10)


def test_bad_arguments_are_refused():
    done = subprocess.run([ROOT / "bench" / "line-rate" / "run", "--names", "2", "--zones", "3"],
                          capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert "--zones" in done.stderr


def test_without_a_build_it_says_what_to_run(tmp_path):
    done = subprocess.run([ROOT / "bench" / "line-rate" / "run", "--names", "2"],
                          env={**os.environ, "APEXDNS_BUILD": str(tmp_path)},
                          capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"run: no {tmp_path / 'apexd'}; run scripts/build first\n"


def test_every_stage_of_a_packets_way_is_known():
    """Over all instructions of a burst and the poll loop; a function that was renamed or
    is no longer inlined would show as time of the driver."""
    program = apexdns_build() / "apexd"
    places = [address + offset for name, address in stages.symbols(program).items()
              if re.search("Burst10run_blocks|Burst11finish_miss|Burst8read_any|Worker4poll", name)
              for offset in range(0, 4096, 8)]
    found = {stages.stage_of(functions) for functions in stages.inlined(program, places).values()}
    assert found >= set(stages.STAGES)
