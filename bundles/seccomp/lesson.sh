#!/bin/sh
# The filter looks at each system call and its arguments, before anything else does.
echo "seccomp mode $(sed -n 's/^Seccomp:[[:space:]]*//p' /proc/self/status) (2 is: a filter)"

echo "mkdir: the filter answers with errno 95"
mkdir /tmp/directory 2>&1 | sed 's/^/  /'

sleep 5 &
echo "kill: refused for signal 9 (the second argument), allowed for 15"
kill -9 $! 2>&1 | sed 's/^/  /'
kill -15 $! && echo "  signal 15 was sent"
wait $! 2>/dev/null

echo "sync: kills whoever calls it"
{ sync; } 2>/dev/null
echo "  ended with status $? (159 is 128 + SIGSYS)"
