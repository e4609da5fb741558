/*
 * The doctor: checks of this host for a run, each a line with what was found and, where something
 * is wrong, the mend. Changes nothing.
 */
#ifndef TE_APP_DOCTOR_H
#define TE_APP_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include "te/model/config.h"

enum te_check_state { TE_CHECK_OK, TE_CHECK_SKIPPED, TE_CHECK_WARNING, TE_CHECK_FAILED };

struct te_check {
    const char *subject; /* "engine", "images", ... */
    enum te_check_state state;
    char *found;
    char *mend; /* "" where nothing is to do */
};

struct te_checkup {
    struct te_check *items;
    size_t count, cap;
    bool may_start; /* no check failed */
};

struct te_doctor_options {
    const struct te_config *config;
    const char *catalog; /* path, "" : none */
    bool force;          /* an over-provisioned host is only a warning */
};

/* -1 only for out of memory and the like; what is wrong with the host is a check. */
int te_doctor_run(const struct te_doctor_options *options, struct te_checkup *out,
                  struct te_err *err) TE_MUST_CHECK;
void te_checkup_release(struct te_checkup *checkup);
/* "ok", "skipped", "warning", "failed". */
const char *te_check_word(enum te_check_state state);

#endif
