/* The agent at the scheduler host reads the configuration there and says what the run needs. */
#include <string.h>
#include "agent_ops.h"
#include "te/app/session.h"
#include "te/base/mem.h"
#include "te/core/plan.h"

struct loaded {
    struct te_config *config;
    struct te_datasets datasets;
    struct te_plan *plan;
    char *report;
};

static void loaded_release(struct loaded *loaded)
{
    te_plan_free(loaded->plan);
    te_datasets_release(&loaded->datasets);
    te_config_free(loaded->config);
    te_free(loaded->report);
}

static int load(const struct agent_call *call, struct loaded *loaded, struct te_err *err)
{
    const json_t *sets = json_object_get(call->request->head, "sets");
    size_t count = json_array_size(sets);
    te_autofree char *path = agent_path(call, "config", err);
    te_autofree const char **list = te_zalloc(count + 1, sizeof *list, err);
    te_autofree char *catalog = te_session_catalog(err);
    if (!path || !list || !catalog)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (!(list[i] = json_string_value(json_array_get(sets, i))))
            return te_err_set(err, TE_ERR_FORMAT, "'sets' holds no texts");
    if (te_config_load(path, list, count, &loaded->config, &loaded->report, err) < 0)
        return -1;
    if (te_datasets_open(&loaded->config->roots, loaded->config->custom, &loaded->datasets, NULL,
                         err) < 0)
        return -1;
    return te_plan_build(loaded->config, &loaded->datasets, catalog, &loaded->plan, &loaded->report,
                         err);
}

static int append_text(json_t *array, const char *text, struct te_err *err)
{
    if (json_array_append_new(array, json_string(text)) != 0)
        return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    return 0;
}

static int list_files(const struct loaded *loaded, json_t *files, struct te_err *err)
{
    const uint8_t *used = te_plan_datasets_used(loaded->plan);
    for (size_t i = 0; i < loaded->datasets.count; i++) {
        const struct te_dataset *d = &loaded->datasets.items[i];
        if (!used[i])
            continue;
        if (append_text(files, d->test_path, err) < 0 ||
            (d->train_path && append_text(files, d->train_path, err) < 0))
            return -1;
    }
    return 0;
}

/* Every image once: the plan's order keeps an algorithm's experiments together. */
static int list_images(const struct loaded *loaded, json_t *images, struct te_err *err)
{
    size_t last = SIZE_MAX;
    for (size_t i = 0; i < te_plan_count(loaded->plan); i++) {
        const struct te_experiment *e = te_plan_get(loaded->plan, i);
        struct te_task task = {0};
        if (e->algorithm == last)
            continue;
        last = e->algorithm;
        if (te_plan_task(loaded->plan, i, &task, err) < 0)
            return -1;
        int rc = task.adapter == TE_ADAPTER_DOCKER ? append_text(images, task.program, err) : 0;
        te_task_release(&task);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int list_roots(const struct loaded *loaded, json_t *roots, struct te_err *err)
{
    struct te_strings list te_cleanup(te_strings_release) = {0};
    if (te_arrival_roots(&loaded->config->roots, loaded->config->custom, &list, err) < 0)
        return -1;
    for (size_t i = 0; i < list.count; i++)
        if (append_text(roots, list.items[i], err) < 0)
            return -1;
    return 0;
}

/* config, sets: number of experiments, dataset files and folders, and images of the plan. */
int agent_plan(struct agent_call *call, struct te_err *err)
{
    struct loaded loaded = {0};
    json_t *files = json_array(), *images = json_array(), *roots = json_array();
    int rc = load(call, &loaded, err);
    if (json_object_set_new(call->reply, "files", files) != 0 ||
        json_object_set_new(call->reply, "images", images) != 0 ||
        json_object_set_new(call->reply, "roots", roots) != 0)
        rc = te_err_set(err, TE_ERR_NOMEM, "out of memory");
    if (rc == 0)
        rc = list_files(&loaded, files, err);
    if (rc == 0)
        rc = list_images(&loaded, images, err);
    if (rc == 0)
        rc = list_roots(&loaded, roots, err);
    if (rc == 0 && json_object_set_new(call->reply, "experiments",
                                       json_integer((json_int_t)te_plan_count(loaded.plan))) != 0)
        rc = te_err_set(err, TE_ERR_NOMEM, "out of memory");
    loaded_release(&loaded);
    return rc;
}
