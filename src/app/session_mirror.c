/* What every host must have: checksums of the plan's dataset files as rank 0 has them. */
#include <string.h>
#include "session_state.h"
#include "te/base/log.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/model/arrival.h"
#include "te/model/mirror.h"

static int hash_file(struct session *s, struct te_mirror_cache *cache, uint32_t dataset,
                     const char *path, struct te_err *err)
{
    struct te_driver_file *f = &s->files[s->n_files];
    f->path = te_strdup(path, err);
    if (!f->path)
        return -1;
    s->n_files++;
    f->dataset = dataset;
    if (te_mirror_hash(cache, path, f->sha256, &f->bytes, err) == 0)
        return 0;
    if (err->code == TE_ERR_CANCELED)
        return -1;
    const struct te_dataset *d = &s->datasets.items[dataset];
    err->code = TE_ERR_USAGE;
    return te_err_wrap(err, "dataset '%s/%s'", d->collection, d->name);
}

static int hash_all(struct session *s, struct te_mirror_cache *cache, struct te_err *err)
{
    const uint8_t *used = te_plan_datasets_used(s->plan);
    for (uint32_t i = 0; i < s->datasets.count; i++) {
        const struct te_dataset *d = &s->datasets.items[i];
        if (!used[i])
            continue;
        if (hash_file(s, cache, i, d->test_path, err) < 0 ||
            (d->train_path && hash_file(s, cache, i, d->train_path, err) < 0))
            return -1;
    }
    return 0;
}

static int list_roots(struct session *s, struct te_err *err)
{
    struct te_strings roots te_cleanup(te_strings_release) = {0};
    struct te_buf list te_cleanup(te_buf_release);
    te_buf_init(&list, TE_MAX_CONFIG_LINE);
    if (te_arrival_roots(&s->config->roots, s->config->custom, &roots, err) < 0)
        return -1;
    for (size_t i = 0; i < roots.count; i++)
        te_buf_addf(&list, "%s\n", roots.items[i]);
    s->copy_roots = te_buf_take(&list, err);
    return s->copy_roots ? 0 : -1;
}

int session_hash_files(struct session *s, struct te_err *err)
{
    struct te_mirror_cache cache;
    if (s->config->settings.mirror == TE_MIRROR_OFF)
        return 0;
    if (s->config->settings.mirror == TE_MIRROR_SYNC && list_roots(s, err) < 0)
        return -1;
    te_autofree char *folder = te_host_cache_folder(err);
    s->files = te_zalloc(2 * s->datasets.count + 1, sizeof *s->files, err);
    if (!folder || !s->files || te_mirror_cache_open(&cache, folder, err) < 0)
        return -1;
    cache.between = session_heed_signals;
    int rc = hash_all(s, &cache, err);
    struct te_err ignored = TE_ERR_INIT;
    if (te_mirror_cache_save(&cache, &ignored) < 0)
        te_log(TE_LOG_INFO, "%s", ignored.text);
    te_mirror_cache_release(&cache);
    return rc;
}
