# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Domain names of generated zones: tuples of label octets, always absolute.

Many families of zones are served at once, each below top-level labels of its
own. A family does not know them: its names end in a marker, and the number of
the family turns it into a label of constant length, so that a family can be
served under any number without a change to the length of its names.
"""
MARKERS = {b"@f": "f", b"@g": "g"}
MARKER_OCTETS = 5
MAX_WIRE = 255
MAX_LABEL = 63

PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_*")


def _label(label, number):
    letter = MARKERS.get(label)
    return label if letter is None else f"{letter}{number:04x}".encode()


def wire_length(name):
    """Octets of the name on the wire."""
    return 1 + sum(1 + (MARKER_OCTETS if label in MARKERS else len(label)) for label in name)


def fits(name):
    return wire_length(name) <= MAX_WIRE and all(0 < len(label) <= MAX_LABEL for label in name)


def to_wire(name, number):
    octets = bytearray()
    for label in name:
        label = _label(label, number)
        octets.append(len(label))
        octets += label
    octets.append(0)
    return bytes(octets)


def _octet_text(octet):
    if octet in PLAIN:
        return chr(octet)
    # Both kinds of escape are met: a backslash and the character, or its number.
    if 0x21 <= octet <= 0x7e and octet % 2:
        return "\\" + chr(octet)
    return f"\\{octet:03d}"


def to_text(name, number):
    """Presentation format with a final dot."""
    return "".join("".join(map(_octet_text, _label(label, number))) + "." for label in name) or "."


def is_below(name, ancestor):
    """Whether `name` is strictly below `ancestor`."""
    return len(name) > len(ancestor) and name[len(name) - len(ancestor):] == ancestor


def is_within(name, ancestor):
    return name == ancestor or is_below(name, ancestor)


def ancestors(name):
    """Every proper ancestor, nearest first, without the root."""
    return [name[index:] for index in range(1, len(name))]
