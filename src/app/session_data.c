/* What can be wrong with a run before it starts, told in one go. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "doctor.h"
#include "session_state.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/model/series.h"
#include "te/text/problems.h"

/* Values of larger files are not read before the run: labels and the number of cells are. */
static const off_t whole_file = 8 << 20;

int session_report(const char *what, const char *report, struct te_err *err)
{
    size_t count = 0;
    if (!report || !strchr(report, '\n'))
        return -1;
    for (const char *p = report; *p; count++) {
        int n = (int)strcspn(p, "\n");
        fprintf(stderr, "timeeval-mpi: %.*s\n", n, p);
        p += n + (p[n] == '\n');
    }
    return te_err_set(err, TE_ERR_USAGE, "'%s' has %zu problems", what, count);
}

static int check_file(const char *path, bool test, struct te_err *why)
{
    struct stat st;
    struct te_series series = {0};
    uint8_t *labels = NULL;
    size_t rows;
    int rc;
    if (stat(path, &st) == 0 && st.st_size <= whole_file) {
        rc = te_series_load(path, TE_SERIES_VALUES | (test ? TE_SERIES_LABELS : 0), &series, why);
        if (rc == 0)
            te_series_release(&series);
    } else if (test) {
        rc = te_series_labels(path, &labels, &rows, why);
        te_free(labels);
    } else {
        return 0;
    }
    return rc;
}

int session_check_data(struct session *s, struct te_err *err)
{
    const uint8_t *used = te_plan_datasets_used(s->plan);
    struct te_problems problems;
    te_autofree char *report = NULL;
    if (s->config->settings.mirror == TE_MIRROR_OFF || s->o->resume)
        return 0;
    if (te_problems_init(&problems, s->config->path, err) < 0)
        return -1;
    for (size_t i = 0; i < s->datasets.count; i++) {
        const struct te_dataset *d = &s->datasets.items[i];
        const char *paths[] = {d->test_path, d->train_path};
        for (size_t k = 0; used[i] && k < 2; k++) {
            struct te_err why = TE_ERR_INIT;
            if (paths[k] && check_file(paths[k], k == 0, &why) < 0)
                te_problems_add(&problems, 0, "dataset '%s/%s': %s", d->collection, d->name,
                                why.text);
        }
    }
    int rc = te_problems_take(&problems, &report, err);
    te_problems_release(&problems);
    return rc < 0 ? session_report(s->config->path, report, err) : 0;
}

bool session_one_host(const struct session *s)
{
    const char *all = getenv("OMPI_COMM_WORLD_SIZE");
    const char *here = getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
    return s->o->worker || (all && here && strcmp(all, here) == 0);
}

int session_check_engine(struct session *s, struct te_err *err)
{
    struct te_checkup checkup = {.may_start = true};
    struct doctor d = {.config = s->config,
                       .checkup = &checkup,
                       .plan = s->plan,
                       .datasets = s->datasets,
                       .err = err};
    struct te_problems problems;
    te_autofree char *report = NULL;
    if (!session_one_host(s))
        return 0;
    if (te_problems_init(&problems, s->config->path, err) < 0)
        return -1;
    doctor_check_engine(&d);
    for (size_t i = 0; i < checkup.count; i++)
        if (checkup.items[i].state == TE_CHECK_FAILED)
            te_problems_add(&problems, 0, "%s: %s: %s", checkup.items[i].subject,
                            checkup.items[i].found, checkup.items[i].mend);
    int rc = d.failed ? -1 : te_problems_take(&problems, &report, err);
    te_checkup_release(&checkup);
    te_problems_release(&problems);
    return rc < 0 ? session_report(s->config->path, report, err) : 0;
}
