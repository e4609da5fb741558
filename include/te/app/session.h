/*
 * A session: one start of a run, from its folder and lock to its result file and exit code.
 */
#ifndef TE_APP_SESSION_H
#define TE_APP_SESSION_H

#include "te/app/worker.h"
#include "te/model/config.h"

/* Ends the name of a run that made its results up. */
#define TE_DRY_RUN ".dry-run"

struct te_session_options {
    struct te_config *config; /* name, run folder and scratch are filled in */
    bool resume;
    const char *resume_of; /* NAME or FOLDER; "" or NULL: the newest incomplete run of this plan */
    const char *retry;     /* comma list of status and reason words, or NULL */
    bool replace;          /* a run of that name gives way */
    bool force;            /* more tasks than a host's share bears */
    const char *command_line;
    const char *version;
    const char *catalog;            /* path */
    struct te_transport *transport; /* endpoint 0 */
    struct te_worker *worker;       /* of a run in one process, else NULL */
};

/* *exit_status: INTERFACE, exit status. Sends the workers away in any case. */
int te_session_run(const struct te_session_options *options, int *exit_status,
                   struct te_err *err) TE_MUST_CHECK;
/*
 * Keeps rank 0s away from a run that somebody else works on. *fd: closed by the caller; -1 where
 * the folder has no lock. TE_ERR_BUSY: it goes on, and who has it.
 */
int te_session_lock(const char *folder, int *fd, struct te_err *err) TE_MUST_CHECK;
/* Sends every worker away: for a run that ends before its session begins. */
void te_session_dismiss(struct te_transport *transport);
/*
 * Path of the algorithm catalog that belongs to this program (TIMEEVAL_CATALOG, else installed
 * beside it); "" if there is none, for only configurations that name it need it. Freed by the
 * caller.
 */
char *te_session_catalog(struct te_err *err) TE_MUST_CHECK;
/* Do words for --retry read? NULL does. */
int te_session_check_retry(const char *words, struct te_err *err) TE_MUST_CHECK;
/* The scratch folder: as wished ([run] scratch, may be NULL), else TMPDIR if it is absolute, else
 * /tmp. */
const char *te_session_scratch(const char *wish);
/* Workers were lost, or a signal leaves no time: the ranks were told to go without MPI's end. */
bool te_session_leaves_at_once(void);

#endif
