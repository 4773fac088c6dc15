# Read by ./run and ./test: finds Python, makes .venv and keeps what is installed in it current.
# Expects `here`, the folder of the checkout. Says what takes long on standard error.

say() {
    printf '%s\n' "$*" >&2
}

find_python() {
    # The first Python that is new enough; $PYTHON, where it is set, is the only candidate. The system's own comes first
    # where nothing is missing: the system keeps it patched, and builds it with the optimisations that others leave out.
    if [ -z "${PYTHON-}" ] && is_new_enough /usr/bin/python3 && has_venv /usr/bin/python3; then
        printf '%s\n' /usr/bin/python3
        return
    fi
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
        if is_new_enough "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    say "Twofold needs Python 3.11 or newer, and found none. Where it has another name: PYTHON=/path/to/python3 ./run"
    return 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

has_venv() {
    # Debian ships `venv` without `ensurepip`, which it needs, until python3-venv is there.
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

keep_bytecode() {
    # Where the environment forbids Python to keep bytecode, each start would compile everything, for seconds. It goes
    # into a folder of ours then, beside what is installed, and nowhere else.
    unset PYTHONDONTWRITEBYTECODE
    PYTHONPYCACHEPREFIX=$here/.venv/bytecode
    export PYTHONPYCACHEPREFIX
}

make_venv() {
    python=$(find_python) || return 1
    if ! has_venv "$python"; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
            say "Installing python3-venv …"
            apt_install python3-venv || true
            # A Python that is not the system's own has a package of its own.
            has_venv "$python" || apt_install "python$version-venv" || true
        fi
        if ! has_venv "$python"; then
            say "Python's venv module is missing. This installs it: sudo apt-get install python3-venv"
            return 1
        fi
    fi
    "$python" -m venv --clear "$here/.venv"
}

apt_install() {
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"; } >&2
}

is_ours() {
    # Not when the folder was moved (scripts hold absolute paths), Python has gone, or its making was cut short.
    [ "$(cat "$here/.venv/made-in" 2>/dev/null)" = "$here" ] && "$here/.venv/bin/python" -m pip --version >/dev/null 2>&1
}

stamp_of() {
    # What the installation depends on: where it stands, what is asked for, our entry point.
    printf '%s ' "$here"
    cat "$here/requirements/$1.txt" "$here/pyproject.toml" | cksum
}

is_current() {
    [ -x "$here/.venv/bin/python" ] && [ -f "$here/.venv/installed-$1" ] &&
        [ "$(cat "$here/.venv/installed-$1")" = "$(stamp_of "$1")" ]
}

ensure_installed() {
    # ensure_installed SET [SET it contains …]: each SET is requirements/SET.txt.
    is_current "$1" && return
    if ! is_ours; then
        make_venv || return 1
        printf '%s\n' "$here" >"$here/.venv/made-in"
    fi
    say "Installing into .venv (only when what is needed has changed) …"
    # Wheels only: no compiler is ever needed, and no foreign build script runs.
    "$here/.venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check \
        --require-hashes --only-binary :all: -r "$here/requirements/$1.txt" || return 1
    "$here/.venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check \
        --no-deps --no-build-isolation --no-index --editable "$here" || return 1
    for set in "$@"; do
        stamp_of "$set" >"$here/.venv/installed-$set"
    done
}
