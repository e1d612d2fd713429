# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""scripts/bench-nic over a veth; its numbers are nobody's test."""
import json

import pytest
from conftest import ROOT
from servers import apexdns_build
from story import SERVER4


@pytest.fixture(scope="module")
def questions(story):
    file = story.client.lab.directory / "questions"
    file.write_text("www.example.com. A\nmail.example.com. A\n")
    return file


def bench(story, questions, *words, check=True):
    apexctl = f"{apexdns_build() / 'apexctl'} -s {story.apexd.socket}"
    return story.client.run(ROOT / "scripts" / "bench-nic", "--server", SERVER4, "--questions",
                            questions, "--rates", "1000", "2000", "--seconds", "1", "--rounds", "1",
                            "--ctl", apexctl, *words, check=check, core=None)


@pytest.mark.parametrize("words", [[], ["--interface", "eth0"]])
def test_it_offers_and_reports(story, questions, words):
    report = story.client.lab.directory / "report.md"
    done = bench(story, questions, "--json", "--report", report, *words)
    result = json.loads(done.stdout)
    assert result["generator"] == ("kxdpgun" if words else "dnsperf")
    assert [point["asked"] for point in result["points"]] == [1000, 2000]
    for point in result["points"]:
        assert 0 < point["answered"] <= point["sent"]
    assert [load["share"] for load in result["latency"]] == [0.1, 0.5, 0.9]
    assert set(result["counters"]) == {"answer"} or "punt_arp" in result["counters"]
    assert result["counters"]["answer"] > 3000
    text = report.read_text()
    assert text.startswith(f"# apexd at {SERVER4}\n") and "net_af_xdp" in text
    assert "| 1,000 | " in text and "| answer | " in text


def test_errors_are_no_answers(story, questions):
    wrong = questions.with_name("wrong")
    wrong.write_text("www.example.com. A\nnothing.example.com. A\n")
    done = bench(story, wrong, check=False)
    assert done.returncode == 1
    assert "queries with errors, NXDOMAIN nothing.example.com. the first" in done.stderr


def test_who_does_not_answer_is_told(story, questions):
    done = story.client.run(ROOT / "scripts" / "bench-nic", "--server", "10.53.0.99", "--questions",
                            questions, "--rates", "1000", "--seconds", "1", "--rounds", "1",
                            check=False, core=None)
    assert done.returncode == 1
    assert "dnsperf had no answer from it" in done.stderr
