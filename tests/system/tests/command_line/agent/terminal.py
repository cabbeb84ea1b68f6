"""Sits at a terminal: runs a command in one, answers what it asks, and tells what was on the screen.

Standard input has JSON: {"command": [...], "answers": [["what is asked", "answer"], ...]}. Standard output
gets {"status": 0, "screen": "...", "stdout": "..."}. What the command prints on standard output is no part
of the screen: it goes where an operator would have sent it.
"""

import json
import os
import pty
import re
import select
import sys
import tempfile
import termios
import time

PATIENCE = 120
ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


def listens(terminal, shown):
    """Whether a question stands at the end of the screen, and what is typed now is read as its answer.

    What is typed before the echo goes off for a secret is thrown away.
    """
    if not shown.endswith(b": "):
        return False
    echoes = termios.tcgetattr(terminal)[3] & termios.ECHO
    return not (shown.endswith(b"(not shown): ") and echoes)


def main():
    told = json.load(sys.stdin)
    answers = told["answers"]
    with tempfile.TemporaryFile() as answer_file:
        pid, terminal = pty.fork()
        if pid == 0:
            os.dup2(answer_file.fileno(), 1)
            os.environ["TERM"] = "xterm"
            os.execvp(told["command"][0], told["command"])
        screen = b""
        seen = 0
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            shown = ESCAPES.sub(b"", screen)
            if answers and answers[0][0].encode() in shown[seen:] and listens(terminal, shown):
                seen = len(shown)
                os.write(terminal, answers.pop(0)[1].encode() + b"\n")
            readable, _, _ = select.select([terminal], [], [], 0.2)
            if not readable:
                continue
            try:
                more = os.read(terminal, 4096)
            except OSError:  # The command has ended.
                break
            if not more:
                break
            screen += more
        else:
            os.kill(pid, 9)
        _, status = os.waitpid(pid, 0)
        answer_file.seek(0)
        json.dump(
            {
                "status": os.waitstatus_to_exitcode(status),
                "screen": ESCAPES.sub(b"", screen).decode(errors="replace"),
                "stdout": answer_file.read().decode(),
                "unasked": [what for what, _ in answers],
            },
            sys.stdout,
        )


main()
