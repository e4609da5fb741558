#include "te/app/agent.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "agent_ops.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"

enum { PATIENCE_MOST = 24 * 3600 }; /* s: one host's checks may keep the others waiting */

static int agent_bye(struct agent_call *call, struct te_err *err)
{
    (void)err;
    call->agent->done = 1;
    return 0;
}

/* seconds: without a word for so long it leaves, for a launcher whose link was cut never says bye.
 */
static int agent_patience(struct agent_call *call, struct te_err *err)
{
    json_int_t seconds = 0;
    if (agent_number(call, "seconds", &seconds, err) < 0)
        return -1;
    call->agent->patience = seconds > 0 && seconds < PATIENCE_MOST ? (int)seconds : PATIENCE_MOST;
    return 0;
}

static const struct {
    const char *name;
    int (*run)(struct agent_call *call, struct te_err *err);
} ops[] = {
    {"hello", agent_hello},
    {"put", agent_put},
    {"get", agent_get},
    {"exists", agent_exists},
    {"list", agent_list},
    {"hash", agent_hash},
    {"claim", agent_claim},
    {"remove", agent_remove},
    {"locked", agent_locked},
    {"dial", agent_dial},
    {"start", agent_start},
    {"stop", agent_stop},
    {"alive", agent_alive},
    {"signal", agent_signal},
    {"plan", agent_plan},
    {"docker", agent_docker},
    {"image_save", agent_image_save},
    {"image_load", agent_image_load},
    {"clean", agent_clean},
    {"patience", agent_patience},
    {"bye", agent_bye},
};

const char *agent_text(const struct agent_call *call, const char *key, struct te_err *err)
{
    const char *text = json_string_value(json_object_get(call->request->head, key));
    if (!text)
        te_err_set(err, TE_ERR_FORMAT, "request has no '%s'", key);
    return text;
}

int agent_number(const struct agent_call *call, const char *key, json_int_t *out,
                 struct te_err *err)
{
    const json_t *value = json_object_get(call->request->head, key);
    if (!json_is_integer(value))
        return te_err_set(err, TE_ERR_FORMAT, "request has no number '%s'", key);
    *out = json_integer_value(value);
    return 0;
}

static char *agent_expand(const struct agent *agent, const char *path, struct te_err *err)
{
    if (strncmp(path, "~/", 2) == 0)
        return te_fs_join(agent->home, path + 2, err);
    if (path[0] == '/')
        return te_strdup(path, err);
    te_err_set(err, TE_ERR_USAGE, "path '%s' is neither absolute nor below '~/'", path);
    return NULL;
}

char *agent_path(const struct agent_call *call, const char *key, struct te_err *err)
{
    const char *text = agent_text(call, key, err);
    return text ? agent_expand(call->agent, text, err) : NULL;
}

int agent_paths(const struct agent_call *call, const char *key, struct te_strings *out,
                struct te_err *err)
{
    const json_t *item;
    size_t i;
    json_array_foreach(json_object_get(call->request->head, key), i, item)
    {
        const char *text = json_string_value(item);
        if (!text)
            return te_err_set(err, TE_ERR_FORMAT, "'%s' holds no texts", key);
        te_autofree char *path = agent_expand(call->agent, text, err);
        if (!path || te_strings_add(out, path, err) < 0)
            return -1;
    }
    return 0;
}

static int dispatch(struct agent_call *call, struct te_err *err)
{
    const char *name = agent_text(call, "op", err);
    if (!name)
        return -1;
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(ops[i].name, name) == 0)
            return ops[i].run(call, err);
    return te_err_set(err, TE_ERR_FORMAT, "operation '%s' is not known", name);
}

/* A request always gets a reply: its result, or {"error": text, "code": word}. */
static int answer(struct agent *agent, const struct te_aframe *request, int out, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    struct te_buf data, frame;
    te_buf_init(&data, TE_AGENT_CHUNK);
    te_buf_init(&frame, TE_MAX_MESSAGE);
    json_t *reply = json_object();
    struct agent_call call = {agent, request, reply, &data};
    int rc = reply ? 0 : te_err_set(err, TE_ERR_NOMEM, "out of memory");
    if (rc == 0 && (dispatch(&call, &why) < 0 || te_buf_check(&data, &why) < 0)) {
        json_object_clear(reply);
        te_buf_clear(&data);
        if (json_object_set_new(reply, "error", json_string(why.text)) != 0 ||
            json_object_set_new(reply, "code", json_string(te_code_name(why.code))) != 0)
            rc = te_err_set(err, TE_ERR_NOMEM, "cannot word the error '%s'", why.text);
    }
    if (rc == 0)
        rc = te_aframe_write(&frame, reply, data.data, data.len, err);
    if (rc == 0)
        rc = te_fs_write_all(out, frame.data, frame.len, err);
    json_decref(reply);
    te_buf_release(&frame);
    te_buf_release(&data);
    return rc;
}

static int answer_all(struct agent *agent, struct te_aframe_reader *reader, int out,
                      struct te_err *err)
{
    struct te_aframe request;
    int got;
    while (!agent->done && (got = te_aframe_next(reader, &request, err)) != 0) {
        if (got < 0)
            return -1;
        int rc = answer(agent, &request, out, err);
        te_aframe_release(&request);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int serve(struct agent *agent, struct te_aframe_reader *reader, int in, int out,
                 struct te_err *err)
{
    te_autofree char *block = te_alloc(TE_AGENT_CHUNK, err);
    if (!block)
        return -1;
    while (!agent->done) {
        struct pollfd fd = {.fd = in, .events = POLLIN};
        int ready = poll(&fd, 1, agent->patience * 1000);
        if (ready == 0)
            return te_err_set(err, TE_ERR_TIMEOUT, "nothing heard from the launcher for %d s",
                              agent->patience);
        ssize_t n = ready < 0 ? -1 : read(in, block, TE_AGENT_CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return te_err_sys(err, TE_ERR_IO, "cannot read from the launcher");
        if (n == 0)
            return 0;
        if (te_aframe_feed(reader, block, (size_t)n, err) < 0 ||
            answer_all(agent, reader, out, err) < 0)
            return -1;
    }
    return 0;
}

int te_agent_serve(int in, int out, const char *version, struct te_err *err)
{
    const struct passwd *user = getpwuid(getuid());
    const char *home = getenv("HOME");
    struct agent agent = {.version = version,
                          .patience = PATIENCE_MOST,
                          .home = home && *home ? home
                                  : user        ? user->pw_dir
                                                : "/"};
    struct te_aframe_reader reader;
    te_aframe_reader_init(&reader, 0);
    int rc = te_fs_write_all(out, TE_AGENT_MARKER, sizeof TE_AGENT_MARKER - 1, err);
    if (rc == 0)
        rc = serve(&agent, &reader, in, out, err);
    te_aframe_reader_release(&reader);
    agent_files_close(&agent);
    return rc;
}
