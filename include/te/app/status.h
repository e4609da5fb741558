/*
 * What a run is doing, seen from any terminal: the status file that rank 0 keeps, the exit marker
 * and the journal. Nothing here touches the run.
 */
#ifndef TE_APP_STATUS_H
#define TE_APP_STATUS_H

#include <jansson.h>
#include <stdbool.h>
#include "te/store/recover.h"

/* How a run ended: its marker, and the exit status of `run` and `launch`. */
enum te_run_end {
    TE_RUN_ALL_OK = 0,
    TE_RUN_UNABLE = 1,
    TE_RUN_SOME_FAILED = 3,
    TE_RUN_STOPPED = 4
};

struct te_run_status {
    json_t *file;  /* status.json, NULL if there is none */
    int exit;      /* of the last end; -1: it goes on, or was killed */
    bool alive;    /* rank 0 is there, as far as can be told from here */
    double age;    /* s since rank 0 wrote the status file; NaN */
    bool launched; /* by `launch`: its folder here */
    bool detached; /* with mpirun on the scheduler host, where it lives on by itself */
    char scheduler[256];
    struct te_run_state state;
    /* Failed experiments (not OK), by number; the last result of each counts. */
    struct te_rec_result *failed;
    size_t n_failed, failed_cap;
    uint32_t *places; /* by number: index in failed + 1, 0: not failed */
    size_t places_cap;
    size_t by_reason[TE_REASON_COUNT];
};

/* TE_ERR_USAGE if folder is no run folder. status is released by the caller, also on failure. */
int te_run_status_load(const char *folder, struct te_run_status *status,
                       struct te_err *err) TE_MUST_CHECK;
void te_run_status_release(struct te_run_status *status);
/* The marker alone: exit code of the run's last end, -1 if there is none. */
int te_run_exit_code(const char *folder);
/* Nothing is left to do after such an end. */
bool te_run_ended_complete(int code);
int te_run_exit_write(const char *folder, int code, struct te_err *err) TE_MUST_CHECK;

#endif
