# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Serves families from every server and returns what each answered.

    client  10.53.0.2 ---- 10.53.0.1  server
    knot, nsd and bind on 127.0.1.1-3  apexd, AF_XDP

A world lives as long as the servers do: all its families are loaded at once, for
starting takes much longer than asking."""
from pathlib import Path

import names
from ask import Asker, Unresponsive
from lab import Lab
from model import Query
from references import Bind, Knot, nsd
from servers import Apexd

REFERENCES = {"knot": Knot, "nsd": nsd, "bind": Bind}
ADDRESSES = {"apexd": "10.53.0.1", "knot": "127.0.1.1", "nsd": "127.0.1.2", "bind": "127.0.1.3"}
INTERFACE = "eth1"
SOA = 6


def zone_texts(families):
    """Zone name to text, of all families, each under the number of its place."""
    return {names.to_text(zone.origin, number).rstrip("."): zone.text(number)
            for number, family in enumerate(families) for zone in family.zones}


def _is_apex(wire):
    """An authoritative answer with a record: the SOA of a zone that was asked for."""
    return wire[2] & 4 and wire[3] & 0xf == 0 and wire[7] != 0


class World:
    """A lab with the servers, all of which have the same zones."""

    def __init__(self, families, servers):
        self.families = families
        self.servers = servers
        self.stopped = {}   # server: the last queries before it stopped answering
        self.lab = Lab("differential")

    def __enter__(self):
        self.lab.__enter__()
        try:
            self._start()
        except BaseException:
            self.lab.close()
            raise
        return self

    def __exit__(self, *what):
        self.lab.close()

    def _start(self):
        zones = zone_texts(self.families)
        self.client = self.lab.host("client")
        if "apexd" in self.servers:
            self._start_apexd(zones)
        for name in self.servers:
            if name in REFERENCES:
                # BIND listens on what an interface has.
                self.client.run("ip", "address", "add", f"{ADDRESSES[name]}/32", "dev", "lo")
                REFERENCES[name](self.client, ADDRESSES[name], zones)
        self.askers = {name: Asker(self.client, ADDRESSES[name]) for name in self.servers}

    def _start_apexd(self, zones):
        server = self.lab.host("server")
        self.lab.link(self.client, "eth0", ["10.53.0.2/24"],
                      server, INTERFACE, [f"{ADDRESSES['apexd']}/24"])
        self.apexd = Apexd(server)
        files = {zone: f"{index}.zone" for index, zone in enumerate(zones)}
        for zone, file_name in files.items():
            self.apexd.write_zone(file_name, zones[zone])
        self.apexd.write_config(addresses=[ADDRESSES["apexd"]],
                                devices=[f"net_af_xdp0,iface={INTERFACE}"],
                                zones=list(files.items()))
        self.apexd.start()

    def complaint(self, server, zone):
        """The first line of the server's log that names the zone and an error."""
        log = Path(self.lab.directory / f"{server}.log").read_text(errors="replace")
        lines = [line for line in log.splitlines() if zone.rstrip(".") in line]
        wrong = [line for line in lines if "error" in line or "illegal" in line
                 or "no address" in line]
        return (wrong or lines or ["says nothing"])[0]

    def missing_zones(self, zones):
        """{server: [(family number, zone name)]} of what a server does not serve;
        `zones` are (family number, name, origin)."""
        wires = [Query(origin, SOA).wire(index, number)
                 for index, (number, _, origin) in enumerate(zones)]
        return {server: [zones[index][:2] for index, wire in enumerate(responses)
                         if wire is None or not _is_apex(wire)]
                for server, responses in self.ask(wires).items()}

    def ask(self, wires):
        """{server: [response octets or None]} to the queries, in their order. A
        server that stops answering is not asked again, and has None from then on."""
        answers = {}
        for name, asker in self.askers.items():
            try:
                answers[name] = asker.ask(wires)
            except Unresponsive as stopped:
                self.stopped[name] = [wires[index] for index in stopped.indices]
                self.askers = {left: asker for left, asker in self.askers.items() if left != name}
        return answers
