# tool NAME VERSION [ARGUMENTS] installs a command of Cargo from its sources, unless there is one: a fresh machine takes
# a minute for each, without optimisation.
tool() {
    command -v "$1" >/dev/null 2>&1 && return
    echo "installing $1 $2"
    cargo install --quiet --locked --debug "$1@$2" "${@:3}"
}
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
