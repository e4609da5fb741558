/*
 * The launcher's look at the images: every worker host needs those of the plan. With images = push
 * an image travels from a host that has it, or from here, to those that lack it; else a host pulls
 * what it lacks itself, once for all its ranks, unless pull = never.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "launch.h"
#include "te/adapter/docker.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"

enum { CHECK_TIMEOUT = 60, MOVE_TIMEOUT = 3600 };

struct images {
    struct launch *launch;
    uint8_t *have; /* [host][image] */
    bool push;
};

static uint8_t *have_of(const struct images *images, const struct lhost *host)
{
    return images->have +
           (size_t)(host - images->launch->hosts.items) * images->launch->images.count;
}

static const char *engine_of(const struct launch *launch)
{
    return launch->config->settings.docker_host;
}

static json_t *names_json(const struct launch *launch)
{
    json_t *names = json_array();
    for (size_t i = 0; names && i < launch->images.count; i++)
        if (json_array_append_new(names, json_string(launch->images.items[i])) != 0) {
            json_decref(names);
            return NULL;
        }
    return names;
}

/* A host that lacks images cannot work; the scheduler host can still schedule. */
static int unfit(const struct images *images, struct lhost *host, const struct te_err *err)
{
    if (host != launch_scheduler(images->launch))
        return -1;
    host->worker = false;
    host->slots = 0;
    te_log(TE_LOG_WARNING, "host '%s' schedules, but does not work: %s", host->name, err->text);
    return 0;
}

static int check_next(void *arg, struct lhost *host, const struct te_aframe *reply,
                      struct te_err *err)
{
    struct images *images = arg;
    const struct launch *launch = images->launch;
    if (!host->worker)
        return 0;
    if (!reply) {
        json_t *head = json_pack("{s:s, s:s, s:o}", "op", "docker", "engine", engine_of(launch),
                                 "images", names_json(launch));
        return lhost_send(host, head, NULL, 0, err) < 0 ? -1 : 1;
    }
    const char *error = json_string_value(json_object_get(reply->head, "error"));
    if (error) {
        te_err_set(err, TE_ERR_INFRA, "%s", error);
        return unfit(images, host, err);
    }
    size_t lacks = 0, first = 0;
    for (size_t i = 0; i < launch->images.count; i++) {
        const char *id = json_string_value(json_array_get(json_object_get(reply->head, "ids"), i));
        have_of(images, host)[i] = id && *id;
        if (!(id && *id) && lacks++ == 0)
            first = i;
    }
    host->lacks = lacks;
    if (lacks == 0 || images->push || launch->config->settings.pull != TE_PULL_NEVER)
        return 0;
    te_err_set(
        err, TE_ERR_INFRA,
        "%zu of %zu images are not there: '%s'%s; load them there, set [remote] images = push, or "
        "let the host pull them ([docker] pull = missing)",
        lacks, launch->images.count, launch->images.items[first], lacks > 1 ? ", ..." : "");
    return unfit(images, host, err);
}

static void check_done(void *arg, struct lhost *host)
{
    const struct images *images = arg;
    if (host->failed)
        launch_say("images", host, "%s", host->reason);
    else if (host->worker)
        launch_say("images", host, "%zu of %zu there%s", images->launch->images.count - host->lacks,
                   images->launch->images.count,
                   host->lacks == 0 ? ""
                   : images->push   ? ", the others are pushed"
                                    : ", the host pulls the others");
}

static int check(struct images *images, struct te_err *err)
{
    struct talk talk = {.next = check_next,
                        .done = check_done,
                        .soft = true,
                        .timeout = CHECK_TIMEOUT,
                        .arg = images};
    return lhosts_talk(&images->launch->hosts, NULL, &talk, err);
}

static struct lhost *find_source(const struct images *images, size_t image)
{
    for (size_t h = 0; h < images->launch->hosts.count; h++) {
        struct lhost *host = &images->launch->hosts.items[h];
        if (!host->failed && have_of(images, host)[image])
            return host;
    }
    return NULL;
}

/* From the engine here, for an image that no host has. */
static int save_here(const char *image, const char *path, struct te_err *err)
{
    const char *own = getenv("DOCKER_HOST");
    struct te_docker *docker;
    if (te_docker_open(own && *own ? own : "unix:///var/run/docker.sock", 10, &docker, err) < 0)
        return te_err_wrap(err, "no host has image '%s', and the engine here cannot be asked",
                           image);
    int rc = te_docker_save(docker, image, path, err);
    te_docker_close(docker);
    return rc < 0 ? te_err_wrap(err, "no host has image '%s', nor this one", image) : 0;
}

static int save_there(struct launch *launch, struct lhost *source, const char *image,
                      const char *path, struct te_err *err)
{
    struct te_aframe reply;
    te_autofree char *there = te_asprintf(err, "%s/image.tar", launch->files_dir);
    json_t *head = json_pack("{s:s, s:s, s:s, s:s}", "op", "image_save", "engine",
                             engine_of(launch), "image", image, "path", there ? there : "");
    if (!there || lhost_ask(&launch->hosts, source, head, MOVE_TIMEOUT, &reply, err) < 0)
        return -1;
    te_aframe_release(&reply);
    return lhost_get_file(&launch->hosts, source, there, path, 0, NULL, err);
}

static int load_there(struct launch *launch, struct lhost *host, const char *path,
                      struct te_err *err)
{
    struct te_aframe reply;
    te_autofree char *there = te_asprintf(err, "%s/image.tar", launch->files_dir);
    if (!there || lhost_put_file(&launch->hosts, host, path, there, err) < 0)
        return -1;
    json_t *head = json_pack("{s:s, s:s, s:s}", "op", "image_load", "engine", engine_of(launch),
                             "path", there);
    if (lhost_ask(&launch->hosts, host, head, MOVE_TIMEOUT, &reply, err) < 0)
        return -1;
    te_aframe_release(&reply);
    return 0;
}

static int push_image(struct images *images, size_t image, struct te_err *err)
{
    struct launch *launch = images->launch;
    const char *name = launch->images.items[image];
    struct lhost *source = find_source(images, image);
    te_autofree char *path = te_asprintf(err, "%s/image.tmp", launch->folder);
    if (!path)
        return -1;
    int rc = source ? save_there(launch, source, name, path, err) : save_here(name, path, err);
    for (size_t h = 0; rc == 0 && h < launch->hosts.count; h++) {
        struct lhost *host = &launch->hosts.items[h];
        if (host->failed || !host->worker || have_of(images, host)[image])
            continue;
        struct te_err why = TE_ERR_INIT;
        if (load_there(launch, host, path, &why) < 0)
            lhost_fail(host, why.text);
        launch_say("push", host, "%s", host->failed ? host->reason : name);
    }
    unlink(path);
    return rc;
}

static bool lacking(const struct images *images, size_t image)
{
    for (size_t h = 0; h < images->launch->hosts.count; h++) {
        const struct lhost *host = &images->launch->hosts.items[h];
        if (!host->failed && host->worker && !have_of(images, host)[image])
            return true;
    }
    return false;
}

int launch_images(struct launch *launch, struct te_err *err)
{
    const char *wish = launch->config->remote.images;
    if (launch->images.count == 0)
        return 0;
    te_autofree uint8_t *have = te_zalloc(launch->hosts.count, launch->images.count, err);
    struct images images = {launch, have, wish && strcmp(wish, "push") == 0};
    if (!have || check(&images, err) < 0)
        return -1;
    for (size_t i = 0; images.push && i < launch->images.count; i++)
        if (lacking(&images, i) && push_image(&images, i, err) < 0)
            return -1;
    return 0;
}
