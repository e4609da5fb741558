/*
 * The launcher's look at the datasets: what the plan needs must be on every worker host, equal to
 * what the scheduler host has. With mirror = sync what differs travels: each file is read once at
 * its source and goes to every host that lacks it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host_mirrors.h"
#include "launch.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"
#include "te/base/units.h"

enum { PLAN_TIMEOUT = 300, HASH_TIMEOUT = 3600, NAMED_AT_MOST = 3 };

static int take_texts(const json_t *array, struct te_strings *out, struct te_err *err)
{
    size_t i;
    const json_t *item;
    json_array_foreach(array, i, item)
    {
        if (json_is_string(item) && te_strings_add(out, json_string_value(item), err) < 0)
            return -1;
    }
    return 0;
}

int launch_plan(struct launch *launch, struct te_err *err)
{
    struct lhost *host = launch_scheduler(launch);
    struct te_aframe reply;
    json_t *head = json_pack("{s:s, s:s, s:o}", "op", "plan", "config", launch->remote_config,
                             "sets", host_mirror_texts(&launch->sets));
    if (lhost_ask(&launch->hosts, host, head, PLAN_TIMEOUT, &reply, err) < 0)
        return -1;
    int rc = take_texts(json_object_get(reply.head, "files"), &launch->paths, err);
    if (rc == 0)
        rc = take_texts(json_object_get(reply.head, "images"), &launch->images, err);
    if (rc == 0)
        rc = take_texts(json_object_get(reply.head, "roots"), &launch->roots, err);
    launch->experiments = (size_t)json_integer_value(json_object_get(reply.head, "experiments"));
    te_aframe_release(&reply);
    if (rc == 0)
        launch_say("plan", host, "%zu experiments, %zu dataset files, %zu images",
                   launch->experiments, launch->paths.count, launch->images.count);
    return rc;
}

/* What the scheduler host has is what counts; what it lacks itself no task can use. */
static int reference(struct launch *launch, struct te_err *err)
{
    struct te_aframe reply;
    size_t i;
    const json_t *file;
    json_t *head =
        json_pack("{s:s, s:o}", "op", "hash", "paths", host_mirror_texts(&launch->paths));
    if (lhost_ask(&launch->hosts, launch_scheduler(launch), head, HASH_TIMEOUT, &reply, err) < 0)
        return -1;
    int rc = 0;
    json_array_foreach(json_object_get(reply.head, "files"), i, file)
    {
        te_autofree char *digest = host_mirror_digest(file, err);
        rc = !digest || rc < 0 ? -1 : te_strings_add(&launch->digests, digest, err);
        if (rc == 0 && digest[0] == '!')
            rc = te_err_set(err, TE_ERR_USAGE, "scheduler host '%s': dataset file %s",
                            launch_scheduler(launch)->name, digest + 1);
    }
    te_aframe_release(&reply);
    if (rc == 0 && launch->digests.count != launch->paths.count)
        rc = te_err_set(err, TE_ERR_INTERNAL, "the scheduler host answered for %zu of %zu files",
                        launch->digests.count, launch->paths.count);
    return rc;
}

static void judge_mirrors(const struct launch *launch, const struct host_mirrors *m, bool mended)
{
    for (size_t h = 0; h < launch->hosts.count; h++) {
        struct lhost *host = &launch->hosts.items[h];
        const struct mirror_count *count = &m->counts[h];
        char reason[600];
        if (!host->worker || host == m->source)
            continue;
        if (!host->failed && count->differ > 0) {
            snprintf(reason, sizeof reason,
                     "%zu of %zu dataset files are not as on the scheduler host: %s%s%s",
                     count->differ, launch->paths.count, count->why,
                     count->differ > NAMED_AT_MOST && !count->failed ? ", ..." : "",
                     mended ? "" : "; mend with [datasets] mirror = sync");
            lhost_fail(host, reason);
        }
        if (host->failed)
            launch_say("mirror", host, "%s", host->reason);
        else
            launch_say("mirror", host, "%zu files", launch->paths.count);
    }
}

/* Through a temporary file here, to all that lack it. */
static int sync_file(struct launch *launch, struct host_mirrors *m, size_t file, struct te_err *err)
{
    te_autofree char *tmp = te_asprintf(err, "%s/sync.tmp", launch->folder);
    if (!tmp || lhost_get_file(&launch->hosts, launch_scheduler(launch), launch->paths.items[file],
                               tmp, 0, NULL, err) < 0)
        return -1;
    int rc = host_mirrors_send(m, file, tmp, err);
    unlink(tmp);
    return rc;
}

static void tell_copied(const struct launch *launch, const struct host_mirrors *m)
{
    for (size_t h = 0; h < launch->hosts.count; h++) {
        const struct mirror_count *count = &m->counts[h];
        char size[32];
        te_format_size((double)count->bytes, size, sizeof size);
        if (count->copied > 0)
            launch_say("sync", &launch->hosts.items[h], "%zu files (%s)", count->copied, size);
    }
}

static int sync_all(struct launch *launch, struct host_mirrors *m, struct te_err *err)
{
    for (size_t i = 0; i < launch->paths.count; i++)
        if (host_mirrors_lacking(m, i) > 0 && sync_file(launch, m, i, err) < 0)
            return -1;
    tell_copied(launch, m);
    for (size_t h = 0; h < launch->hosts.count; h++)
        m->counts[h].differ = m->counts[h].failed; /* what is still wrong */
    return 0;
}

int launch_mirror(struct launch *launch, struct te_err *err)
{
    enum te_mirror wish = launch->config->settings.mirror;
    struct host_mirrors m = {.hosts = &launch->hosts,
                             .source = launch_scheduler(launch),
                             .paths = &launch->paths,
                             .digests = &launch->digests,
                             .roots = &launch->roots,
                             .sweep = wish == TE_MIRROR_SYNC};
    if (wish == TE_MIRROR_OFF || launch->paths.count == 0)
        return 0;
    if (reference(launch, err) < 0 || host_mirrors_open(&m, err) < 0)
        return -1;
    int rc = host_mirrors_look(&m, err);
    if (rc == 0 && m.sweep)
        rc = sync_all(launch, &m, err);
    if (rc == 0)
        judge_mirrors(launch, &m, m.sweep);
    host_mirrors_close(&m);
    return rc;
}
