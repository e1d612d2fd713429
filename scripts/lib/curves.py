# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Curves of the benchmarks, as SVG that is the same for the same numbers."""

PACKAGE = "python3-matplotlib"


def pyplot():
    """Matplotlib's, set up; imported only where curves are asked for."""
    import matplotlib  # noqa: PLC0415
    matplotlib.use("svg")
    from matplotlib import pyplot as module  # noqa: PLC0415
    matplotlib.rcParams |= {"svg.hashsalt": "apexdns", "svg.fonttype": "none"}
    return module


def save(figure, folder, name):
    folder.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(folder / name, metadata={"Date": None})
