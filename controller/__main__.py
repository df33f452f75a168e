"""The ``ekasa`` command. Exit codes: 0 done, 1 the check failed, 2 wrong usage or settings, 3 it stopped itself."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from states.words import LANGUAGES, say

DONE, FAILED, WRONG = 0, 1, 2

Command = Callable[[argparse.Namespace], int]
Adding = Callable[[str, Command, str], argparse.ArgumentParser]
"""Adds a command by its name, what it does, and a sentence on it."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; errors are one line on stderr, and a traceback is a bug."""
    if not __debug__:
        print("ekasa: python -O removes the register's assertions; start it without", file=sys.stderr)
        return WRONG
    if arguments is None:
        # Whatever this program writes is its owner's alone, settings, papers and mails of the simulators included.
        os.umask(0o077)
        # Until a command listens, an interrupt ends the program at once: nothing was begun. A library that is just
        # being imported might swallow an exception.
        for interrupt in (signal.SIGINT, signal.SIGTERM):
            signal.signal(interrupt, lambda *_: os._exit(DONE))
    options = parser().parse_args(arguments)
    command: Command = options.command
    try:
        return command(options)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        # What can explain it loads the whole register, which a command that ends well may do without.
        from controller.failures import tell_end

        raise SystemExit(tell_end(error, options)) from None


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Say it and end with code 2."""
        self.exit(WRONG, f"{self.prog}: {message}\n")


def parser() -> argparse.ArgumentParser:
    """The commands of the contract, chapter 2."""
    top = Parser(prog="ekasa", description="Slovak on-line cash register (ORP).")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, does: Command, text: str) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=text, description=text)
        one.set_defaults(command=does)
        return one

    add_shop_commands(command)
    add_proving_commands(command)
    return top


def add_shop_commands(command: Adding) -> None:
    """What a shop needs, and the other sides of its ports."""
    init = command("init", run_init, "write a working folder")
    init.add_argument("dir", type=Path)
    init.add_argument("--training", action="store_true", help="with its own training authority")
    init.add_argument("--portable", action="store_true", help="a register that moves about")
    load = command("load", run_load, "load identification and authentication data of the eKasa zone, in any order")
    load.add_argument("dir", type=Path)
    load.add_argument("file", type=Path, nargs="+", help="identdata or authdata, whatever it is called")
    load.add_argument("--password-file", type=Path, help="the password of authdata; without it the present one")
    run = command("run", run_run, "run the register of a folder until interrupted")
    run.add_argument("dir", type=Path)
    run.add_argument("--simulators", action="store_true", help="and the simulated authority, mail server and printer")
    plu = command("plu", run_plu_command, "set the PLU of a table (CSV), or write them as one")
    plu.add_argument("dir", type=Path)
    plu.add_argument("file", type=Path, nargs="?", help="the table: number, name, VAT and perhaps more")
    plu.add_argument("--partial", action="store_true", help="set the good lines although others are refused")
    simulate = command("simulate", run_simulate, "be the other side of a port")
    simulate.add_argument("port", choices=("authority", "mail", "printer"))
    simulate.add_argument("dir", type=Path)
    simulate.add_argument("--faults", type=Path, help="a script of faults (TOML)")
    demo = command("demo", run_demo, "play the demo day")
    demo.add_argument("--out", type=Path, default=Path("out/demo"))
    demo.add_argument("--language", choices=LANGUAGES, default="sk")


def add_proving_commands(command: Adding) -> None:
    """What proves that the register is right."""
    verify = command("verify", run_verify_command, "check a journal independently")
    verify.add_argument("dir", type=Path)
    verify.add_argument("--json", action="store_true")
    verify.add_argument("--bytes", action="store_true", help="only frames, checksums and chain, not what records say")
    verify.add_argument("--progress", action="store_true", default=None, help="say on stderr how far it has come")
    replay = command("replay", run_replay_command, "play receipts again through the state tables")
    replay.add_argument("dir", type=Path)
    replay.add_argument("key", nargs="?", help="UID, OKP, YYYY-MM/number or basket id")
    replay.add_argument("--progress", action="store_true", default=None, help="say on stderr how far it has come")
    diagrams = command("diagrams", run_diagrams_command, "write the state diagrams from the tables")
    diagrams.add_argument("--check", action="store_true", help="only say whether they are fresh")
    bench = command("bench", run_bench_command, "measure the register against floors and peers")
    bench.add_argument("--json", action="store_true")


def run_init(options: argparse.Namespace) -> int:
    """``ekasa init DIR --training [--portable]``"""
    from controller.training import init_training

    if not options.training:
        print("ekasa init: only --training is possible: real identity data come from the eKasa zone", file=sys.stderr)
        return WRONG
    init_training(options.dir, portable=options.portable)
    print(say("init-done", "sk", options.dir))
    return DONE


def run_load(options: argparse.Namespace) -> int:
    """``ekasa load DIR FILE... [--password-file FILE]``"""
    from controller.loading import load
    from drivers.clock_system import SystemClock

    print(*load(options.dir, options.file, options.password_file, SystemClock().now()), sep="\n")
    return DONE


def run_run(options: argparse.Namespace) -> int:
    """``ekasa run DIR``"""
    import trio

    from controller.running import run_until_interrupted

    trio.run(run_until_interrupted, options.dir, options.simulators)
    return DONE


def run_simulate(options: argparse.Namespace) -> int:
    """``ekasa simulate PORT DIR``"""
    import trio

    from controller.running import simulate_until_interrupted

    trio.run(simulate_until_interrupted, options.dir, options.port, options.faults)
    return DONE


def run_demo(options: argparse.Namespace) -> int:
    """``ekasa demo``"""
    import trio

    from controller.demo import play_demo

    return DONE if trio.run(play_demo, options.out, options.language, sys.stdout) else FAILED


def run_verify_command(options: argparse.Namespace) -> int:
    """``ekasa verify DIR``"""
    from controller.progress import Progress
    from controller.verify import run_verify

    progress = Progress("verify", sys.stderr, options.progress)
    return run_verify(options.dir, options.json, sys.stdout, progress, only_bytes=options.bytes)


def run_replay_command(options: argparse.Namespace) -> int:
    """``ekasa replay DIR [KEY]``"""
    from controller.progress import Progress
    from controller.receipts import run_replay

    return run_replay(options.dir, options.key, sys.stdout, Progress("replay", sys.stderr, options.progress))


def run_plu_command(options: argparse.Namespace) -> int:
    """``ekasa plu DIR [FILE.csv] [--partial]``"""
    from controller.catalogue import run_plu

    return run_plu(options.dir, options.file, options.partial, sys.stdout)


def run_diagrams_command(options: argparse.Namespace) -> int:
    """``ekasa diagrams``"""
    from diagrams.draw import run_diagrams

    return run_diagrams(options.check)


def run_bench_command(options: argparse.Namespace) -> int:
    """``ekasa bench``"""
    from controller.bench import run_bench

    return run_bench(options.json, sys.stdout)


if __name__ == "__main__":
    sys.exit(main())
