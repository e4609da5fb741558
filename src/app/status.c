#include "te/app/status.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/base/units.h"
#include "te/text/json.h"

static const double fresh = 15; /* s: rank 0 on another host is alive if it wrote since */

int te_run_exit_write(const char *folder, int code, struct te_err *err)
{
    char text[16];
    te_autofree char *path = te_fs_join(folder, "exit", err);
    int n = snprintf(text, sizeof text, "%d\n", code);
    return path ? te_fs_write_atomic(path, text, (size_t)n, err) : -1;
}

bool te_run_ended_complete(int code)
{
    return code == TE_RUN_ALL_OK || code == TE_RUN_SOME_FAILED;
}

int te_run_exit_code(const char *folder)
{
    struct te_err err = TE_ERR_INIT;
    te_autofree char *path = te_fs_join(folder, "exit", &err);
    te_autofree char *text = NULL;
    size_t len;
    int64_t code;
    if (!path || te_fs_read(path, 64, &text, &len, &err) < 0)
        return -1;
    return te_parse_int(te_str_trim(text), 0, 255, &code, &err) == 0 ? (int)code : -1;
}

static void load_file(const char *folder, struct te_run_status *status)
{
    struct te_err ignored = TE_ERR_INIT;
    te_autofree char *path = te_fs_join(folder, "status.json", &ignored);
    status->age = NAN;
    status->file = path ? te_json_load(path, TE_MIB, &ignored) : NULL;
    const json_t *updated = json_object_get(status->file, "updated");
    if (json_is_number(updated))
        status->age = te_clock_real() - json_number_value(updated);
}

static void load_launch(const char *folder, struct te_run_status *status)
{
    struct te_err ignored = TE_ERR_INIT;
    te_autofree char *path = te_fs_join(folder, "launch.json", &ignored);
    json_t *file = path ? te_json_load(path, TE_MIB, &ignored) : NULL;
    const char *where = json_string_value(json_object_get(file, "mpirun_on"));
    const char *host = json_string_value(json_object_get(file, "scheduler"));
    status->launched = file != NULL;
    status->detached = where && strcmp(where, "scheduler") == 0;
    snprintf(status->scheduler, sizeof status->scheduler, "%s", host ? host : "");
    json_decref(file);
}

/* It has ended and nobody has asked for its status yet. */
static bool is_zombie(long pid)
{
    char path[64];
    struct te_err ignored = TE_ERR_INIT;
    te_autofree char *text = NULL;
    size_t len;
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    if (te_fs_read(path, 4096, &text, &len, &ignored) < 0)
        return false;
    const char *end = strrchr(text, ')'); /* the name before it may hold anything */
    return end && (strncmp(end, ") Z", 3) == 0 || strncmp(end, ") X", 3) == 0);
}

/* run.lock says host, boot and process of the last rank 0. */
static bool same_boot_lives(const char *folder, bool *known)
{
    struct te_err ignored = TE_ERR_INIT;
    struct te_host here;
    char boot[64] = "";
    long pid = 0;
    size_t len;
    te_autofree char *text = NULL;
    te_autofree char *path = te_fs_join(folder, "run.lock", &ignored);
    if (!path || te_fs_read(path, 4096, &text, &len, &ignored) < 0 ||
        te_host_read(&here, &ignored) < 0)
        return false;
    const char *at = strstr(text, "boot ");
    if (!at || sscanf(at, "boot %63[^,], process %ld", boot, &pid) != 2 || pid <= 0 ||
        strcmp(boot, here.boot_id) != 0)
        return false;
    *known = true;
    return (kill((pid_t)pid, 0) == 0 || errno == EPERM) && !is_zombie(pid);
}

/* Does the process of this host that is in the lock live? Elsewhere: was the file written lately?
 */
static bool lives(const char *folder, const struct te_run_status *status)
{
    bool known = false;
    bool alive = same_boot_lives(folder, &known);
    return status->exit < 0 && (known ? alive : status->age < fresh);
}

static void forget_failed(struct te_run_status *status, uint32_t number)
{
    uint32_t place = status->places[number];
    if (place == 0)
        return;
    te_rec_result_release(&status->failed[place - 1]);
    struct te_rec_result *last = &status->failed[--status->n_failed];
    if (last != &status->failed[place - 1]) {
        status->failed[place - 1] = *last;
        status->places[last->task.number] = place;
    }
    status->places[number] = 0;
}

static int keep_failed(void *arg, const struct te_rec_result *rec, struct te_err *err)
{
    struct te_run_status *status = arg;
    size_t old = status->places_cap;
    uint32_t number = rec->result.number;
    if (te_grow(&status->places, &status->places_cap, (size_t)number + 1, sizeof *status->places,
                TE_MAX_EXPERIMENTS, err) < 0)
        return -1;
    for (; old < status->places_cap; old++)
        status->places[old] = 0;
    forget_failed(status, number);
    if (rec->result.status == TE_STATUS_OK)
        return 0;
    if (te_grow(&status->failed, &status->failed_cap, status->n_failed + 1, sizeof *status->failed,
                TE_MAX_EXPERIMENTS, err) < 0)
        return -1;
    struct te_rec_result *copy = &status->failed[status->n_failed];
    te_result_init(&copy->result);
    if (te_task_copy(&rec->task, &copy->task, err) < 0)
        return -1;
    copy->task.number = number;
    status->places[number] = (uint32_t)++status->n_failed;
    copy->result.status = rec->result.status;
    copy->result.reason = rec->result.reason;
    copy->result.attempt = rec->result.attempt;
    copy->result.host = te_strdup(rec->result.host ? rec->result.host : "", err);
    copy->result.error_message =
        te_strdup(rec->result.error_message ? rec->result.error_message : "", err);
    return copy->result.host && copy->result.error_message ? 0 : -1;
}

static int by_number(const void *a, const void *b)
{
    const struct te_rec_result *x = a, *y = b;
    return (x->task.number > y->task.number) - (x->task.number < y->task.number);
}

int te_run_status_load(const char *folder, struct te_run_status *status, struct te_err *err)
{
    *status = (struct te_run_status){.exit = te_run_exit_code(folder), .age = NAN};
    te_run_state_init(&status->state);
    load_file(folder, status);
    load_launch(folder, status);
    status->alive = lives(folder, status);
    if (te_run_state_load(folder, 1U << TE_RECORD_SCORES, keep_failed, status, &status->state,
                          err) < 0) {
        if (err->code == TE_ERR_NOENT && status->launched)
            return te_err_set(err, TE_ERR_NOENT,
                              "'%s': the launch has not come as far as the first experiment",
                              folder);
        if (err->code == TE_ERR_NOENT)
            err->code = TE_ERR_USAGE;
        return te_err_wrap(err, "'%s' is no run folder", folder);
    }
    if (status->n_failed > 1)
        qsort(status->failed, status->n_failed, sizeof *status->failed, by_number);
    for (size_t i = 0; i < status->n_failed; i++)
        status->by_reason[status->failed[i].result.reason]++;
    return 0;
}

void te_run_status_release(struct te_run_status *status)
{
    for (size_t i = 0; i < status->n_failed; i++)
        te_rec_result_release(&status->failed[i]);
    te_free(status->failed);
    te_free(status->places);
    json_decref(status->file);
    te_run_state_release(&status->state);
    *status = (struct te_run_status){.exit = -1};
}
