/* What the doctor's checks share. */
#ifndef TE_SRC_APP_DOCTOR_H
#define TE_SRC_APP_DOCTOR_H

#include "te/adapter/hostfacts.h"
#include "te/app/doctor.h"
#include "te/core/plan.h"
#include "te/model/dataset.h"

struct doctor {
    const struct te_config *config;
    const struct te_doctor_options *options;
    struct te_checkup *checkup;
    struct te_hostfacts facts;
    struct te_datasets datasets;
    bool has_datasets;
    struct te_plan *plan; /* NULL: the configuration does not give one */
    struct te_err *err;
    bool failed; /* err is set: memory */
};

/* Adds a check; mend "" where nothing is to do. The formats are the caller's literals. */
void doctor_say(struct doctor *d, const char *subject, enum te_check_state state, const char *mend,
                const char *fmt, ...) __attribute__((format(printf, 5, 6)));

void doctor_check_engine(struct doctor *d);
void doctor_check_programs(struct doctor *d);

#endif
