"""The submission dialog without I/O, and the reader of replies: word for word, and against any octets."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings, strategies as st

from drivers.mail_reply import LINE_MAX, LINES_MAX, REPLY_MAX, BadReplyError, Reply, ReplyReader
from drivers.mail_session import TEXT_MAX, Access, Letter, Phase, Step, stuff, submission, tidy
from states.fiscal.receipt import MailResult, Verdict

NOBODY = Access("tls", "none", "", "")
USERNAME = "pokladna@example.sk"
SECRET = "canary-Heslo č. 1"


# --- The dialog without I/O ------------------------------------------------------------------------------


def _steps(access: Access, *after_ehlo: bytes) -> list[Step]:
    """The steps of a dialog whose server greets, offers PLAIN and then says these replies."""
    replies = [b"220 hi\r\n", b"250-hi\r\n250 AUTH PLAIN\r\n", *(reply + b"\r\n" for reply in after_ehlo)]
    dialog = submission(access, Letter("a@example.sk", "b@example.sk", b"x\r\n"), "[127.0.0.1]")
    steps = [next(dialog)]
    for octets in replies:
        reply = ReplyReader().feed(octets)
        assert reply
        steps.append(dialog.send(reply))
    return steps


def test_the_dialog_word_for_word() -> None:
    access = Access("tls", "auto", "tim", "tanstaaftanstaaf")
    steps = _steps(access, b"235 ok", b"250 ok", b"250 ok", b"354 go")
    assert [step.octets for step in steps] == [
        b"",
        b"EHLO [127.0.0.1]\r\n",
        b"AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm\r\n",
        b"MAIL FROM:<a@example.sk>\r\n",
        b"RCPT TO:<b@example.sk>\r\n",
        b"DATA\r\n",
        b"x\r\n",
    ]
    assert [step.secured for step in steps] == [True] + [False] * 6
    assert steps[-1].dot == b".\r\n"


def test_a_mail_larger_than_size_is_not_begun() -> None:
    dialog = submission(NOBODY, Letter("a@example.sk", "b@example.sk", b"x\r\n" * 50), "[127.0.0.1]")
    next(dialog)
    dialog.send(Reply(220, ("hi",)))
    with pytest.raises(StopIteration) as end:
        dialog.send(Reply(250, ("hi", "size 149")))
    assert end.value.value == MailResult(Verdict.NOT_SENT, "mail", 0, "150 octets are more than the server's SIZE")


@pytest.mark.parametrize(
    ("content", "stuffed"),
    [
        (b"a\r\n", b"a\r\n"),
        (b".\r\n", b"..\r\n"),
        (b"..a\r\n.b\r\nc.\r\n", b"...a\r\n..b\r\nc.\r\n"),
        (b".\r\nMAIL FROM:<x>\r\n", b"..\r\nMAIL FROM:<x>\r\n"),
    ],
)
def test_dots_are_stuffed(content: bytes, stuffed: bytes) -> None:
    assert stuff(content) == stuffed


@pytest.mark.parametrize("content", [b"", b"a", b"a\n", b"a\r", b"a\n.\n\r\n", b"a\r.\r\r\n", b"\na\r\n"])
def test_content_that_could_smuggle_a_second_mail_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="CRLF"):
        stuff(content)


def test_words_of_the_world_are_made_fit_for_a_journal() -> None:
    access = Access("tls", "plain", USERNAME, SECRET)
    (step,) = (step for step in _steps(access, b"235 ok") if step.phase is Phase.AUTH)
    echoed = step.octets.decode("ascii")
    assert tidy(f"no {echoed}", access) == "no AUTH PLAIN ***"
    assert tidy(f"is {SECRET} right?", access) == "is *** right?"
    assert tidy("a\r\nb\x00\u2028c", access) == "a b c"
    assert len(tidy("x" * 5000, access)) == TEXT_MAX


# --- Replies ---------------------------------------------------------------------------------------------

LINES = st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80), min_size=1, max_size=9)


@given(code=st.integers(200, 599), lines=LINES, cut=st.integers(1, 40))
def test_a_reply_is_read_whatever_pieces_it_comes_in(code: int, lines: list[str], cut: int) -> None:
    rows = [f"{code}-{line}\r\n" for line in lines[:-1]] + [f"{code} {lines[-1]}\r\n"]
    octets = "".join(rows).encode("ascii")
    reader = ReplyReader()
    replies = [reader.feed(octets[start : start + cut]) for start in range(0, len(octets), cut)]
    assert replies[-1] == Reply(code, tuple(lines))
    assert not any(replies[:-1])
    assert reader.is_idle


PIECES = st.binary(max_size=200) | st.sampled_from([b"250-a\r\n", b"250", b" ", b"\r", b"\n", b"9" * 300])


@settings(max_examples=500)
@given(pieces=st.lists(PIECES))
@example(pieces=[b"\xff\xfe\r\n"])
def test_no_octets_bring_anything_but_a_reply_or_a_refusal(pieces: list[bytes]) -> None:
    reader = ReplyReader()
    try:
        for piece in pieces:
            reply = reader.feed(piece)
            assert reply is None or (200 <= reply.code <= 599 and 1 <= len(reply.lines) <= LINES_MAX)
    except BadReplyError:
        return


@pytest.mark.parametrize(
    "octets",
    [
        b"\r\n",
        b"250 ok\n",
        b"250 o\rk\r\n",
        b"250ok\r\n",
        b"25 ok\r\n",
        b"2500 ok\r\n",
        b"150 ok\r\n",
        b"650 ok\r\n",
        b"-250 ok\r\n",
        "\uff12\uff15\uff10 ok\r\n".encode(),
        b"250-a\r\n251 b\r\n",
        b"250 " + b"x" * LINE_MAX,
        b"2" * LINE_MAX,
        b"250-x\r\n" * (LINES_MAX + 1),
        (b"250-" + b"x" * 900 + b"\r\n") * (REPLY_MAX // 906 + 1),
    ],
    ids=range(15),
)
def test_what_is_no_reply_is_refused(octets: bytes) -> None:
    with pytest.raises(BadReplyError):
        ReplyReader().feed(octets)


def test_the_largest_reply_is_read() -> None:
    longest = b"250 " + b"x" * (LINE_MAX - 6) + b"\r\n"
    reply = ReplyReader().feed(longest)
    assert reply == Reply(250, ("x" * (LINE_MAX - 6),))
    many = ReplyReader().feed(b"250-x\r\n" * (LINES_MAX - 1) + b"250\r\n")
    assert many == Reply(250, ("x",) * (LINES_MAX - 1) + ("",))
