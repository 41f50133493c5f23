#!/bin/sh
# Each namespace hides or replaces one thing that the machine has once.
echo "pid      I am PID $$; all processes here:"
ps -o pid,args | sed 's/^/           /'
echo "uts      host name $(hostname), domain $(cat /proc/sys/kernel/domainname)"
echo "network  interfaces: $(ls /sys/class/net | tr '\n' ' ')"
echo "         default TTL $(cat /proc/sys/net/ipv4/ip_default_ttl): a sysctl of this network namespace alone"
echo "ipc      largest message $(cat /proc/sys/kernel/msgmax) bytes: a sysctl of this ipc namespace alone"
echo "mount    $(wc -l </proc/self/mountinfo) mounts, none of the host's"
echo "cgroup   my cgroup is called $(sed -n '$s/.*://p' /proc/self/cgroup), wherever it really is"
echo "time     up for $(($(cut -d. -f1 /proc/uptime) / 86400)) days: the boot clock was set a year ahead"
