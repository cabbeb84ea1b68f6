"""Runs the AWS emulator for as long as standard input stays open.

Whoever started it holds the other end, so it ends with them however they end: a signal to its parent
would be missed when the parent is killed.
"""

import os
import runpy
import signal
import threading
import time

GRACE_SECONDS = 3.0


def end_with_parent() -> None:
    while os.read(0, 64):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    # Our own group: this process and the functions it started.
    os.killpg(0, signal.SIGKILL)


def count_loopback_as_tls() -> None:
    """Lets policies that ask for TLS (aws:SecureTransport) be the same here, where there is only plain HTTP."""
    from ministack.core import iam_evaluator

    pin = iam_evaluator.pin_request_origin
    iam_evaluator.pin_request_origin = lambda source_ip, _secure: pin(source_ip, True)


if __name__ == "__main__":
    count_loopback_as_tls()  # before the emulator takes the function by name
    threading.Thread(target=end_with_parent, daemon=True).start()
    runpy.run_module("ministack", run_name="__main__")
