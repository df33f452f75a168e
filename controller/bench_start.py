"""The children of the boot benchmark: the way of ``ekasa run`` until the register is ready, and the bare imports.

It is a file of its own so that nothing is loaded that ``ekasa run`` does not load.
"""

from __future__ import annotations

import os
import signal
import sys


def start_register() -> None:
    """Start the register of the folder that is the last argument, and end when it is ready.

    It says ``ready``, or with ``--modules`` what it has loaded.
    """
    from controller.__main__ import parser

    folder = parser().parse_args(["run", sys.argv[-1]]).dir
    import trio

    from controller.app import run_register
    from controller.running import until_interrupted

    async def tell_when_ready(nursery: trio.Nursery) -> None:
        await nursery.start(run_register, folder)
        os.write(1, "\n".join(sys.modules).encode() if "--modules" in sys.argv else b"ready\n")
        os.kill(os.getpid(), signal.SIGTERM)

    trio.run(until_interrupted, tell_when_ready)


def import_modules() -> None:
    """Import the modules that the arguments name, and say ``ready``."""
    for name in sys.argv[1:]:
        try:
            __import__(name)
        except ImportError:
            # A library has made this one at run time, without a file; what the library needs for it is in the list.
            continue
    os.write(1, b"ready\n")
