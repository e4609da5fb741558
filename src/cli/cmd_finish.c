#include <stdio.h>
#include "commands.h"
#include "te/app/session.h"
#include "te/app/status.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"
#include "te/store/h5_write.h"

/* A run whose last end left no whole file is complete now. */
static int mark(const char *folder, const struct te_h5_built *built, struct te_err *err)
{
    struct te_run_status status;
    int code = built->by_status[TE_STATUS_OK] == built->planned ? TE_EXIT_OK : TE_EXIT_PARTLY;
    int rc = te_run_status_load(folder, &status, err);
    if (rc == 0 && !status.alive && status.exit != code)
        rc = te_run_exit_write(folder, code, err);
    te_run_status_release(&status);
    return rc < 0 ? -1 : TE_EXIT_OK;
}

/* Results that --retry set aside and that nobody has run again. */
static size_t set_aside(const struct te_h5_built *built)
{
    size_t done = 0;
    for (int i = 0; i < TE_STATUS_COUNT; i++)
        done += built->by_status[i];
    return built->rows - done;
}

static int run_finish(const struct te_args *args, struct te_err *err)
{
    const char *folder = te_args_arg(args, 0);
    te_cleanup(te_fd_cleanup) int lock = -1;
    struct te_strings notices = {NULL, 0, 0};
    struct te_h5_built built;
    struct te_h5_options options = {
        .scores = true, .labels = te_h5_labels_from_file, .notices = &notices};
    if (te_session_lock(folder, &lock, err) < 0)
        return te_err_wrap(err, "finish");
    int rc = te_h5_build(folder, &options, &built, err);
    for (size_t i = 0; i < notices.count; i++)
        te_log(TE_LOG_NOTICE, "%s", notices.items[i]);
    te_strings_release(&notices);
    if (rc < 0)
        return -1;
    printf("%s/%s: %zu of %zu experiments, %llu scores, %llu bytes%s\n", folder, TE_H5_NAME,
           built.rows, built.planned, (unsigned long long)built.scores,
           (unsigned long long)built.bytes, built.complete ? "" : "; the rest was not run");
    size_t again = set_aside(&built);
    if (again > 0)
        printf("%zu of them were to run again (--retry) and did not: 'run CONFIG --resume' does\n",
               again);
    return built.complete && again == 0 ? mark(folder, &built, err) : TE_EXIT_OK;
}

const struct te_command te_cmd_finish = {
    .name = "finish",
    .synopsis = "RUN_FOLDER",
    .summary = "builds the complete results.h5 of a run that was killed",
    .details = "Reads the journal in RUN_FOLDER and writes results.h5 and results.csv there, "
               "without running anything. Nothing but the folder is needed; labels come from the "
               "dataset files where they are at hand.",
    .min_args = 1,
    .max_args = 1,
    .run = run_finish,
};
