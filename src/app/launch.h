/* Inside the launcher: its state, and its parts in the order in which they are used. */
#ifndef TE_SRC_APP_LAUNCH_H
#define TE_SRC_APP_LAUNCH_H

#include "launch_hosts.h"
#include "te/app/launcher.h"
#include "te/core/progress.h"

struct launch {
    const struct te_launch_options *options;
    struct te_config *config;
    struct lhosts hosts;
    char *name;   /* of the run */
    char *folder; /* <results>/<name> here */
    char *owner;  /* what the folders on the hosts are marked with, for no other launch has it */
    char *remote_dir; /* on the scheduler host, absolute: configuration and results */
    char *remote_run; /* <remote_dir>/results/<name> */
    char *files_dir;  /* the same on every host: libraries and modules that tasks name */
    char *remote_config;
    char *mpi_dir;             /* for Open MPI's own files; the same path everywhere */
    char *log;                 /* of a host's ranks, the same path on every host */
    struct te_strings sets;    /* for the remote run: what was typed, and the moved paths */
    struct te_strings paths;   /* dataset files of the plan, absolute */
    struct te_strings digests; /* "<size> <sha256>" of each at the scheduler host */
    struct te_strings images;  /* that the plan needs */
    struct te_strings roots;   /* folders that dataset files may be copied into */
    size_t experiments;
    int64_t journal;    /* bytes of the journal that are here already */
    bool journal_fresh; /* the copy begins anew beside the old one */
    bool complete;      /* resumed, and nothing is left to do */
    bool on_scheduler;  /* mpirun runs at the scheduler host */
    json_int_t mpirun;  /* its process there, or 0 */
    bool rank0_seen;    /* the last mpirun came as far as a rank 0 */
    int restarts;
    bool broken; /* the last mpirun was killed, or did not bring rank 0 up in its time */
    bool bar;    /* standard error is a terminal: progress is drawn here, not logged there */
    struct te_run_progress progress;
    double next_progress;
    struct lhost *leader; /* of the mpirun that goes on: rank 0 is there, whatever comes */
    /* of the launch that is resumed or attached to */
    char *old_scheduler; /* or NULL */
    bool was_on_scheduler;
};

enum { LAUNCH_FOLDERS = 2 }; /* on a host: remote_dir, and the parent of files_dir */
#define LAUNCH_JOURNAL    "journal.log"
#define LAUNCH_MPIRUN_LOG "mpirun.log"

/* launch_state.c: what is remembered of a launch in its folder here. */
int launch_save_state(const struct launch *launch, bool complete, struct te_err *err);
int launch_read_state(struct launch *launch, struct te_err *err);
/* launch_check.c: a line per host and step. Hosts that fail are set aside; -1 if the run cannot
 * start. */
int launch_reach(struct launch *launch, struct te_err *err);
/* While the run goes on only the scheduler host is spoken to: idle connections would leave agents
 * behind on hosts whose link is cut. Then: connections to all again, quietly. */
void launch_part(struct launch *launch);
void launch_rejoin(struct launch *launch);
/* A new connection to a host whose connection broke; false: not now. */
bool launch_reach_one(struct launch *launch, struct lhost *host);
/* After a step: may the run go on with the hosts that are left, as on_host_failure says? */
int launch_judge(struct launch *launch, const char *step, struct te_err *err);
int launch_provision(struct launch *launch, struct te_err *err);
/* launch_send.c: folder names on the hosts; the configuration and the files it names. */
int launch_name_folders(struct launch *launch, struct te_err *err);
/* launch_claim.c: makes the folders on the hosts this launch's own, or TE_ERR_USAGE: another one
 * has them. Then the hosts that failed are judged. */
int launch_claim(struct launch *launch, struct te_err *err);
int launch_send_files(struct launch *launch, struct te_err *err);
int launch_plan(struct launch *launch, struct te_err *err);
/* launch_images.c, launch_mirror.c: check, then push or sync what lacks. */
int launch_images(struct launch *launch, struct te_err *err);
int launch_mirror(struct launch *launch, struct te_err *err);
/* launch_start.c: where mpirun should run, and its start there. */
int launch_choose_place(struct launch *launch, struct te_err *err);
int launch_start_mpirun(struct launch *launch, bool resume, struct te_child *here,
                        struct te_err *err);
/* launch_run.c: one mpirun from start to end. *code: exit code by the run's marker, -1 if it left
 * none. */
int launch_run(struct launch *launch, bool resume, int *code, struct te_err *err);
/* The same for one that was started at the scheduler host by an earlier launch. */
int launch_follow(struct launch *launch, int *code, struct te_err *err);
/* launch_probe.c: looks at the run at the scheduler host. Trouble is no answer, not an error. */
int launch_marker(struct launch *launch); /* exit code in it, -1: none */
/* *age: s since the last rank 0 took its lock, by that host's clock, -1: unknown. */
bool launch_rank0_lives(struct launch *launch, bool *known, double *age);
bool launch_mpirun_lives(struct launch *launch);
int64_t launch_journal_there(struct launch *launch); /* bytes, -1: no answer */
/* launch_collect.c: files of the run folder and logs of every host; then our folders there go. */
int launch_collect(struct launch *launch, struct te_err *err);
void launch_clean(struct launch *launch);
/* Kills ranks of an mpirun that is gone: two runs at a time would share the hosts. */
int launch_stop_ranks(struct launch *launch, struct te_err *err);
/* Copies what is new in the remote journal; failures are only noted. */
void launch_pull_journal(struct launch *launch);
/* launch_watch.c: copies the run's status file, so that `status` on the folder here tells what goes
 * on there; draws the bar. */
void launch_watch(struct launch *launch, double now);
void launch_show(struct launch *launch, double now);
/* Puts the journal that is here to the (new) scheduler host. */
int launch_push_journal(struct launch *launch, struct te_err *err);

/* The host that rank 0 runs on, or will: the first that has not failed. NULL: none answers. */
struct lhost *launch_scheduler(const struct launch *launch);
/* "<step> <host> ok|FAILED <text>" */
void launch_say(const char *step, const struct lhost *host, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
