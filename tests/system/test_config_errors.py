# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Mistakes in the configuration: one line that names file, line, what was read
and what was expected; status 2; and nothing was started."""
import subprocess

import pytest
from conftest import ROOT
from servers import apexdns_build

GOOD = """server:
  addresses: [10.53.0.1]
  workers: [1]
ports:
  - device: "net_pcap0,rx_pcap={dir}/in.pcap,tx_pcap={dir}/out.pcap"
control:
  socket: {dir}/apexd.sock
resolver:
  forward: [192.0.2.1@5353]
alias:
  ttl-min: 5
zones:
  - name: example.com
    file: example.com.zone
"""

# description, (old text, new text), line of the message, words in it
CASES = [
    ("unknown key", ("  workers: [1]", "  workers: [1]\n  adresses: x"), 4,
     ['"adresses"', '"server"', '"addresses"']),
    ("unknown section", ("alias:\n", "aliases:\n"), 10, ['"aliases"', '"alias"']),
    ("address that parses to nothing", ("[10.53.0.1]", "[10.53.0.1234]"), 2,
     ['"10.53.0.1234"', "IPv4 or IPv6 address"]),
    ("no address", ("[10.53.0.1]", "[]"), 2, ["empty", "at least one"]),
    ("addresses is text", ("[10.53.0.1]", "10.53.0.1"), 2, ['"10.53.0.1"', "list"]),
    ("worker without a CPU", ("[1]", "\n    - 1\n    - 127"), 5,
     ["CPU 127", "those are "]),
    ("device that is an interface", ("net_pcap0,rx_pcap={dir}/in.pcap,tx_pcap={dir}/out.pcap",
                                     "eth1"), 5, ['"eth1"', "PCI address", "virtual device"]),
    ("device with nonsense", ("net_pcap0,rx_pcap={dir}/in.pcap", "net_pcap0,rx_pcap"), 5,
     ['"rx_pcap"', "KEY=VALUE"]),
    ("device without its interface", ("net_pcap0,rx_pcap={dir}/in.pcap,tx_pcap={dir}/out.pcap",
                                      "net_af_xdp0"), 5, ['"net_af_xdp0"', "iface=NAME"]),
    ("device twice", ("control:", "  - device: 0000:01:00.0\n  - device: 01:00.0\ncontrol:"), 7,
     ['"01:00.0"', '"0000:01:00.0"', "before"]),
    ("NIC of a bond again",
     ("control:", "  - device: 0000:01:00.1\n  - device: \"net_bonding0,mode=1,slave=01:00.1\"\ncontrol:"), 7,
     ['"net_bonding0,mode=1,slave=01:00.1"', "used before", '"0000:01:00.1"']),
    ("two ports with one kernel interface",
     ("control:", "    kernel: {interface: apex1}\n  - device: 0000:01:00.0\ncontrol:"), 7,
     ['"0000:01:00.0"', '"apex1"', "another port"]),
    ("kernel path of a port that leaves it to the kernel",
     ("control:", "  - device: net_af_packet0,iface=lo\n    kernel: {}\ncontrol:"), 6,
     ['"net_af_packet0,iface=lo"', '"kernel"', "by the interface itself"]),
    ("worker is no number", ("[1]", "[one]"), 3, ['"one"', "lcore"]),
    ("port out of range", ("  workers: [1]", "  workers: [1]\n  port: 70000"), 4,
     ['"70000"', "65535"]),
    ("ports missing", ("ports:\n  - device: \"net_pcap0,rx_pcap={dir}/in.pcap,"
                       "tx_pcap={dir}/out.pcap\"\n", ""), 1, ['"ports"', "missing"]),
    ("port without device", ("  - device: ", "  - dev: "), 5, ['"dev"', '"device"']),
    ("resolver that is no address", ("[192.0.2.1@5353]", "[resolver.example.net]"), 9,
     ['"resolver.example.net"', "ADDRESS"]),
    ("duration of nonsense", ("ttl-min: 5", "ttl-min: soon"), 11, ['"soon"', "seconds"]),
    ("floor above ceiling", ("ttl-min: 5", "ttl-min: 1h\n  ttl-max: 1m"), 10,
     ['"ttl-min"', '"ttl-max"']),
    ("zone without file", ("    file: example.com.zone\n", ""), 13, ['"file"', "missing"]),
    ("zone name too long", ("example.com\n", "x" * 64 + ".com\n"), 13, ["x" * 20]),
    ("zone twice", ("zones:\n", "zones:\n  - {name: EXAMPLE.com, file: a}\n"), 14,
     ['"example.com"', "line 13"]),
    ("flatten of nonsense", ("    file: example.com.zone", "    file: a\n    flatten: most"), 15,
     ['"most"', "none, apex or all"]),
    ("not YAML", ("server:", "server: ["), None, ["YAML"]),
]


def run(directory, text, *options):
    config = directory / "apexd.yaml"
    config.write_text(text.replace("{dir}", str(directory)))
    done = subprocess.run([apexdns_build() / "apexd", *options, config], capture_output=True,
                          text=True, timeout=20, check=False)
    return config, done


@pytest.mark.parametrize("edit, line, words", [case[1:] for case in CASES],
                         ids=[case[0] for case in CASES])
@pytest.mark.parametrize("option", ["--check-config", "-c"])
def test_mistake(tmp_path, option, edit, line, words):
    old, new = edit
    assert old in GOOD
    config, done = run(tmp_path, GOOD.replace(old, new), option)
    assert done.returncode == 2
    (message,) = (done.stdout + done.stderr).splitlines()
    assert message.startswith(f"{config}:{line}: " if line else f"{config}:")
    for word in words:
        assert word in message
    # No socket, no capture file.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["apexd.yaml"]


def test_a_missing_file_is_named(tmp_path):
    config = tmp_path / "none.yaml"
    for option in ("--check-config", "-c"):
        done = subprocess.run([apexdns_build() / "apexd", option, config], capture_output=True,
                              text=True, timeout=20, check=False)
        assert done.returncode == 2
        (message,) = (done.stdout + done.stderr).splitlines()
        assert message.startswith(f"{config}: ")


def test_a_good_configuration_passes_the_check(tmp_path):
    (tmp_path / "example.com.zone").write_text(
        "@ 60 SOA ns hostmaster 1 3600 600 86400 60\n@ 60 NS ns\nns 60 A 10.53.0.1\n")
    _, done = run(tmp_path, GOOD, "--check-config")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_example_of_the_package_is_well_formed():
    """Its zone file is not on this host; nothing else may be wrong with it."""
    done = subprocess.run([apexdns_build() / "apexd", "--check-config",
                           ROOT / "packaging" / "apexd.yaml"],
                          capture_output=True, text=True, timeout=20, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    assert [line for line in lines if "example.com.zone" not in line] == []


@pytest.mark.parametrize("device, words", [
    ("net_af_xdp0,iface=nowhere0", ["net_af_xdp0,iface=nowhere0", '"nowhere0"']),
    ("net_nonsense0", ["net_nonsense0"]),
    ("0000:ff:1f.7", ["0000:ff:1f.7"]),
])
def test_a_device_that_cannot_start_is_named(tmp_path, device, words):
    """What is well-formed but not on this host is no mistake of the file."""
    text = GOOD.replace("net_pcap0,rx_pcap={dir}/in.pcap,tx_pcap={dir}/out.pcap", device)
    _, done = run(tmp_path, text, "-c")
    assert done.returncode == 1
    for word in words:
        assert word in done.stderr
    assert not (tmp_path / "apexd.sock").exists()
