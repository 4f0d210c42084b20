# What a Debian machine needs, installed quietly. Sourced by ./try and .ci/run; makes no change by being sourced.
# shellcheck shell=bash

# Whether anything can be done as root.
can_be_root() {
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null
}

# Runs a command as root: directly, or by sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "Neither root nor sudo is there to run $1." >&2
        return 1
    fi
}

# Prints those of the Debian packages that are not installed.
missing_packages() {
    local package
    for package in "$@"; do
        case $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) in
            installed) ;;
            *) echo "$package" ;;
        esac
    done
}

# Installs Debian packages. Their services are started neither now nor at the next boot: while this runs, a policy-rc.d
# forbids it, and the one that was there before is put back; what they switched on for later is switched off.
install_packages() {
    # shellcheck disable=SC2016 # expanded by the shell that runs it
    as_root bash -c '
        set -euo pipefail
        export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
        policy=/usr/sbin/policy-rc.d kept=/usr/sbin/policy-rc.d.before-valetkey
        switched_on() { { find /etc/systemd/system -type l \( -name "*.service" -o -name "*.socket" \) 2>/dev/null || true; } | sort; }
        put_back() { if [ -e "$kept" ]; then mv "$kept" "$policy"; else rm -f "$policy"; fi; }
        before=$(switched_on)
        trap put_back EXIT
        trap "exit 130" INT
        trap "exit 143" TERM
        if [ -e "$policy" ] && [ ! -e "$kept" ]; then mv "$policy" "$kept"; fi
        printf "#!/bin/sh\nexit 101\n" >"$policy"
        chmod 755 "$policy"
        apt-get update -q
        apt-get install -q -y --no-install-recommends "$@"
        comm -13 <(echo "$before") <(switched_on) | while read -r link; do
            unit=${link##*/}
            if [ ! -L "$link" ]; then continue; fi
            if command -v systemctl >/dev/null; then
                systemctl --quiet disable "$unit" || echo "$unit may start at the next boot" >&2
            else
                rm -f "$link"
            fi
        done
    ' bash "$@" </dev/null
}

# The oldest Rust that will do, as Cargo.toml says it.
rust_needed() {
    sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml
}

is_new_enough() {
    local found
    found=$(rustc --version 2>/dev/null | cut -d ' ' -f 2) || return 1
    [ "$(printf '%s\n' "$(rust_needed)" "$found" | sort -V | head -n 1)" = "$(rust_needed)" ]
}

# Whether a cargo is there that is new enough; rustup's stable one counts also if it is not the default.
have_rust() {
    if [ -d "${CARGO_HOME:-$HOME/.cargo}/bin" ]; then
        PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    fi
    command -v cargo >/dev/null || return 1
    is_new_enough && return
    RUSTUP_TOOLCHAIN=stable is_new_enough && export RUSTUP_TOOLCHAIN=stable
}

# Installs Rust with rustup, for this user; the shell's start-up files and the default toolchain stay as they are.
install_rust() {
    if command -v rustup >/dev/null; then
        rustup toolchain install stable --profile minimal --component clippy,rustfmt
    else
        curl --proto '=https' --tlsv1.2 --silent --show-error --fail https://sh.rustup.rs |
            sh -s -- -y --no-modify-path --profile minimal --component clippy,rustfmt || {
            echo "rustup could not be fetched. On Debian 13 this does it too: apt-get install rustup" >&2
            return 1
        }
    fi
    have_rust || {
        echo "Rust $(rust_needed) or newer is needed, and what is there now is older: see https://rustup.rs" >&2
        return 1
    }
}

# Makes the user that servers run as which refuse root. Without it they run as nobody.
make_user() {
    if ! getent passwd valetkey >/dev/null; then
        as_root useradd --system --home-dir /var/lib/valetkey --no-create-home --shell /usr/sbin/nologin valetkey
    fi
}
