# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""What is generated: records, zones, families of zones that are served together,
and queries. All of it is plain data, so that shrinking can take it apart."""
import dataclasses
import struct
from dataclasses import dataclass, field

import dns.rdatatype

import names

IN, CH, HS, NONE, ANY_CLASS = 1, 3, 4, 254, 255


@dataclass(frozen=True)
class Record:
    owner: tuple
    ttl: int
    rdtype: str    # presentation of the type
    rdata: tuple   # words of the presentation; a tuple among them is a name

    def text(self, number):
        words = [names.to_text(word, number) if isinstance(word, tuple) else word
                 for word in self.rdata]
        return " ".join([names.to_text(self.owner, number), str(self.ttl), "IN", self.rdtype,
                         *words])


@dataclass(frozen=True)
class Zone:
    origin: tuple
    records: tuple

    def text(self, number):
        return "".join(record.text(number) + "\n" for record in self.records)

    def cuts(self):
        """Owners of a delegation, those that another one hides included."""
        return {record.owner for record in self.records
                if record.rdtype == "NS" and record.owner != self.origin}


@dataclass(frozen=True)
class Edns:
    size: int = 1232
    do: bool = False
    version: int = 0
    flags: int = 0          # what else stands in the flags, without DO
    options: bytes = b""
    count: int = 1          # OPT records in the query

    def wire(self):
        flags = self.flags | (0x8000 if self.do else 0)
        record = struct.pack("!BHHBBHH", 0, 41, self.size, 0, self.version, flags,
                             len(self.options)) + self.options
        return record * self.count


@dataclass(frozen=True)
class Query:
    name: tuple
    rdtype: int
    rdclass: int = IN
    flags: int = 0          # header bits other than the opcode
    opcode: int = 0
    edns: Edns | None = None
    case: int = 0           # bit n set: the n-th octet of the name in upper case
    shape: str = ""         # a departure from the well-formed, see SHAPES

    def wire(self, ident, number):
        qname = bytearray(names.to_wire(self.name, number))
        for index, octet in enumerate(qname):
            if self.case >> index & 1 and 0x61 <= octet <= 0x7a:
                qname[index] = octet - 0x20
        question = bytes(qname) + struct.pack("!HH", self.rdtype, self.rdclass)
        parts = {"qd": 1, "an": 0, "ns": 0, "ar": self.edns.count if self.edns else 0,
                 "flags": self.opcode << 11 | self.flags, "question": question,
                 "records": b"", "tail": self.edns.wire() if self.edns else b""}
        if self.shape:
            SHAPES[self.shape](parts)
        wire = struct.pack("!6H", ident, parts["flags"], parts["qd"], parts["an"], parts["ns"],
                           parts["ar"])
        wire += parts["question"] + parts["records"] + parts["tail"]
        return wire[:parts.get("length", len(wire))]

    def text(self, number):
        words = [names.to_text(self.name, number), f"CLASS{self.rdclass}" if self.rdclass != IN
                 else "IN", dns.rdatatype.to_text(self.rdtype), f"flags={self.flags:#06x}",
                 f"opcode={self.opcode}"]
        if self.edns:
            words.append(str(self.edns))
        if self.case:
            words.append("0x20")
        if self.shape:
            words.append(f"shape={self.shape}")
        return " ".join(words)


def _no_question(parts):
    parts.update(qd=0, question=b"")


def _two_questions(parts):
    parts.update(qd=2, question=parts["question"] * 2)


def _missing_question(parts):
    parts.update(question=b"", tail=b"", ar=0)


def _trailing(parts):
    parts["tail"] += b"\x00trailing"


def _answer_record(parts):
    parts.update(an=1, records=b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01")


def _authority_record(parts):
    _answer_record(parts)
    parts.update(an=0, ns=1)


def _response(parts):
    parts["flags"] |= 0x8000


def _header_only(parts):
    parts["length"] = 12


def _short_header(parts):
    parts["length"] = 11


def _cut_question(parts):
    parts["length"] = 12 + len(parts["question"]) - 1


def _counted_too_many(parts):
    parts["ar"] += 1


SHAPES = {
    "no-question": _no_question, "two-questions": _two_questions,
    "missing-question": _missing_question, "trailing": _trailing,
    "answer-record": _answer_record, "authority-record": _authority_record,
    "response": _response, "header-only": _header_only, "short-header": _short_header,
    "cut-question": _cut_question, "counted-too-many": _counted_too_many,
}


@dataclass(frozen=True)
class Family:
    """Zones that know of each other, and what is asked about them."""
    category: str
    zones: tuple
    queries: tuple = field(default=())

    def with_queries(self, queries):
        return dataclasses.replace(self, queries=tuple(queries))

    def origins(self):
        return {zone.origin for zone in self.zones}

    def zone_of(self, name):
        """The served zone that is nearest above the name, or None."""
        above = [zone for zone in self.zones if names.is_within(name, zone.origin)]
        return max(above, key=lambda zone: len(zone.origin), default=None)

    def text(self, number):
        return "\n".join(f"; zone {names.to_text(zone.origin, number)}\n{zone.text(number)}"
                         for zone in self.zones)
