"""Runs a command and writes as JSON what it took: measured.py FIGURES COMMAND [ARGUMENT...]

Wall and CPU seconds and peak memory of the command and of what it started and waited for. A peak below this
program's own (some 9 MiB) can't be told from it, because Linux counts what was there before the command's start.
"""

import json
import os
import sys
import time

figures, command = sys.argv[1], sys.argv[2:]
begun = time.monotonic()
process = os.posix_spawnp(command[0], command, os.environ)
_, status, usage = os.wait4(process, 0)
wall = time.monotonic() - begun
with open(figures, "w", encoding="utf-8") as file:
    json.dump(
        {
            "wall_s": wall,
            "cpu_s": usage.ru_utime + usage.ru_stime,
            "peak_mib": usage.ru_maxrss / 1024,
        },
        file,
    )
sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)
