#!/bin/bash
# A cluster out of one machine: hosts made of namespaces, each with its own host name, address,
# process numbers, /data, sshd, and on request a container engine and a Slurm daemon.
#
#   lab.sh up [N]                N hosts node1..nodeN (default 3); prints nothing when all went well
#   lab.sh down                  stops and removes everything; may be called at any time
#   lab.sh run HOST COMMAND...   runs a command on a host
#   lab.sh cut|heal HOST         takes the link away | gives it back
#   lab.sh kill|boot HOST        power loss | switched on again
#   lab.sh login HOST SHELL [HOME]  root's login shell (and home folder) there
#   lab.sh engine up|down|kill HOST...  a container engine of the host's own, at /var/run/docker.sock there
#   lab.sh slurm up|down [CPUS]  munge and slurmctld here, one slurmd a host; LAB_EPILOG names a script that they
#                                run after each job; SLURM_CONF must name $LAB/slurm/slurm.conf
#   lab.sh slurm boot HOST       slurmd again on a host that was switched on again
#   lab.sh host NAME             prints the address
#   lab.sh outside COMMAND...    runs a command here with the cluster's key and host names for ssh
#
# LAB_DISK=64m makes /var/tmp of each host a disk of that size. Everything lies below $LAB (default below /tmp, because of the
# length that socket paths may have). Needs root, iproute2, util-linux, openssh-server.
set -u

tag=${LAB_TAG:-teml}
lab=${LAB:-/tmp/$tag-lab}
net=${LAB_NET:-10.83.0}
bridge=${tag}br
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

fail() {
    echo "lab.sh: $*" >&2
    exit 1
}

number() {
    case ${1#node} in
    '' | *[!0-9]*) fail "'$1' is no host: node1, node2, ... are" ;;
    *) echo "${1#node}" ;;
    esac
}
address() { echo "$net.$((20 + $(number "$1")))"; }
hosts() { (cd "$lab/hosts" 2>/dev/null && ls -d node* 2>/dev/null) | sort -V; }

# The host's first process as this machine sees it, if it is alive and ours.
init_of() {
    local pid
    [ -s "$lab/hosts/$1/init" ] || return 1
    read -r pid <"$lab/hosts/$1/init"
    { tr "\\0" "\\n" <"/proc/$pid/environ"; } 2>/dev/null | grep -qx "LAB_HOST=$1@$lab" || return 1
    echo "$pid"
}

wait_for() { # seconds, what, command...
    local i limit=$(($1 * 20)) what=$2
    shift 2
    for ((i = 0; i < limit; i++)); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.05
    done
    echo "lab.sh: $what did not come" >&2
    return 1
}

