/* Signals as flags: handlers only count. */
#ifndef TE_BASE_SIG_H
#define TE_BASE_SIG_H

#include "te/base/err.h"

enum te_sig_request {
    TE_SIG_NONE,
    TE_SIG_STOP, /* SIGUSR1, SIGINT, SIGHUP: stop in order */
    TE_SIG_ABORT /* SIGTERM, second SIGINT: containers killed, journal whole, leave */
};

/* Installs the handlers (after MPI_Init); SIGPIPE is ignored. */
int te_sig_install(struct te_err *err) TE_MUST_CHECK;
/* The strongest request so far. */
enum te_sig_request te_sig_requested(void);

#endif
