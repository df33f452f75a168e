"""Every reader of outside bytes, a few hundred inputs each: the table of ``fuzz_targets``, driven by hypothesis."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings, strategies as st

from tests.fuzz_targets import SECONDS_PER_100_KB, TARGETS, Target, attempt

EVERY = pytest.mark.parametrize("name", TARGETS)
LONG_BYTES = 100_000


@EVERY
def test_its_seeds_are_whole(name: str) -> None:
    """What a fuzzer starts from gets past the first check: it is read as it was meant."""
    for seed in TARGETS[name].seeds():
        assert seed
        attempt(TARGETS[name], seed)


@EVERY
@settings(max_examples=60)
@given(content=st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(name: str, content: bytes) -> None:
    """Nothing but the declared errors."""
    attempt(TARGETS[name], content)


@EVERY
@settings(max_examples=120)
@given(data=st.data())
def test_a_spoilt_input_is_read_or_refused(name: str, data: st.DataObject) -> None:
    """A whole input with some places cut out, doubled or overwritten."""
    content = bytearray(data.draw(st.sampled_from(TARGETS[name].seeds())))
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(content)))
        end = min(len(content), start + data.draw(st.integers(0, 40)))
        put = data.draw(st.binary(max_size=8) | st.just(bytes(content[start:end]) * 2))
        content[start:end] = put
    attempt(TARGETS[name], bytes(content))


LONG = {
    "zeros": bytes(LONG_BYTES),
    "lines": b"\n" * LONG_BYTES,
    "letters": b"a" * LONG_BYTES,
    "noise": random.Random(4).randbytes(LONG_BYTES),
    "replies": b"\xff" + b"250-x\r\n" * (LONG_BYTES // 7),
    "magic": bytes.fromhex("f5654bff") * (LONG_BYTES // 4),
    "brackets": b"[" * LONG_BYTES,
    "elements": b"<a>" * (LONG_BYTES // 3),
    "escapes": b"\x1b[" * (LONG_BYTES // 2),
    "cells": b'PLU;"' + b'"";' * (LONG_BYTES // 3),
}


@EVERY
@pytest.mark.parametrize("kind", LONG)
def test_a_long_input_takes_no_longer_than_it_is(name: str, kind: str) -> None:
    """A second of computing for 100 kB at the very most; for what this machine is slow with, a smaller one is lost."""
    attempt(TARGETS[name], LONG[kind])


def test_a_target_that_breaks_its_promise_is_noticed() -> None:
    """The control: an error that is not declared, and one that is too slow, come out."""

    def fail(content: bytes) -> None:
        raise KeyError(content)

    def idle(content: bytes) -> None:
        assert sum(number % 7 for number in range(40_000_000))

    with pytest.raises(KeyError):
        attempt(Target(fail, tuple), b"")
    with pytest.raises(AssertionError, match="for 0 bytes"):
        attempt(Target(idle, tuple), b"")
    assert SECONDS_PER_100_KB > 0
