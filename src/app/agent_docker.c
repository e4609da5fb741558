/* The agent and its host's container engine. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "agent_ops.h"
#include "te/adapter/docker.h"
#include "te/adapter/proc.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/run/clean.h"

static const double engine_timeout = 10; /* s */
enum { CLEAN_LOOKS = 5 };

static int open_engine(const struct agent_call *call, struct te_docker **out, struct te_err *err)
{
    const char *host = agent_text(call, "engine", err);
    return host ? te_docker_open(host, engine_timeout, out, err) : -1;
}

static int look_up(struct te_docker *docker, const json_t *names, json_t *ids, struct te_err *err)
{
    size_t i;
    const json_t *name;
    json_array_foreach(names, i, name)
    {
        struct te_engine_image found;
        if (te_docker_image(docker, json_string_value(name), &found, err) < 0)
            return -1;
        if (json_array_append_new(ids, json_string(found.id)) != 0)
            return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    }
    return 0;
}

/* engine, images: its version and each image's id, "" where it is missing. */
int agent_docker(struct agent_call *call, struct te_err *err)
{
    struct te_docker *docker;
    json_t *ids = json_array();
    if (json_object_set_new(call->reply, "ids", ids) != 0)
        return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    if (open_engine(call, &docker, err) < 0)
        return -1;
    int rc = look_up(docker, json_object_get(call->request->head, "images"), ids, err);
    if (rc == 0 && json_object_set_new(call->reply, "version", json_string(docker->version)) != 0)
        rc = te_err_set(err, TE_ERR_NOMEM, "out of memory");
    te_docker_close(docker);
    return rc;
}

/* engine, image, path: writes the image to a file. */
int agent_image_save(struct agent_call *call, struct te_err *err)
{
    struct te_docker *docker;
    const char *image = agent_text(call, "image", err);
    te_autofree char *path = agent_path(call, "path", err);
    te_autofree char *folder = path ? te_fs_dirname(path, err) : NULL;
    if (!image || !folder || te_fs_mkdirs(folder, err) < 0 || open_engine(call, &docker, err) < 0)
        return -1;
    int rc = te_docker_save(docker, image, path, err);
    te_docker_close(docker);
    return rc;
}

/* engine, path: loads the image of a file, which then goes. */
int agent_image_load(struct agent_call *call, struct te_err *err)
{
    struct te_docker *docker;
    struct stat st;
    te_autofree char *path = agent_path(call, "path", err);
    if (!path || open_engine(call, &docker, err) < 0)
        return -1;
    FILE *in = fopen(path, "rbe");
    int rc = in && fstat(fileno(in), &st) == 0
                 ? te_docker_load(docker, in, st.st_size, err)
                 : te_err_sys(err, TE_ERR_IO, "cannot read '%s'", path);
    if (in)
        fclose(in);
    unlink(path);
    te_docker_close(docker);
    return rc;
}

/* engine, run, images: removes containers of that run whose rank is gone, for another run may have
 * that name, too. One that used no image has none; an engine that does not answer gets a moment. */
int agent_clean(struct agent_call *call, struct te_err *err)
{
    struct te_docker *docker;
    struct te_cleaned cleaned = {0};
    const char *run = agent_text(call, "run", err);
    if (!run || !json_is_true(json_object_get(call->request->head, "images")))
        return run ? 0 : -1;
    int rc = open_engine(call, &docker, err);
    for (int i = 0; i < CLEAN_LOOKS && rc < 0; i++) {
        te_clock_sleep(1, 1);
        te_err_clear(err);
        rc = open_engine(call, &docker, err);
    }
    if (rc < 0)
        return te_err_wrap(err, "containers may be left here ('timeeval-mpi clean' removes them)");
    rc = te_clean_containers(docker, run, &cleaned, err);
    if (rc == 0 && cleaned.left > 0)
        rc = te_err_set(err, TE_ERR_INFRA, "%zu containers of the run could not be removed",
                        cleaned.left);
    te_docker_close(docker);
    return rc;
}