write_ssh_files() {
    mkdir -p "$lab/ssh" "$lab/hosts"
    chmod 700 "$lab/ssh"
    [ -s "$lab/ssh/key" ] || ssh-keygen -q -t ed25519 -N '' -C lab -f "$lab/ssh/key" || fail "no key"
    [ -s "$lab/ssh/host_key" ] || ssh-keygen -q -t ed25519 -N '' -C lab -f "$lab/ssh/host_key" || fail "no key"
    cp "$lab/ssh/key.pub" "$lab/ssh/authorized_keys"
    : >"$lab/ssh/known_hosts"
    for ((i = 1; i <= 64; i++)); do
        echo "node$i,$net.$((20 + i)) $(cut -d' ' -f1,2 "$lab/ssh/host_key.pub")" >>"$lab/ssh/known_hosts"
    done
    {
        printf 'Host *\n    IdentityFile %s\n    IdentitiesOnly yes\n' "$lab/ssh/key"
        printf '    UserKnownHostsFile %s\n    StrictHostKeyChecking yes\n    LogLevel ERROR\n' "$lab/ssh/known_hosts"
        for ((i = 1; i <= 64; i++)); do
            printf 'Host node%d\n    HostName %s\n' "$i" "$net.$((20 + i))"
        done
    } >"$lab/ssh/config"
    {
        printf 'Port 22\nHostKey %s\nAuthorizedKeysFile %s\n' "$lab/ssh/host_key" "$lab/ssh/authorized_keys"
        printf 'PermitRootLogin prohibit-password\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n'
        printf 'UsePAM no\nStrictModes no\nMaxStartups 200:30:400\nMaxSessions 400\nPrintMotd no\nPidFile none\n'
    } >"$lab/sshd_config"
    chmod 600 "$lab/ssh"/*
}

write_names() {
    {
        echo '127.0.0.1 localhost'
        echo "$net.1 outside"
        for ((i = 1; i <= $1; i++)); do echo "$net.$((20 + i)) node$i"; done
    } >"$lab/names"
}

make_bridge() {
    ip link show "$bridge" >/dev/null 2>&1 || ip link add "$bridge" type bridge || fail "no bridge"
    ip addr replace "$net.1/24" dev "$bridge" && ip link set "$bridge" up || fail "bridge $bridge"
    # An engine on this machine sets the policy for forwarded frames to DROP.
    if command -v iptables >/dev/null && ! iptables -C FORWARD -i "$bridge" -o "$bridge" -j ACCEPT 2>/dev/null; then
        iptables -I FORWARD -i "$bridge" -o "$bridge" -j ACCEPT 2>/dev/null
    fi
    return 0
}

boot() {
    local host=$1 dir=$lab/hosts/$1 link
    link=$tag$(number "$host")
    init_of "$host" >/dev/null && return 0
    mkdir -p "$dir/data" "$dir/root" "$dir/vartmp" && chmod 1777 "$dir/vartmp" # for every user, as on any host
    [ -z "${LAB_DISK:-}" ] || mountpoint -q "$dir/vartmp" || mount -t tmpfs -o "mode=1777,size=$LAB_DISK" tmpfs "$dir/vartmp" || fail "disk of $host"
    cat /proc/sys/kernel/random/uuid >"$dir/boot_id" # each start is another boot
    echo "$host" >"$dir/hostname"
    ip netns list | grep -qE "^$link( |\$)" || ip netns add "$link" || fail "namespace $link"
    ip link show "$link" >/dev/null 2>&1 || ip link add "$link" type veth peer name eth0 netns "$link" || fail "link $link"
    ip link set "$link" master "$bridge" up || fail "link $link"
    ip netns exec "$link" sh -c "ip link set lo up; ip addr replace $(address "$host")/24 dev eth0; ip link set eth0 up; ip route replace default via $net.1" || fail "network of $host"
    rm -f "$dir/init" "$dir/ready"
    LAB_HOST="$host@$lab" setsid nsenter --net="/run/netns/$link" unshare --uts --mount --pid --fork \
        --mount-proc --kill-child --propagation private "$0" __init "$host" </dev/null >"$dir/log" 2>&1 &
    wait_for 10 "$host" test -e "$dir/ready" || { cat "$dir/log" >&2; exit 1; }
    # Its first process is the one with number 1 inside.
    local pid
    for pid in $(grep -lsxz "LAB_HOST=$host@$lab" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3); do
        [ "$(awk '/^NSpid:/ { print (NF > 2 ? $NF : 0) }' "/proc/$pid/status" 2>/dev/null)" = 1 ] && echo "$pid" >"$dir/init"
    done
    [ -s "$dir/init" ] || fail "$host has no first process"
    flush_neighbours
    wait_for 10 "sshd of $host" bash -c "exec 3<>/dev/tcp/$(address "$host")/22"
}

first_process() { # inside the namespaces
    local host=$1 dir=$lab/hosts/$1 project
    hostname "$host"
    mkdir -p /data /run/sshd /root/.ssh
    mount --bind "$dir/data" /data && mount --bind "$dir/vartmp" /var/tmp &&
        mount --bind "$dir/boot_id" /proc/sys/kernel/random/boot_id &&
        mount --bind "$lab/names" /etc/hosts && mount --bind "$dir/hostname" /etc/hostname &&
        mount -t tmpfs -o mode=1777 tmpfs /dev/shm || exit 1
    # A project that lies in the home folder stays in sight.
    project=$(cd "$(dirname "$0")/../.." && pwd)
    mkdir -p "$dir/project" && mount --bind "$project" "$dir/project" || exit 1
    # A home of its own, so that caches and dot files are the host's.
    mkdir -p "$dir/root/.ssh" && cp "$lab/ssh/key" "$lab/ssh/config" "$lab/ssh/known_hosts" "$lab/ssh/authorized_keys" "$dir/root/.ssh/" &&
        mount --bind "$dir/root" /root || exit 1
    [ -d "$project" ] || { mkdir -p "$project" && mount --bind "$dir/project" "$project"; } || exit 1
    /usr/sbin/sshd -t -f "$lab/sshd_config" || exit 1
    trap 'exit 0' TERM
    /usr/sbin/sshd -D -e -f "$lab/sshd_config" &
    touch "$dir/ready"
    while :; do
        sleep 3600 &
        wait $!
    done
}

flush_neighbours() {
    local host pid
    ip neigh flush dev "$bridge" 2>/dev/null
    for host in $(hosts); do
        pid=$(init_of "$host") && nsenter -t "$pid" -n ip neigh flush dev eth0 2>/dev/null
    done
    return 0
}

power_off() {
    local pid
    pid=$(init_of "$1") && kill -9 "$pid"
    for ((i = 0; i < 100; i++)); do
        init_of "$1" >/dev/null || break
        sleep 0.05
    done
    ip link set "$tag$(number "$1")" down 2>/dev/null
    rm -f "$lab/hosts/$1/init"
    return 0
}

on_host() {
    local pid host=$1
    shift
    pid=$(init_of "$host") || fail "$host is not running"
    exec env -i HOME=/root USER=root LOGNAME=root SHELL=/bin/bash TERM="${TERM:-dumb}" LANG=C.UTF-8 PATH="$PATH" \
        nsenter -t "$pid" -n -u -m -p -w -- "$@"
}

engine_up() {
    local host=$1 dir=$lab/hosts/$1/engine
    mkdir -p "$dir"
    curl -sf -m 2 --unix-socket "$dir/sock" http://localhost/_ping >/dev/null && return 0
    rm -f "$dir/dockerd.pid" "$dir/sock" # of one that was killed: the number may be another's by now
    "$0" run "$host" pgrep -x containerd >/dev/null || rm -f "$dir/run/containerd/containerd.pid"
    # The list of the engine's options is the same as in PLATFORM's finding: no bridge, no rules.
    setsid "$0" run "$host" dockerd -H "unix://$dir/sock" --data-root "$dir/lib" --exec-root "$dir/run" \
        --pidfile "$dir/dockerd.pid" --bridge=none --iptables=false --ip-forward=false --ip-masq=false \
        --cgroup-parent="/$tag-$host" --insecure-registry "$net.0/24" -l error </dev/null >"$dir/log" 2>&1 &
    wait_for 90 "engine of $host" curl -sf -m 2 --unix-socket "$dir/sock" http://localhost/_ping || { tail -5 "$dir/log" >&2; exit 1; }
    "$0" run "$host" sh -c "mkdir -p /run && { umount -l /run/docker.sock 2>/dev/null; [ -e /run/docker.sock ] || : >/run/docker.sock; } && mount --bind '$dir/sock' /run/docker.sock"
}

engine_down() {
    local host=$1 dir=$lab/hosts/$1/engine
    [ -d "$dir" ] || return 0
    if init_of "$host" >/dev/null; then
        "$0" run "$host" sh -c "umount /run/docker.sock; [ -s '$dir/dockerd.pid' ] && kill \$(cat '$dir/dockerd.pid')" 2>/dev/null
        for ((i = 0; i < 100; i++)); do
            [ -e "$dir/dockerd.pid" ] || break
            sleep 0.1
        done
    fi
    umount -l "$dir/run/netns/default" 2>/dev/null
    return 0
}

engine_kill() { # as a crash: what it started stays
    "$0" run "$1" pkill -9 -x dockerd
    return 0
}

# Control groups hold and bound the jobs where version 1 is mounted; version 2 would need systemd.
has_groups() { [ -w /sys/fs/cgroup/freezer ] && [ -w /sys/fs/cgroup/memory ] && [ -w /sys/fs/cgroup/cpuset ]; }

slurm_conf() { # cpus
    local host track=linuxproc task=none
    ! has_groups || track=cgroup task=cgroup
    printf 'CgroupAutomount=no\nConstrainCores=yes\nConstrainRAMSpace=yes\n' >"$lab/slurm/cgroup.conf"
    cat <<EOF
ClusterName=lab
SlurmctldHost=$(hostname)($net.1)
SlurmctldPort=$((16000 + $(cksum <<<"$tag $net" | cut -d' ' -f1) % 1000))
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$lab/slurm/munge.socket
CryptoType=crypto/munge
StateSaveLocation=$lab/slurm/state
SlurmctldPidFile=$lab/slurm/slurmctld.pidfile
SlurmdPidFile=$lab/slurm/%n.pidfile
SlurmdSpoolDir=$lab/slurm/spool.%n
TmpFS=$lab/slurm/tmp.%n
SlurmctldLogFile=$lab/slurm/slurmctld.log
SlurmdLogFile=$lab/slurm/%n.log
ProctrackType=proctrack/$track
TaskPlugin=task/$task
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_min_interval=100000,batch_sched_delay=0
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
JobRequeue=1
MinJobAge=600
KillWait=5
SlurmctldTimeout=30
SlurmdTimeout=15
MessageTimeout=10
SlurmdParameters=config_overrides
${LAB_EPILOG:+Epilog=$LAB_EPILOG}
EOF
    for host in $(hosts); do
        echo "NodeName=$host NodeAddr=$(address "$host") NodeHostname=$host CPUs=$1 RealMemory=2000"
    done
    echo "PartitionName=batch Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO"
}

slurm_boot() {
    local host=$1 dir=$lab/slurm
    mkdir -p "$dir/spool.$host" "$dir/tmp.$host"
    setsid "$0" run "$host" env SLURM_CONF="$dir/slurm.conf" /usr/sbin/slurmd -D -N "$host" -f "$dir/slurm.conf" </dev/null >"$dir/$host.out" 2>&1 &
    echo $! >"$dir/$host.pid"
}

slurm_up() {
    local dir=$lab/slurm host cpus=${1:-2} want
    want=$(hosts | wc -l)
    mkdir -p "$dir/state"
    chmod 755 "$lab" "$dir"
    [ -s "$dir/munge.key" ] || { head -c 128 /dev/urandom >"$dir/munge.key" && chmod 600 "$dir/munge.key"; }
    slurm_conf "$cpus" >"$dir/slurm.conf"
    setsid /usr/sbin/munged -F --force --key-file="$dir/munge.key" --socket="$dir/munge.socket" --pid-file="$dir/munge.pidfile" \
        --log-file="$dir/munge.log" --seed-file="$dir/munge.seed" </dev/null >"$dir/munged.out" 2>&1 &
    echo $! >"$dir/munged.pid"
    wait_for 10 munged test -S "$dir/munge.socket" || exit 1
    SLURM_CONF=$dir/slurm.conf setsid /usr/sbin/slurmctld -D -f "$dir/slurm.conf" </dev/null >"$dir/slurmctld.out" 2>&1 &
    echo $! >"$dir/slurmctld.pid"
    for host in $(hosts); do slurm_boot "$host"; done
    wait_for 40 "idle Slurm hosts" sh -c "[ \$(SLURM_CONF=$dir/slurm.conf sinfo -h -N -o %T | grep -c '^idle\$') = $want ]" || { tail -5 "$dir"/*.log >&2; exit 1; }
}

slurm_down() {
    local dir=$lab/slurm pid file
    [ -d "$dir" ] || return 0
    SLURM_CONF=$dir/slurm.conf timeout 10 scancel -f -u root 2>/dev/null
    sleep 0.5
    for file in "$dir"/*.pid; do
        [ -s "$file" ] || continue
        read -r pid <"$file"
        tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q "$lab" || continue
        kill -- "-$pid" 2>/dev/null || kill "$pid" 2>/dev/null
        for ((i = 0; i < 60; i++)); do
            [ -d "/proc/$pid" ] || break
            sleep 0.05
        done
        kill -9 "$pid" 2>/dev/null
    done
    for file in $(hosts); do find /sys/fs/cgroup/*/"slurm_$file" -depth -type d -exec rmdir {} \; 2>/dev/null; done
    rm -rf "$dir"
}

