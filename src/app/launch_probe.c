/* Looks at a run from outside: its marker, its lock, its mpirun at the scheduler host. */
#include <stdlib.h>
#include <string.h>
#include "launch.h"
#include "te/base/mem.h"

enum { ASK_TIMEOUT = 40 };

/* One question to the scheduler host; false when it gives no answer. head is stolen. */
static bool ask(struct launch *launch, json_t *head, struct te_aframe *reply)
{
    struct te_err err = TE_ERR_INIT;
    struct lhost *host = launch_scheduler(launch);
    if (!host) {
        json_decref(head);
        return false;
    }
    return lhost_ask(&launch->hosts, host, head, ASK_TIMEOUT, reply, &err) == 0;
}

static json_t *about(const char *op, const struct launch *launch, const char *name)
{
    struct te_err err = TE_ERR_INIT;
    te_autofree char *path = te_asprintf(&err, "%s/%s", launch->remote_run, name);
    return path ? json_pack("{s:s, s:s, s:i}", "op", op, "path", path, "offset", 0) : NULL;
}

int launch_marker(struct launch *launch)
{
    struct te_aframe reply;
    char *end;
    if (!ask(launch, about("get", launch, "exit"), &reply))
        return -1;
    long code = strtol((const char *)reply.data, &end, 10);
    bool good = end != (char *)reply.data && code >= 0 && code < 256;
    te_aframe_release(&reply);
    return good ? (int)code : -1;
}

bool launch_rank0_lives(struct launch *launch, bool *known, double *age)
{
    struct te_aframe reply;
    *age = -1;
    *known = ask(launch, about("locked", launch, "run.lock"), &reply);
    if (!*known)
        return false;
    const json_t *since = json_object_get(reply.head, "age");
    if (json_is_number(since))
        *age = json_number_value(since);
    bool locked = json_is_true(json_object_get(reply.head, "locked"));
    te_aframe_release(&reply);
    return locked;
}

bool launch_mpirun_lives(struct launch *launch)
{
    struct te_aframe reply;
    json_t *head =
        json_pack("{s:s, s:I, s:s}", "op", "alive", "pid", launch->mpirun, "name", "mpirun");
    if (launch->mpirun <= 0 || !ask(launch, head, &reply)) {
        if (launch->mpirun <= 0)
            json_decref(head);
        return false;
    }
    bool alive = json_is_true(json_object_get(reply.head, "alive"));
    te_aframe_release(&reply);
    return alive;
}

int64_t launch_journal_there(struct launch *launch)
{
    struct te_aframe reply;
    if (!ask(launch, about("list", launch, ""), &reply))
        return -1;
    size_t i;
    int64_t size = 0;
    const json_t *file;
    json_array_foreach(json_object_get(reply.head, "files"), i, file)
    {
        const char *name = json_string_value(json_object_get(file, "name"));
        if (name && strcmp(name, LAUNCH_JOURNAL) == 0)
            size = json_integer_value(json_object_get(file, "size"));
    }
    te_aframe_release(&reply);
    return size;
}
