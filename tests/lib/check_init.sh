#!/bin/bash
# check_init.sh FILE - tare-init is what the design says: static, freestanding, small.
set -euo pipefail
init=$1
failed=0
bad() {
	echo "$init: $*"
	failed=1
}

[ -s "$init" ] || { bad "does not exist"; exit 1; }
# (A static link without libraries fails on undefined symbols already; stripped, it can show none.)
undefined=$(nm -u "$init" 2>/dev/null || true; nm -D -u "$init" 2>/dev/null || true)
[ -z "$undefined" ] || bad "undefined symbols:" "$undefined"
headers=$(readelf -lW "$init")
! grep -q INTERP <<<"$headers" || bad "has an interpreter"
! grep -q DYNAMIC <<<"$headers" || bad "is linked dynamically"
! grep -Eq '^ *LOAD.* RWE ' <<<"$headers" || bad "has a segment that is writable and executable"
grep -Eq 'GNU_STACK.* RW ' <<<"$headers" || bad "asks for an executable stack"
size=$(stat -c %s "$init")
[ "$size" -le 65536 ] || bad "has $size bytes, more than 65536"
echo "$init: $size bytes, $(readelf -hW "$init" | sed -n 's/^ *Machine: *//p')"
exit $failed