down() {
    local host name
    slurm_down
    for host in $(hosts); do engine_down "$host"; done
    for host in $(hosts); do power_off "$host"; done
    for name in $(ip netns list 2>/dev/null | awk '{ print $1 }' | grep -E "^${tag}[0-9]+\$"); do
        ip link del "$name" 2>/dev/null
        ip netns del "$name"
    done
    if command -v iptables >/dev/null; then
        while iptables -D FORWARD -i "$bridge" -o "$bridge" -j ACCEPT 2>/dev/null; do :; done
    fi
    ip link del "$bridge" 2>/dev/null
    # What engines mounted below must be gone before anything is removed.
    awk -v p="$lab/" 'index($2, p) == 1 { print $2 }' /proc/mounts | sort -r | while read -r name; do umount -l "$name" 2>/dev/null; done
    [ ! -d "$lab/ssh" ] || rm -rf "${lab:?}"
}

[ "$(id -u)" = 0 ] || fail "needs root"
command=${1:-}
[ $# -eq 0 ] || shift
case $command in
up)
    for tool in ip unshare nsenter ssh-keygen curl; do command -v $tool >/dev/null || fail "$tool is missing"; done
    [ -x /usr/sbin/sshd ] || fail "sshd is missing"
    mkdir -p "$lab"
    write_ssh_files
    write_names "${1:-3}"
    make_bridge
    for ((n = 1; n <= ${1:-3}; n++)); do boot "node$n"; done
    ;;
