"""The log: lines of JSON that mask addresses, are bounded, and never stop a sale."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import structlog

from controller import log
from controller.log import LOG_FILE, LogFile, logging_to


def lines(folder: Path) -> list[dict[str, Any]]:
    """What the log says."""
    return [json.loads(line) for line in (folder / LOG_FILE).read_text(encoding="utf-8").splitlines()]


def test_no_line_carries_a_whole_address_or_is_two(tmp_path: Path) -> None:
    with logging_to(tmp_path):
        structlog.get_logger().info("to jana@example.sk", text="<jana@example.sk>\nžltý", many=["eva@example.sk"])
    (line,) = lines(tmp_path)
    assert (line["event"], line["text"], line["many"]) == (
        "to j***@example.sk",
        "<j***@example.sk>\nžltý",
        ["e***@example.sk"],
    )
    assert stat.S_IMODE((tmp_path / LOG_FILE).stat().st_mode) == 0o600


def test_an_exception_is_told_in_one_line(tmp_path: Path) -> None:
    with logging_to(tmp_path):
        try:
            raise ValueError("of jana@example.sk")
        except ValueError:
            structlog.get_logger().exception("stopped")
    (line,) = lines(tmp_path)
    assert "ValueError: of j***@example.sk" in line["exception"]


def test_a_log_that_cannot_be_written_loses_lines_and_says_how_many(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    with logging_to(folder):
        structlog.get_logger().info("lost")
        structlog.get_logger().info("lost too")
        folder.mkdir()
        structlog.get_logger().info("kept")
    assert [(line["event"], line.get("count")) for line in lines(folder)] == [("log lines lost", 2), ("kept", None)]


def test_the_log_keeps_two_files_of_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "LOG_MAX_BYTES", 1000)
    file = LogFile(tmp_path / LOG_FILE)
    for number in range(100):
        file.msg(f'{{"event": "{number:0100d}"}}')
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"log.jsonl", "log.1.jsonl"}
    assert max(sizes.values()) <= 1000 + 2 * 120
