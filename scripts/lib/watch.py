# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""apexctl watch beside the daemon of a Story, and the events that it told."""
import contextlib
import json

from lab import wait_for
from servers import apexdns_build


class Watch:
    """apexctl watch, as a person or (`as_json`) a program starts it."""

    started = 0

    def __init__(self, story, as_json=True):
        Watch.started += 1
        words = ["--json"] if as_json else []
        self.as_json = as_json
        self.process = story.server.start(f"watch{Watch.started}", apexdns_build() / "apexctl", "-s",
                                          story.apexd.socket, *words, "watch")
        # It prints nothing until something happens, so make that.
        self.process.require(lambda: self.touch(story), "an event")

    def touch(self, story):
        story.apexd.ctl("zone", "reload", "example.com")
        return "zone" in self.process.output()

    def lines(self):
        lines = self.process.output().splitlines()
        return [json.loads(line) for line in lines] if self.as_json else lines

    def events(self, **wanted):
        return [event for event in self.lines() if wanted.items() <= event.items()]

    def wait(self, timeout=20, **wanted):
        wait_for(lambda: self.events(**wanted), f"an event with {wanted}", timeout)
        return self.events(**wanted)[-1]


@contextlib.contextmanager
def watching(story, as_json=True):
    watch = Watch(story, as_json)
    try:
        yield watch
    finally:
        watch.process.stop()
