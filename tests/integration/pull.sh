#!/bin/bash
# Images from a real registry on 127.0.0.1: pulled once for all ranks of a host, by policy; what cannot be had is told
# before anything starts.
. "$(dirname "$0")/../lib.sh"
PATH=$PATH:/usr/sbin
need docker-registry mpirun python3 curl
need_engine
"$ROOT/tests/images/build.sh" 2>"$TMP/build" || skip_all "the test image cannot be built: $(tail -n 1 "$TMP/build")"
cd "$TMP" || exit 1
api() { curl -s --unix-socket "$ENGINE" "$@"; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# registry NAME [LINE...]: a registry of that name; sets PORT
registry()
{
    local name=$1 i
    shift
    PORT=$(free_port)
    {
        printf 'version: 0.1\nlog: {accesslog: {disabled: false}, level: error}\nstorage: {filesystem: {rootdirectory: %s}}\n' "$TMP/$name"
        printf 'http: {addr: "127.0.0.1:%s"}\n' "$PORT"
        printf '%s\n' "$@"
    } >"$name.yml"
    OTEL_TRACES_EXPORTER=none docker-registry serve "$name.yml" >"$name.log" 2>&1 &
    registries="${registries:-} $!"
    # shellcheck disable=SC2034 # run at the end
    AT_EXIT="kill $registries 2>/dev/null"
    for ((i = 0; i < 100; i++)); do
        curl -s -o /dev/null "http://127.0.0.1:$PORT/v2/" && return
        sleep 0.1
    done
    skip_all "the registry does not start: $(tail -n 1 "$name.log")"
}

registry open
OPEN=127.0.0.1:$PORT
registry closed 'auth: {htpasswd: {realm: te, path: '"$TMP/passwords"'}}'
CLOSED=127.0.0.1:$PORT
DOWN=127.0.0.1:$(free_port)
IMAGE=$OPEN/te/probe:1.0
api -X POST "http://localhost/images/timeeval-mpi/probe:1.0.0/tag?repo=$OPEN/te/probe&tag=1.0" >/dev/null
api -X POST -H "X-Registry-Auth: e30=" "http://localhost/images/$OPEN/te/probe/push?tag=1.0" >push.log
away() { api -X DELETE "http://localhost/images/$IMAGE" >/dev/null; }
there() { api "http://localhost/images/$IMAGE/json" | grep -c '"Id"'; }
pulls() { grep -cE '"(HEAD|GET) /v2/te/probe/manifests/1.0 ' open.log; }
away
is "$(there)" 0 "the image is in the registry only"

mkdir scratch
tiny_data

config() # IMAGE...
{
    printf '[run]\nname = x\nresults = results\nscratch = %s\nrepetitions = 4\nprogress = off\n' "$TMP/scratch"
    printf '[datasets]\nroot = data\n[resources]\ntask_memory_limit = 64 MB\n[docker]\nhost = unix://%s\n' "$ENGINE"
    for image; do
        n=$((${n:-0} + 1))
        printf '[algorithm:a%s]\nimage = %s\ntraining_type = unsupervised\nparam.do = scores=100\n' "$n" "$image"
    done
} >c.ini

# pulling POLICY PULLS NAME [WORDS...]: a run on four ranks gets through with that many pulls
pulling()
{
    local before
    before=$(pulls)
    mpi 4 run c.ini --set "docker.pull=$1" >out 2>&1 </dev/null
    is "$(cat results/x/exit 2>/dev/null)" 0 "$3: the run is complete" || note "$(tail -n 5 out)"
    is "$(($(pulls) - before))" "$2" "$3: asked the registry $2 times"
    rm -rf results/x
}

config "$IMAGE"
pulling missing 1 "an image that is missing, three workers"
like "$(cat out)" "image '$IMAGE': pulling it" "a line tells so"
like "$(cat out)" "image '$IMAGE' is there, after" "and that it is there"
pulling missing 0 "the image is there"
pulling never 0 "never"
pulling always 1 "always"
away
# ranks of several hosts: the leading one of a host pulls
before=$(pulls)
mpirun --oversubscribe --bind-to none --enable-recovery -np 4 env OMPI_COMM_WORLD_LOCAL_SIZE=2 "$TE" run c.ini >out 2>&1 </dev/null
is "$(cat results/x/exit 2>/dev/null)" 0 "pulled by the host's leading rank: the run is complete" || note "$(tail -n 5 out)"
is "$(($(pulls) - before))" 1 "and it pulled once"
rm -rf results/x

# refused RC NAME ERE...: a run ends with RC before it made anything, with these words
refused()
{
    local rc=$1 name=$2 ere
    shift 2
    runs "$rc" "$name: exit status $rc" timeout 120 "$TE" run c.ini
    for ere; do like "$ERR" "$ere" "$name: says '$ere'"; done
    [ ! -e results/x ]
    ok $? "$name: no run was begun"
    rm -rf results/x
}

away
config "$IMAGE"
runs 2 "never, and it is not there: exit status 2" "$TE" run c.ini --set docker.pull=never
like "$ERR" "$IMAGE is not there, and pull = never: load or pull it" "the message says what to do"
runs 1 "the doctor calls it a failure" "$TE" doctor c.ini --set docker.pull=never
like "$OUT" "failed +image +$IMAGE is not there, and pull = never" "and says so"
runs 0 "but not where launch would bring it" "$TE" doctor c.ini --set docker.pull=never --set remote.images=push \
    --set remote.scheduler_host=localhost --set remote.worker_hosts=localhost
like "$OUT" "warning +image +$IMAGE is not there: launch pushes it" "which it says"
config "$OPEN/te/probe:9.9"
refused 2 "a tag that is missing" "image '$OPEN/te/probe:9.9' cannot be pulled: .*9.9.* not found|manifest unknown"
config "$OPEN/te/nothing:1.0"
refused 2 "a repository that is missing" "image '$OPEN/te/nothing:1.0' cannot be pulled: "
config "$DOWN/te/probe:1.0"
refused 2 "a registry that is down" "image '$DOWN/te/probe:1.0' cannot be pulled: .*connection refused"
config "$CLOSED/te/probe:1.0"
refused 2 "a registry that refuses" "image '$CLOSED/te/probe:1.0' cannot be pulled: .*(unauthorized|no basic auth credentials)"
config "$OPEN/te/probe:9.9"
runs 0 "no host can have the image: mpirun ends" timeout 60 \
    mpirun --oversubscribe --bind-to none --enable-recovery -np 3 env OMPI_COMM_WORLD_LOCAL_SIZE=2 "$TE" run c.ini
is "$(cat results/x/exit 2>/dev/null)" 1 "no host can have the image: nothing is run" || note "$ERR"
like "$ERR" "host '.*' gets no work: image '$OPEN/te/probe:9.9' cannot be pulled" "the host and the reason are named"
is "$("$TE" status results/x --failed --csv 2>/dev/null | grep -c infrastructure)" 0 "no experiment is blamed"
away
finish
