# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Hugepages for the length of a benchmark or a test, given back at its end. Used
by bench/line-rate and the one system test that needs them; the demo and the other
tests leave the host's setting alone."""
import fcntl
from pathlib import Path

PAGE = 2 << 20
FOLDER = Path("/sys/kernel/mm/hugepages/hugepages-2048kB")
# What a reservation changed, "BEFORE AFTER", under a lock that ends with its owner:
# a record that nobody holds is that of a run which was killed.
RECORD = Path("/run/apexdns-hugepages")


class Hugepages:
    """A context manager that restores the number of 2 MiB pages it found."""

    def __init__(self):
        self.before = None
        self.record = None
        self.reason = ""
        self.found = ""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self._give_back()

    def reserve(self, octets):
        """True when at least `octets` are free as 2 MiB pages; `reason` says why not.
        What a killed run left is given back first, and `found` says so."""
        wanted = -(-octets // PAGE)
        if not FOLDER.is_dir():
            self.reason = "this kernel has no 2 MiB pages"
            return False
        owned = self._open_record()
        missing = wanted - self._read("free_hugepages")
        if missing <= 0:
            return True
        if not owned:
            self.reason = f"another run has reserved pages, see {RECORD}"
            return False
        total = self._read("nr_hugepages")
        self.record.write(f"{total} {total + missing}\n")
        self.record.flush()
        try:
            self._write(total + missing)
        except OSError as error:
            self.reason = f"{FOLDER}/nr_hugepages cannot be written: {error.strerror}"
            return False
        self.before = total
        free = self._read("free_hugepages")
        if free < wanted:
            self.reason = f"asked for {wanted} free pages of 2 MiB, the kernel found {free}"
            self._give_back()
            return False
        return True

    def _open_record(self):
        """Makes the record ours, and empty; False when a living run has it."""
        self.record = open(RECORD, "a+")
        try:
            fcntl.flock(self.record, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.record.close()
            self.record = None
            return False
        self.record.seek(0)
        left = self.record.read().split()
        if len(left) == 2:
            before, after = map(int, left)
            # Another number is somebody else's decision.
            if self._read("nr_hugepages") == after:
                self._write(before)
                self.found = f"gave back {after - before} pages of 2 MiB that a killed run left"
        self.record.truncate(0)
        return True

    def _give_back(self):
        if self.before is not None:
            self._write(self.before)
            self.before = None
        if self.record is not None:
            RECORD.unlink(missing_ok=True)
            self.record.close()
            self.record = None

    def _read(self, name):
        return int((FOLDER / name).read_text())

    def _write(self, pages):
        (FOLDER / "nr_hugepages").write_text(f"{pages}\n")
