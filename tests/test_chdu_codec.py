"""Commands, answers and blocks of a CHDÚ as bytes: vectors by hand, and anything else that a line may bring."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from drivers.chdu_blocks import (
    PARTS_MAX,
    PIECE_BYTES,
    Block,
    Gathering,
    Kind,
    Unordered,
    decode_block,
    encode_block,
    split,
)
from drivers.chdu_codec import (
    BLOCK_BYTES_MAX,
    READ,
    STATUS,
    VERSION,
    VOLUME,
    WRITE,
    Code,
    Command,
    Misheard,
    Refused,
    Rotten,
    Turn,
    converse,
    encode_command,
    parse_address,
    parse_block,
    parse_status,
    read_arguments,
)
from drivers.journal_frames import FRAME_BYTES_MAX, GENESIS, encode_frame
from drivers.simulated.chdu_device import Device, crc32_mpeg2

COMMANDS = [STATUS, READ, WRITE, VOLUME, VERSION]


def play(command: Command, arguments: bytes, answer: bytes) -> tuple[bytes, bytes, bytes]:
    """What the host says, the content it understands, and what it leaves of the answer; Misheard if it wants more."""
    dialogue = converse(command, arguments)
    turn, said = next(dialogue), b""
    while True:
        said += turn.send
        heard, answer = answer[: turn.count], answer[turn.count :]
        if len(heard) < turn.count:
            raise Misheard("silence")
        try:
            turn = dialogue.send(heard)
        except StopIteration as end:
            return said, end.value, answer


def frame_of(seq: int, payload: bytes) -> bytes:
    """A frame as the journal writes it."""
    return encode_frame(GENESIS, seq, 9, 1, 2, payload)


# --- The line --------------------------------------------------------------------------------------------


def test_commands_and_answers_are_as_the_maker_publishes_them() -> None:
    """Vectors made by hand from the description at the head of the codec."""
    assert play(WRITE, b"ab", bytes.fromhex("06 02 0400 07000000 04")) == (
        bytes.fromhex("02 0300 B2 6162 04"),
        bytes.fromhex("07000000"),
        b"",
    )
    assert play(READ, read_arguments(258), bytes.fromhex("06 02 0300 B2 6162 04")) == (
        bytes.fromhex("02 0900 B1 02010000 01000000 04 06"),
        bytes.fromhex("B2 6162"),
        b"",
    )
    status = bytes.fromhex("03 01 0500 2C4B0200 00001000 F0FF0F00 FC010000 00C20100")
    _, content, _ = play(STATUS, b"", bytes.fromhex("06 02 1800") + status + b"\x04")
    told = parse_status(content)
    assert (told.serial, told.total_blocks, told.free_blocks, told.next_address) == (150316, 1048576, 1048560, 16)
    assert not told.is_writable
    assert parse_block(bytes.fromhex("B2 6162")) == b"ab"
    assert parse_address(bytes.fromhex("07010000")) == 263


def test_the_checksum_of_the_medium_is_crc_32_mpeg_2() -> None:
    """The check value of the catalogue of parametrised CRC algorithms."""
    assert crc32_mpeg2(b"123456789") == 0x0376E6E7


@pytest.mark.parametrize("code", list(Code))
def test_each_refusal_has_its_name(code: Code) -> None:
    """NAK and the code; a code that nobody knows is UNKNOWN."""
    for byte, name in ((code, code), (99, Code.UNKNOWN)):
        with pytest.raises(Refused) as caught:
            play(STATUS, b"", bytes([0x15, byte]))
        assert caught.value.code is name


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("07", Misheard),
        ("06", Misheard),
        ("06 04 0400 00000000 04", Misheard),
        ("06 02 0300 000000 04", Misheard),
        ("06 02 0500 0000000000 04", Misheard),
        ("06 02 FFFF", Misheard),
        ("06 02 0400 00000000 15", Misheard),
        ("06 02 0400 00000000 07", Rotten),
    ],
)
def test_what_is_no_answer_is_misheard(answer: str, error: type[Exception]) -> None:
    """Another mark, another length, silence in the midst, another end."""
    with pytest.raises(error):
        play(WRITE, b"x", bytes.fromhex(answer))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(COMMANDS), st.binary(max_size=600))
def test_no_answer_breaks_the_host(command: Command, answer: bytes) -> None:
    """Any bytes are an answer of allowed length or one of three exceptions, and few bytes are read."""
    try:
        _, content, _ = play(command, b"", b"\x06" + answer)
    except (Misheard, Refused, Rotten):
        return
    assert command.least_bytes <= len(content) <= command.most_bytes
    for parse in (parse_status, parse_address, parse_block):
        try:
            parse(content)
        except Misheard:
            continue


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=40) | st.sampled_from([encode_command(c, b"") for c in COMMANDS]), max_size=12))
def test_no_bytes_break_the_device(pieces: list[bytes]) -> None:
    """Whatever it was told, after 525 times EOT it answers the next command."""
    device = Device()
    for piece in pieces:
        device.receive(piece)
    device.receive(b"\x04" * 525)
    device.outbox.clear()
    device.receive(encode_command(VOLUME, b""))
    assert play(VOLUME, b"", bytes(device.outbox))[2] == b""


def test_a_command_is_never_longer_than_a_block() -> None:
    """More is a mistake of the program, refused before a byte is sent."""
    assert next(converse(WRITE, bytes(BLOCK_BYTES_MAX))) == Turn(encode_command(WRITE, bytes(BLOCK_BYTES_MAX)), 1)
    with pytest.raises(ValueError, match="506 bytes"):
        next(converse(WRITE, bytes(BLOCK_BYTES_MAX + 1)))


# --- The blocks ------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**40), st.binary(max_size=3000))
def test_a_frame_comes_back_from_its_blocks(seq: int, payload: bytes) -> None:
    """Split, encoded, decoded and gathered it is the same; no block is longer than the device takes."""
    frame = frame_of(seq, payload)
    blocks = [encode_block(block) for block in split(seq, frame)]
    assert max(map(len, blocks)) <= BLOCK_BYTES_MAX
    gathering = Gathering()
    found = [gathering.take(block) for each in blocks if (block := decode_block(each))]
    assert found == [None] * (len(blocks) - 1) + [frame]
    assert gathering.open is None
    assert not gathering.is_dropping


def test_the_longest_frame_has_room() -> None:
    """A payload of 8 MiB is some seventeen thousand blocks, and their number fits into its field."""
    assert PARTS_MAX == -(-FRAME_BYTES_MAX // PIECE_BYTES) == 17297 < 1 << 16


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=600))
def test_any_other_content_is_no_block(content: bytes) -> None:
    """What somebody else wrote is nobody's."""
    assert decode_block(content) is None


