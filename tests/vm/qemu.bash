# shellcheck shell=bash disable=SC2034 # run.sh and kernels.sh read what is set here
# qemu.bash - sourced by run.sh and kernels.sh: how fast this machine can be another. Sets accelerate,
# options of qemu, and faster, words for the kernel's command line.

# Without KVM the processor is emulated, and what costs a real one nothing is dear: a string instruction
# (erms: the kernel's and the C library's way to copy and clear memory) goes byte by byte, and tables have
# five levels. What guards against a real processor's faults, and fresh memory that is cleared once more
# whoever asked for it, are not what the tests are about. Together a third of the processor time.
accelerate=(-accel "tcg,thread=multi" -cpu "max,la57=off,erms=off")
faster="mitigations=off init_on_alloc=0"
! tests/vm/kvm_works.sh || { accelerate=(-accel kvm -cpu host) && faster=; }
