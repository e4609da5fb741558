/* Inside a session. */
#ifndef TE_SRC_APP_SESSION_STATE_H
#define TE_SRC_APP_SESSION_STATE_H

#include <stdatomic.h>
#include "host.h"
#include "te/app/driver.h"
#include "te/app/session.h"
#include "te/base/aside.h"
#include "te/core/msg.h"

struct refresh { /* of the result file, in a thread */
    struct te_aside aside;
    bool on;
    atomic_bool stop;
    struct te_strings notices;
    double next;   /* monotonic: not sooner */
    uint64_t size; /* bytes of the journal at the last one */
};

struct session {
    const struct te_session_options *o;
    struct te_config *config;
    struct te_datasets datasets;
    struct te_plan *plan;
    char *folder; /* of the run, absolute */
    char *name;
    int lock; /* descriptor, -1 */
    bool resumed;
    bool complete_before; /* resumed, and nothing is left to do */
    int exit_before;      /* how it ended then */
    struct te_journal *journal;
    struct te_driver *driver;
    struct te_estimate *estimate;
    struct te_driver_file *files;
    size_t n_files;
    char *images;     /* that hosts pull before they work, one a line; NULL: none */
    char *copy_roots; /* mirror = sync: folders that files may be copied into, a line each */
    struct te_run_progress progress;
    struct te_host host;
    double next_progress, next_status;
    struct refresh refresh;
    bool draining;
    bool end_chosen; /* the ranks are told how they leave */
    double drain_since;
};

/* TE_ERR_CANCELED if a signal asks for the end: for long work before the run begins. */
int session_heed_signals(void *unused, struct te_err *err);
/* session_data.c: are the plan's datasets well formed? All that is wrong is told in one go. */
int session_check_data(struct session *s, struct te_err *err);
/* Where all workers are on this host: does the engine answer, are images there that nobody pulls?
 */
int session_check_engine(struct session *s, struct te_err *err);
/* Do all workers run where rank 0 does? Elsewhere rank 0 may well have no engine. */
bool session_one_host(const struct session *s);
/* session_images.c: pulls them, or notes what the hosts pull. */
int session_get_images(struct session *s, struct te_err *err);
/* Prints a report of several problems, a line each, and counts them in err; -1 always. */
int session_report(const char *what, const char *report, struct te_err *err);
/* session_folder.c: finds or makes the run folder and takes its lock. */
int session_open_folder(struct session *s, struct te_err *err);
/* session_journal.c */
int session_open_journal(struct session *s, struct te_err *err);
int session_retry(struct session *s, struct te_err *err);
int session_write_end(struct session *s, int code, const char *why, struct te_err *err);
/* Header of the journal in folder; TE_ERR_NOENT if there is none. */
int session_read_header(const char *folder, struct te_rec_header *out, struct te_err *err);
/* session_job.c: monotonic time at which the run must be over, its own walltime or the batch job's
 * end, whichever is sooner; 0: none. Says what it found. */
double session_stop_time(const struct session *s);
/* session_watch.c: progress, status file, signals. */
int session_watch(void *arg, double now, struct te_err *err);
int session_write_status(struct session *s, double now, const char *state, struct te_err *err);
/* session_build.c: the result file. */
int session_build(struct session *s, bool complete, struct te_err *err);
void session_refresh(struct session *s, double now);
/* One that goes on is given up; before session_build, and before the session is released. */
void session_stop_refresh(struct session *s);
/* session_estimate.c: makes s->estimate from the tables of earlier runs. */
int session_estimate(struct session *s, struct te_err *err);
/* session_mirror.c: checksums of what the plan uses, as rank 0 has it. */
int session_hash_files(struct session *s, struct te_err *err);

#endif
