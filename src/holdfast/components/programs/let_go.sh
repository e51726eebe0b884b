#!/bin/sh
# Takes addresses off whatever cards have them; those that are nowhere are none of its business.
# Usage: let_go.sh ADDRESS...
for address; do
    ip -o address show to "$address" | while read -r _ card _ whole _; do
        ip address del "$whole" dev "$card"
    done
done
