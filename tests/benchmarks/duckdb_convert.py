"""The other contender: DuckDB, CSV to typed Parquet with zstd, on two threads.

duckdb_convert.py convert TYPES FILE TABLE     TYPES is JSON: each column's name and type, in order
duckdb_convert.py compare TYPES OURS THEIRS    whether both tables hold the same; lists are compared by count
"""

import json
import sys

import duckdb


def convert(db: duckdb.DuckDBPyConnection, types: dict[str, str], file: str, table: str) -> None:
    rows = db.execute(
        """
        COPY (
            SELECT * FROM read_csv(
                $file, columns = $types, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"',
                timestampformat = '%Y-%m-%d %H:%M:%S.%g'
            )
        ) TO $table (FORMAT parquet, COMPRESSION zstd)
        """,
        {"file": file, "table": table, "types": types},
    ).fetchone()
    print(rows[0])


def contents(db: duckdb.DuckDBPyConnection, types: dict[str, str], table: str) -> dict[str, tuple]:
    of_type = {
        "VARCHAR": "count({0}), sum(strlen({0})), bit_xor(hash({0}))",
        "TIMESTAMP": "count({0}), sum(epoch_us({0})), bit_xor(hash({0}))",
        "LIST": "count({0})",
    }
    found = {"rows": db.execute("SELECT count(*) FROM read_parquet(?)", [table]).fetchone()}
    for name, kind in types.items():
        what = of_type[kind].format(f'"{name}"')
        found[name] = db.execute(f"SELECT {what} FROM read_parquet(?)", [table]).fetchone()
    return found


def compare(db: duckdb.DuckDBPyConnection, types: dict[str, str], ours: str, theirs: str) -> None:
    ours, theirs = contents(db, types, ours), contents(db, types, theirs)
    differences = [f"{name}: {ours[name]} and {theirs[name]}" for name in ours if ours[name] != theirs[name]]
    if differences:
        sys.exit("the tables differ: " + "; ".join(differences))
    print(ours["rows"][0])


if __name__ == "__main__":
    act, types, *paths = sys.argv[1:]
    connection = duckdb.connect(config={"threads": 2})
    {"convert": convert, "compare": compare}[act](connection, dict(json.loads(types)), *paths)
