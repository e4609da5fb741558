#!/bin/bash
# For operators: Epilog= in slurm.conf, which slurmd runs as root on every node of a job after its
# end. Removes what the job's timeeval-mpi left there if it was killed: containers that carry the
# job's number as label, scratch folders that have it inside, and empty control groups within the
# job's own. What belongs to others is never touched.
#
#   TIMEEVAL_DOCKER_SOCKET (/var/run/docker.sock), TIMEEVAL_SCRATCH (/tmp)
#
# Always succeeds: a failing epilog would drain the node.
case ${SLURM_JOB_ID:-} in '' | *[!0-9]*) exit 0 ;; esac
PATH=${PATH:-/usr/sbin:/usr/bin:/sbin:/bin}
export PATH
socket=${TIMEEVAL_DOCKER_SOCKET:-/var/run/docker.sock}
scratch=${TIMEEVAL_SCRATCH:-/tmp}
engine() { curl -sS -m 60 --unix-socket "$socket" "$@" 2>/dev/null; }

# Looks again until nothing is left: a container may still have been on its way.
for _ in 1 2 3 4 5; do
    [ -S "$socket" ] || break
    ids=$(engine "http://localhost/containers/json?all=1&filters=%7B%22label%22%3A%5B%22timeeval-mpi.job%3D$SLURM_JOB_ID%22%5D%7D" |
        grep -o '"Id":"[0-9a-f]\{64\}"' | cut -d'"' -f4)
    [ -n "$ids" ] || break
    for id in $ids; do
        engine -o /dev/null -X DELETE "http://localhost/containers/$id?force=1&v=1"
    done
done

for folder in "$scratch"/timeeval-mpi-*/; do
    folder=${folder%/}
    [ -f "$folder/job" ] && read -r id <"$folder/job" && [ "$id" = "$SLURM_JOB_ID" ] && rm -rf -- "$folder"
done

find /sys/fs/cgroup -depth -type d \( -path "*/job_$SLURM_JOB_ID" -o -path "*/job_$SLURM_JOB_ID/timeeval-mpi.*" \) \
    -exec rmdir {} \; 2>/dev/null
exit 0
