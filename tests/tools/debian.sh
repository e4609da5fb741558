# shellcheck shell=bash # sourced
# A minimal Debian in a folder, for tests that need another machine than this one.
#
#   debian_root DIR NEW      NEW: a folder with what debootstrap makes, plus git and make. DIR keeps it for the next time
#
# SUITE (bookworm) names the release. Needs root, debootstrap and a Debian mirror: MIRROR, else what this machine's apt
# uses. This machine's apt configuration is copied into the new one, for that is how the mirror was reached. The caller
# has `fail TEXT [STATUS]`.
SUITE=${SUITE:-bookworm}

debian_base() # DIR
{
    local mirror
    [ ! -s "$1/base-$SUITE.tar" ] || return 0
    mirror=${MIRROR:-$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        sed -n -E 's/^(deb .*|URIs: *)(https?:[^ ]*debian\/?)( .*|$)/\2/p' | head -n 1)}
    [ -n "$mirror" ] || fail "no Debian mirror known: set MIRROR" 77
    mkdir -p "$1" && rm -rf "$1/base" || exit 1
    debootstrap --variant=minbase --include=git,make,ca-certificates "$SUITE" "$1/base" "$mirror" >"$1/debootstrap.log" 2>&1 ||
        fail "debootstrap failed: $1/debootstrap.log"
    tar -C "$1/base" -cf "$1/base-$SUITE.tar.tmp" . && mv "$1/base-$SUITE.tar.tmp" "$1/base-$SUITE.tar" || exit 1
    rm -rf "$1/base"
}

debian_root()
{
    local new=$2 f
    [ "$(id -u)" = 0 ] || fail "needs root" 77
    command -v debootstrap >/dev/null || fail "no 'debootstrap' on this machine" 77
    debian_base "$1"
    [ ! -e "$new" ] || rm -rf --one-file-system "$new"
    mkdir -p "$new" && tar -C "$new" -xf "$1/base-$SUITE.tar" || exit 1
    rm -f "$new/etc/apt/sources.list"
    cp -a /etc/apt/. "$new/etc/apt/"
    for f in /etc/resolv.conf /etc/hosts; do cp -L "$f" "$new$f"; done
    [ ! -d /usr/share/keyrings ] || cp -an /usr/share/keyrings/. "$new/usr/share/keyrings/"
    cp -a /usr/local/share/ca-certificates/. "$new/usr/local/share/ca-certificates/" 2>/dev/null &&
        chroot "$new" update-ca-certificates >/dev/null 2>&1
    return 0
}