def test_a_flipped_bit_anywhere_in_a_block_is_noticed() -> None:
    """Each bit of a block in turn."""
    whole = encode_block(split(7, frame_of(7, b"x" * 300))[0])
    for bit in range(8 * len(whole)):
        flipped = whole[: bit // 8] + bytes([whole[bit // 8] ^ 1 << bit % 8]) + whole[bit // 8 + 1 :]
        assert decode_block(flipped) is None


BLOCKS = split(5, frame_of(5, b"y" * 1200))
OTHER = split(6, frame_of(6, b"z" * 600))
ABORT = Block(Kind.ABORT, 5, 2, 3)


def gathered(blocks: list[Block]) -> tuple[list[int], Gathering]:
    """Numbers of the frames that these blocks are, by the letters of their payload."""
    gathering = Gathering()
    frames = [frame for block in blocks if (frame := gathering.take(block))]
    return [5 if b"yyy" in frame else 6 for frame in frames], gathering


@pytest.mark.parametrize(
    ("blocks", "found", "dropped_bytes"),
    [
        ([*BLOCKS, *OTHER], [5, 6], 0),
        ([BLOCKS[0], BLOCKS[0], *BLOCKS[1:], BLOCKS[-1]], [5], 0),
        ([*BLOCKS[:2]], [], 2 * PIECE_BYTES),
        ([*BLOCKS[:2], ABORT], [], 2 * PIECE_BYTES),
        ([*BLOCKS[:2], ABORT, ABORT, *BLOCKS], [5], 0),
        ([*BLOCKS[:2], ABORT, *BLOCKS[:1]], [], 3 * PIECE_BYTES),
    ],
)
def test_what_a_row_of_blocks_holds(blocks: list[Block], found: list[int], dropped_bytes: int) -> None:
    """Complete records, each block twice if an answer was lost, and what was cut off since the last of them."""
    records, gathering = gathered(blocks)
    assert records == found
    assert gathering.dropped.length == dropped_bytes
    assert gathering.is_dropping == (dropped_bytes > 0)


@pytest.mark.parametrize(
    ("blocks", "what"),
    [
        (BLOCKS[1:], "before part 2 are missing"),
        ([BLOCKS[0], BLOCKS[2]], "in the midst"),
        ([*BLOCKS[:2], *OTHER], "in the midst of record 5"),
        ([ABORT], "no part of it is there"),
        ([*OTHER, ABORT], "no part of it is there"),
        ([*BLOCKS[:2], Block(Kind.PART, 5, 3, 3, b"other")], "they are not that record"),
    ],
)
def test_a_block_that_is_missing_is_damage(blocks: list[Block], what: str) -> None:
    """The order of the parts does not allow for a hole."""
    with pytest.raises(Unordered, match=what):
        gathered(blocks)
