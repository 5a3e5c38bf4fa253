"""Where things are: this repository, and beside it what tests read and do not own."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
DOCUMENT = SHARED / "source" / "city-clusters.zh.txt"
