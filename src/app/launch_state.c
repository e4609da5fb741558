/* What is remembered here of a launch: enough to find it again after this process is gone. */
#include <stdlib.h>
#include <string.h>
#include "launch.h"
#include "te/base/fs.h"
#include "te/base/mem.h"

static const char state_name[] = "launch.json";

static json_t *pack(const struct launch *launch, bool complete)
{
    const struct lhost *host = launch_scheduler(launch);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:b}", "name", launch->name, "owner",
                     launch->owner, "scheduler", host ? host->name : "", "remote_run",
                     launch->remote_run ? launch->remote_run : "", "files",
                     launch->files_dir ? launch->files_dir : "", "mpirun_on",
                     launch->on_scheduler ? "scheduler" : "driver", "mpirun", launch->mpirun,
                     "complete", complete);
}

int launch_save_state(const struct launch *launch, bool complete, struct te_err *err)
{
    te_autofree char *path = te_fs_join(launch->folder, state_name, err);
    json_t *state = pack(launch, complete);
    char *text = state ? json_dumps(state, JSON_INDENT(2)) : NULL;
    int rc = path && text ? te_fs_write_atomic(path, text, strlen(text), err)
                          : te_err_set(err, TE_ERR_NOMEM, "out of memory");
    free(text);
    json_decref(state);
    return rc;
}

static int keep(const json_t *state, const char *key, char **out, struct te_err *err)
{
    const char *text = json_string_value(json_object_get(state, key));
    *out = te_strdup(text ? text : "", err);
    return *out ? 0 : -1;
}

int launch_read_state(struct launch *launch, struct te_err *err)
{
    json_error_t why;
    te_autofree char *path = te_fs_join(launch->folder, state_name, err);
    if (!path)
        return -1;
    json_t *state = json_load_file(path, 0, &why);
    if (!state)
        return te_err_set(err, TE_ERR_USAGE,
                          "'%s' is no folder of a launch (there is no readable '%s'): start it "
                          "without --resume and --attach",
                          launch->folder, state_name);
    const char *where = json_string_value(json_object_get(state, "mpirun_on"));
    launch->complete = json_is_true(json_object_get(state, "complete"));
    launch->was_on_scheduler = where && strcmp(where, "scheduler") == 0;
    launch->mpirun = json_integer_value(json_object_get(state, "mpirun"));
    int rc = keep(state, "scheduler", &launch->old_scheduler, err);
    if (rc == 0)
        rc = keep(state, "owner", &launch->owner, err);
    json_decref(state);
    return rc;
}
