/*
 * The launcher's look at the datasets: what the plan needs must be on every worker host, equal to
 * what the scheduler host has. With mirror = sync what differs travels: each file is read once at
 * its source and goes to every host that lacks it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "launch.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"

enum { PLAN_TIMEOUT = 300, HASH_TIMEOUT = 3600, NAMED_AT_MOST = 3 };

static json_t *text_array(const struct te_strings *list)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < list->count; i++)
        if (json_array_append_new(array, json_string(list->items[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

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
                             "sets", text_array(&launch->sets));
    if (lhost_ask(&launch->hosts, host, head, PLAN_TIMEOUT, &reply, err) < 0)
        return -1;
    int rc = take_texts(json_object_get(reply.head, "files"), &launch->paths, err);
    if (rc == 0)
        rc = take_texts(json_object_get(reply.head, "images"), &launch->images, err);
    launch->experiments = (size_t)json_integer_value(json_object_get(reply.head, "experiments"));
    te_aframe_release(&reply);
    if (rc == 0)
        launch_say("plan", host, "%zu experiments, %zu dataset files, %zu images",
                   launch->experiments, launch->paths.count, launch->images.count);
    return rc;
}

/* "<size> <sha256>", or "!<reason>". */
static char *digest_text(const json_t *file, struct te_err *err)
{
    const char *error = json_string_value(json_object_get(file, "error"));
    const char *sum = json_string_value(json_object_get(file, "sha256"));
    if (error)
        return te_asprintf(err, "!%s", error);
    return te_asprintf(err, "%lld %s", (long long)json_integer_value(json_object_get(file, "size")),
                       sum ? sum : "");
}

struct mirror {
    struct launch *launch;
    uint8_t *wrong; /* [host][file]: differs or lacks */
    bool sync;
};

static uint8_t *wrong_of(const struct mirror *mirror, const struct lhost *host)
{
    size_t index = (size_t)(host - mirror->launch->hosts.items);
    return mirror->wrong + index * mirror->launch->paths.count;
}

static int compare(struct mirror *mirror, struct lhost *host, const json_t *files,
                   struct te_err *err)
{
    const struct launch *launch = mirror->launch;
    size_t count = 0;
    char named[400] = "";
    for (size_t i = 0; i < launch->paths.count; i++) {
        te_autofree char *digest = digest_text(json_array_get(files, i), err);
        if (!digest)
            return -1;
        if (strcmp(digest, launch->digests.items[i]) == 0)
            continue;
        wrong_of(mirror, host)[i] = 1;
        if (count++ < NAMED_AT_MOST) {
            size_t used = strlen(named);
            snprintf(named + used, sizeof named - used, "%s'%s' %s", count > 1 ? ", " : "",
                     launch->paths.items[i], digest[0] == '!' ? "is missing" : "differs");
        }
    }
    if (count > 0 && !mirror->sync)
        return te_err_set(
            err, TE_ERR_INFRA,
            "%zu of %zu dataset files are not as on the scheduler host: %s%s; mend with "
            "[datasets] mirror = sync",
            count, launch->paths.count, named, count > NAMED_AT_MOST ? ", ..." : "");
    return 0;
}

static int hash_next(void *arg, struct lhost *host, const struct te_aframe *reply,
                     struct te_err *err)
{
    struct mirror *mirror = arg;
    if (!host->worker || host == launch_scheduler(mirror->launch))
        return 0;
    if (!reply) {
        json_t *head =
            json_pack("{s:s, s:o}", "op", "hash", "paths", text_array(&mirror->launch->paths));
        return lhost_send(host, head, NULL, 0, err) < 0 ? -1 : 1;
    }
    return compare(mirror, host, json_object_get(reply->head, "files"), err);
}

static void hash_done(void *arg, struct lhost *host)
{
    const struct mirror *mirror = arg;
    if (host->failed)
        launch_say("mirror", host, "%s", host->reason);
    else if (host->worker)
        launch_say("mirror", host, "%zu files", mirror->launch->paths.count);
}

/* What the scheduler host has is what counts; what it lacks itself no task can use. */
static int reference(struct launch *launch, struct te_err *err)
{
    struct te_aframe reply;
    size_t i;
    const json_t *file;
    json_t *head = json_pack("{s:s, s:o}", "op", "hash", "paths", text_array(&launch->paths));
    if (lhost_ask(&launch->hosts, launch_scheduler(launch), head, HASH_TIMEOUT, &reply, err) < 0)
        return -1;
    int rc = 0;
    json_array_foreach(json_object_get(reply.head, "files"), i, file)
    {
        te_autofree char *digest = digest_text(file, err);
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

static size_t lacking(const struct mirror *mirror, size_t file)
{
    size_t n = 0;
    for (size_t h = 0; h < mirror->launch->hosts.count; h++)
        n += !mirror->launch->hosts.items[h].failed &&
             wrong_of(mirror, &mirror->launch->hosts.items[h])[file];
    return n;
}

/* One file from the scheduler host, through a temporary one here, to all that lack it. */
static int sync_file(const struct mirror *mirror, size_t file, struct te_err *err)
{
    struct launch *launch = mirror->launch;
    const char *path = launch->paths.items[file];
    te_autofree char *tmp = te_asprintf(err, "%s/sync.tmp", launch->folder);
    if (!tmp ||
        lhost_get_file(&launch->hosts, launch_scheduler(launch), path, tmp, 0, NULL, err) < 0)
        return -1;
    for (size_t h = 0; h < launch->hosts.count; h++) {
        struct lhost *host = &launch->hosts.items[h];
        if (host->failed || !wrong_of(mirror, host)[file])
            continue;
        struct te_err why = TE_ERR_INIT;
        if (lhost_put_file(&launch->hosts, host, tmp, path, &why) < 0)
            launch_say("sync", host, "%s", why.text);
        else
            launch_say("sync", host, "%s", path);
    }
    unlink(tmp);
    return 0;
}

static int check_workers(struct mirror *mirror, struct te_err *err)
{
    struct launch *launch = mirror->launch;
    struct talk talk = {
        .next = hash_next, .done = hash_done, .timeout = HASH_TIMEOUT, .arg = mirror};
    memset(mirror->wrong, 0, launch->hosts.count * launch->paths.count);
    return lhosts_talk(&launch->hosts, NULL, &talk, err);
}

int launch_mirror(struct launch *launch, struct te_err *err)
{
    enum te_mirror wish = launch->config->settings.mirror;
    struct mirror mirror = {.launch = launch, .sync = wish == TE_MIRROR_SYNC};
    if (wish == TE_MIRROR_OFF || launch->paths.count == 0)
        return 0;
    te_autofree uint8_t *wrong = te_zalloc(launch->hosts.count, launch->paths.count, err);
    if (!wrong || reference(launch, err) < 0)
        return -1;
    mirror.wrong = wrong;
    if (check_workers(&mirror, err) < 0)
        return -1;
    if (!mirror.sync)
        return 0;
    bool any = false;
    for (size_t i = 0; i < launch->paths.count; i++)
        if (lacking(&mirror, i) > 0) {
            any = true;
            if (sync_file(&mirror, i, err) < 0)
                return -1;
        }
    mirror.sync = false; /* what is still wrong now fails its host */
    return any ? check_workers(&mirror, err) : 0;
}
