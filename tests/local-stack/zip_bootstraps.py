"""Zips debug executables as Lambda bootstraps: zip_bootstraps.py BUILD_DIR ZIP_DIR FUNCTION...

`cargo lambda build` always compiles for a named target, which shares nothing with what `cargo build` and
`cargo test` made: every dependency would be compiled twice. What comes out is the same either way, an
executable called `bootstrap` in a zip.
"""

import os
import pathlib
import shutil
import sys
import tempfile
import zipfile

# The archive's own clock: one executable always gives one zip, so that an unchanged one is not deployed again.
EPOCH = (1980, 1, 1, 0, 0, 0)


def zip_bootstrap(executable: pathlib.Path, target: pathlib.Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as work:
        bootstrap = pathlib.Path(work, "bootstrap")
        # Line tables stay: they are small, and a panic's backtrace is useless without them.
        shutil.copy2(executable, bootstrap)
        entry = zipfile.ZipInfo("bootstrap", EPOCH)
        entry.external_attr = 0o100755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        finished = pathlib.Path(work, target.name)
        with zipfile.ZipFile(finished, "w") as archive:
            archive.writestr(entry, bootstrap.read_bytes(), compresslevel=1)
        os.replace(finished, target)


def main(build_dir: str, zip_dir: str, *functions: str) -> None:
    for function in functions:
        executable = pathlib.Path(build_dir, function)
        target = pathlib.Path(zip_dir, function, "bootstrap.zip")
        if not target.exists() or target.stat().st_mtime < executable.stat().st_mtime:
            zip_bootstrap(executable, target)


main(*sys.argv[1:])
