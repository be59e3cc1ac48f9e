# What this project needs of a machine, for scripts that begin with `. tests/prerequisites.sh` in its folder.

prerequisites() {
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  if ! command -v cargo >/dev/null 2>&1; then
    echo "Rust is needed, $wanted or newer, and there is no cargo on PATH. https://rustup.rs installs it." >&2
    exit 1
  fi
  found=$(cargo --version | cut -d' ' -f2)
  if [ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)" != "$wanted" ]; then
    echo "Rust $wanted or newer is needed, and this is $found. \"rustup update stable\" brings a newer one." >&2
    exit 1
  fi
  if ! command -v python3 >/dev/null 2>&1; then
    echo "Python 3.10 or newer is needed, and there is no python3 on PATH." >&2
    exit 1
  fi
  if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
    echo "Python 3.10 or newer is needed, and this is $(python3 --version | cut -d' ' -f2)." >&2
    exit 1
  fi
  if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
    echo "Python's modules venv and ensurepip are needed; on Debian and Ubuntu they are in the package python3-venv." >&2
    exit 1
  fi
}
