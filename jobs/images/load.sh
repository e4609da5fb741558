#!/bin/bash
# Packs programs as images and hands them to a Docker engine, without registry and docker client.
#
#   load.sh PROGRAM...     each PROGRAM is a static binary with its manifest PROGRAM.json beside it or in this folder
#
# The engine is that of DOCKER_HOST (unix:// only), else the usual socket. Images are called
# timeeval-mpi/<program>:<version of the manifest>. The same program gives the same image, bit for bit. With -o FOLDER
# the archives (as `docker save` writes them) are kept in FOLDER and nothing is loaded.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
HOST=${DOCKER_HOST:-unix:///var/run/docker.sock}
keep=
[ "${1:-}" = -o ] && { keep=$2; shift 2; }
work=$(mktemp -d "${TMPDIR:-/tmp}/te-image.XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() { echo "load.sh: $*" >&2; exit 1; }
case $HOST in unix://*) ;; *) fail "DOCKER_HOST is '$HOST': only unix:// sockets are supported" ;; esac
case $(uname -m) in
x86_64) arch=amd64 ;;
aarch64) arch=arm64 ;;
*) arch=$(uname -m) ;;
esac

# pack FOLDER ARCHIVE: the same bytes whenever and by whomever
pack() { tar -C "$1" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=ustar -cf "$2" .; }
sum() { sha256sum "$1" | cut -d' ' -f1; }

build()
{
    local program=$1 name manifest version layer config
    name=$(basename "$program")
    manifest=$program.json
    [ -f "$manifest" ] || manifest=$HERE/$name.json
    [ -f "$manifest" ] || fail "no manifest for '$name'"
    version=$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' "$manifest" | head -n 1)
    rm -rf "$work/root" "$work/image"
    mkdir -p "$work/root/app" "$work/root/data" "$work/root/results" "$work/root/etc" "$work/root/tmp" "$work/image"
    chmod 1777 "$work/root/tmp"
    chmod 755 "$work/root" "$work/root/app" "$work/root/data" "$work/root/etc"
    chmod 777 "$work/root/results"
    printf 'root:x:0:0:root:/app:/algorithm\n' >"$work/root/etc/passwd"
    printf 'root:x:0:\n' >"$work/root/etc/group"
    install -m 755 "$program" "$work/root/algorithm"
    install -m 644 "$manifest" "$work/root/app/manifest.json"
    chmod 644 "$work/root/etc/"*
    pack "$work/root" "$work/layer.tar"
    layer=$(sum "$work/layer.tar")
    mkdir "$work/image/$layer"
    mv "$work/layer.tar" "$work/image/$layer/layer.tar"
    cat >"$work/config" <<JSON
{"architecture":"$arch","os":"linux","created":"1970-01-01T00:00:00Z","config":{"Entrypoint":["/algorithm"],"Cmd":["execute-algorithm"],"Env":["PATH=/"],"WorkingDir":"/app","Volumes":{"/data":{},"/results":{}}},"rootfs":{"type":"layers","diff_ids":["sha256:$layer"]},"history":[{"created":"1970-01-01T00:00:00Z","created_by":"$name"}]}
JSON
    config=$(sum "$work/config")
    mv "$work/config" "$work/image/$config.json"
    printf '[{"Config":"%s.json","RepoTags":["timeeval-mpi/%s:%s"],"Layers":["%s/layer.tar"]}]\n' \
        "$config" "$name" "$version" "$layer" >"$work/image/manifest.json"
    find "$work/image" -type f -exec chmod 644 {} +
    find "$work/image" -type d -exec chmod 755 {} +
    pack "$work/image" "$work/$name.tar"
    label=timeeval-mpi/$name:$version
}

load()
{
    local reply
    reply=$(curl -sS --max-time 120 --unix-socket "${HOST#unix://}" -X POST -H 'Content-Type: application/x-tar' \
        -H 'Expect:' --data-binary @"$1" 'http://localhost/images/load?quiet=1') || fail "the engine at '$HOST' does not answer"
    case $reply in
    *'"error'* | *'"message"'*) fail "the engine refused '$label': $reply" ;;
    esac
}

for program; do
    [ -x "$program" ] || fail "no program '$program'"
    build "$program"
    if [ -n "$keep" ]; then
        mkdir -p "$keep"
        mv "$work/$(basename "$program").tar" "$keep/"
    else
        load "$work/$(basename "$program").tar"
    fi
    echo "$label"
done
