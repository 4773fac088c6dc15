"""How the product opens SQLite. Imports nothing, so that settings can read it before Django is set up."""

SQLITE_OPTIONS: dict[str, object] = {
    # A transaction that reads first and writes later would fail at once, without waiting, when another process wrote
    # in between; IMMEDIATE queues for the one writer at the start instead.
    "transaction_mode": "IMMEDIATE",
    # Seconds that a writer waits for its turn.
    "timeout": 20,
    # The driver looks at the name and the declared type of every column of every answer, to turn what it knows into
    # dates and truth values. Nothing of ours is a date there, and each store makes its own truth values.
    "detect_types": 0,
    # WAL lets readers go on while somebody writes; FULL keeps what was committed even when the power fails, and what
    # is committed here is that a passcode was used.
    # The log is put back every 4000 pages (16 MiB), not every 1000: that is some 150 sign-ins, which mostly write the
    # same pages over again.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
    " PRAGMA wal_autocheckpoint=4000;",
}