down) down ;;
run) on_host "$@" ;;
cut) ip link set "$tag$(number "$1")" down ;;
heal)
    ip link set "$tag$(number "$1")" up
    flush_neighbours
    ;;
kill) power_off "$1" ;;
boot)
    make_bridge
    boot "$1"
    ;;
engine)
    op=$1
    shift
    for host in "$@"; do "engine_$op" "$host" || exit 1; done
    ;;
slurm)
    op=$1
    shift
    "slurm_$op" "$@"
    ;;
login)
    [ -x "$2" ] || fail "no shell '$2' on this machine"
    awk -F: -v OFS=: -v shell="$2" -v home="${3:-/root}" '$1 == "root" { $6 = home; $7 = shell } { print }' /etc/passwd >"$lab/hosts/$1/passwd"
    "$0" run "$1" sh -c "mkdir -p '${3:-/root}' && { umount /etc/passwd 2>/dev/null; mount --bind '$lab/hosts/$1/passwd' /etc/passwd; }" || fail "login shell of $1"
    ;;
host) address "$1" ;;
outside)
    # ssh reads its configuration by the password file's home, so it must be told.
    mkdir -p "$lab/bin"
    if [ ! -x "$lab/bin/ssh" ]; then # written once: somebody may be running it
        printf '#!/bin/sh\nexec /usr/bin/ssh -F %s "$@"\n' "$lab/ssh/config" >"$lab/bin/ssh.$$"
        chmod +x "$lab/bin/ssh.$$" && mv "$lab/bin/ssh.$$" "$lab/bin/ssh"
    fi
    PATH="$lab/bin:$PATH" exec "$@"
    ;;
__init) first_process "$1" ;;
*)
    sed -n '2,19s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
