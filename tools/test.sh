#!/bin/bash
# The whole suite, each part to its end: style, types, fast tests anywhere, lab tests where a lab can be.
# Fails when any part failed; a part that cannot run here is named with its reason.
# The tests' order is another one each time; SHUFFLE, as the summary tells it, brings one back.
set -o pipefail
cd "$(dirname "$0")/.." || exit 1
bin=.venv/bin
log=$(mktemp)
trap 'rm -f "$log"' EXIT
summary=()
failed=0
seed=${SHUFFLE:-$RANDOM}

part() { # name, command...
    local name=$1 verdict=ok
    shift
    printf '\n== %s\n' "$name"
    "$@" 2>&1 | tee "$log" || { verdict=FAILED && failed=1; }
    summary+=("$(printf '%-8s %s: %s' "$verdict" "$name" "$(tail -n 1 "$log")")")
}

paths=(src tests)
[ -d bench ] && paths+=(bench)
part "ruff check" "$bin/ruff" check "${paths[@]}"
part "ruff format" "$bin/ruff" format --check "${paths[@]}"
part "mypy --strict" "$bin/mypy"
part "tests anywhere" "$bin/pytest" -q -m "not lab" --shuffle "$seed"

lacks=$("$bin/python" -c "from holdfast.lab.preflight import problems; print('; '.join(problems()))") ||
    lacks="this machine could not be looked at"
if [ -z "$lacks" ]; then
    part "lab tests" "$bin/pytest" -q -m lab --shuffle "$seed"
else
    summary+=("SKIPPED  lab tests: $lacks")
fi

printf '\n== summary\n'
printf '%s\n' "${summary[@]}"
printf 'the tests in the order of SHUFFLE=%s\n' "$seed"
exit "$failed"
