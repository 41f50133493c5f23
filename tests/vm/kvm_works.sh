#!/bin/bash
# kvm_works.sh - status 0 where qemu can use KVM. A machine that stays stopped: where /dev/kvm is
# there and does not work, qemu ends at once.
[ -w /dev/kvm ] || exit 1
exec 2>/dev/null # the shell says so when qemu aborts: that is no news
timeout 2 qemu-system-x86_64 -accel kvm -cpu host -machine q35 -nodefaults -display none -S </dev/null >/dev/null
[ $? -eq 124 ]
