#!/bin/bash
# Tests on Debian's own kernel with systemd, control groups of version 2, AppArmor and the engine that Debian starts: a
# virtual machine without a network, made below build/vm from the last commit.
#
#   tests/vm.sh [TEST...]      default: what depends on control groups and the engine
#
# What it needs: tests/tools/debian.sh, qemu-system-x86 and mkfs.ext4. ACCEL (tcg,thread=multi) and CPU (max) choose
# another processor, SLOW (20) multiplies the tests' time limits. Prints what the tests print; exit status 1 if one
# failed, 77 where it cannot run. Some 20 minutes in software on two cores. KEEP=1 keeps the disk.
set -u
cd "$(dirname "$0")/.." || exit 1
DIR=$PWD/build/vm
fail() { echo "vm: $*" >&2; exit "${2:-1}"; }
PATH=$PATH:/usr/sbin:/sbin
for c in qemu-system-x86_64 mkfs.ext4; do
    command -v $c >/dev/null || fail "no '$c' on this machine" 77
done
. tests/tools/debian.sh
[ $# -gt 0 ] || set -- build/release/tests/unit/test_adapter_cgroup tests/integration/{docker_outcomes,functions,engine,samples,quickstart,doctor}.sh \
    tests/fault/signals.sh
new=$DIR/root
debian_root "$PWD/build/bare" "$new"

# --- what the machine has: packages, the project, and a service that runs the tests and switches it off
proxies=$(env | grep -iE '^(http|https|ftp|no)_proxy=' || true)
# shellcheck disable=SC2086 # words wanted
inside() { chroot "$new" env -i HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive $proxies \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
mount -t proc proc "$new/proc" || exit 1
trap 'umount "$new/proc" 2>/dev/null; [ -n "${KEEP:-}" ] || rm -rf --one-file-system "$new" "$DIR/disk"' EXIT
printf '#!/bin/sh\nexit 101\n' >"$new/usr/sbin/policy-rc.d" # nothing starts while it is installed
chmod +x "$new/usr/sbin/policy-rc.d"
git bundle create -q "$new/root/project.bundle" HEAD || fail "not a git checkout"
inside sh -c 'apt-get update -q && apt-get install -q -y --no-install-recommends systemd-sysv dbus udev kmod linux-image-amd64 initramfs-tools &&
    git -c advice.detachedHead=false clone -q /root/project.bundle /root/timeeval-mpi && cd /root/timeeval-mpi &&
    tests/tools/packages.sh build run check && make -s -j2 all tests' >"$DIR/install.log" 2>&1 || fail "cannot be installed: $DIR/install.log"
rm "$new/usr/sbin/policy-rc.d"
umount "$new/proc"
cat >"$new/root/run" <<END
#!/bin/bash
exec >/dev/ttyS0 2>&1
export HOME=/root LC_ALL=C.UTF-8 SLOW=${SLOW:-20} PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
dmesg -n 1
cd /root/timeeval-mpi
echo "vm: kernel \$(uname -r), \$(docker info 2>/dev/null | grep -i cgroup | tr -s '\\n ' ' ')"
echo "vm: begin"
tests/run $*
rc=\$?
left=\$(ls -d /sys/fs/cgroup/timeeval* 2>/dev/null; systemctl list-units --all --no-legend 'timeeval*')
[ -z "\$left" ] || { echo "vm: groups are left: \$left"; rc=1; }
echo "vm: exit \$rc"
sync
poweroff -f
END
printf '[Unit]\nAfter=docker.service\n[Service]\nExecStart=/bin/bash /root/run\nDelegate=yes\n[Install]\nWantedBy=multi-user.target\n' >"$new/etc/systemd/system/tests.service"
mkdir -p "$new/etc/systemd/system/multi-user.target.wants"
ln -sf ../tests.service "$new/etc/systemd/system/multi-user.target.wants/tests.service"
echo '/dev/vda / ext4 defaults 0 0' >"$new/etc/fstab"
echo vm >"$new/etc/hostname"
rm -f "$DIR/disk"
truncate -s 12G "$DIR/disk" && mkfs.ext4 -q -d "$new" "$DIR/disk" || fail "no disk could be made"

timeout "${SECONDS_MOST:-3600}" qemu-system-x86_64 -accel "${ACCEL:-tcg,thread=multi}" -cpu "${CPU:-max}" -smp 2 -m 4096 -nographic -no-reboot -net none \
    -kernel "$(echo "$new"/boot/vmlinuz-*)" -initrd "$(echo "$new"/boot/initrd.img-*)" -append "root=/dev/vda rw console=ttyS0 quiet" \
    -drive "file=$DIR/disk,if=virtio,format=raw,cache=unsafe" </dev/null 2>&1 | stdbuf -oL tr '\r' '\n' | tee "$DIR/console.log" | grep --line-buffered -aE '^(ok|FAILED|==|vm:|    \||[0-9]+ passed)'
grep -aq '^vm: exit 0' "$DIR/console.log"
