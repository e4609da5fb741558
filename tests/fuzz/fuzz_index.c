/* datasets.csv and custom JSON of arbitrary bytes: no path leads out of the folder, names are
 * names. The first byte chooses. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/model/dataset.h"
#include "te/model/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *folder, *index_path, *custom_path;

static void remove_folder(void)
{
    struct te_err err = TE_ERR_INIT;
    if (te_fs_remove_tree(folder, &err) < 0)
        abort();
    te_free(folder);
    te_free(index_path);
    te_free(custom_path);
}

static void set_up(void)
{
    static const char series[] = "timestamp,v,is_anomaly\n0,1,0\n1,2,1\n";
    struct te_err err = TE_ERR_INIT;
    folder = te_fs_mkdtemp("/tmp", "te-fuzz-index-", &err);
    index_path = folder ? te_fs_join(folder, "datasets.csv", &err) : NULL;
    custom_path = index_path ? te_fs_join(folder, "c.json", &err) : NULL;
    te_autofree char *csv = custom_path ? te_fs_join(folder, "s.csv", &err) : NULL;
    if (!csv || te_fs_write_atomic(csv, series, sizeof series - 1, &err) < 0 ||
        atexit(remove_folder) != 0)
        abort();
}

static void check(const struct te_datasets *all)
{
    struct te_err err = TE_ERR_INIT;
    for (size_t i = 0; i < all->count; i++) {
        const struct te_dataset *d = &all->items[i];
        if (te_str_check_name("name", d->name, &err) < 0 || !d->test_path || !d->type)
            abort();
        if (!d->custom && (!te_str_starts(d->test_path, folder) || strstr(d->test_path, "/../")))
            abort();
        if (te_datasets_find(all, d->collection, d->name) == NULL)
            abort();
    }
    struct te_dataset_filter filter = {.has_min_anomalies = true};
    uint32_t *indices;
    size_t count;
    if (te_datasets_select(all, &filter, &indices, &count, &err) < 0 || count > all->count)
        abort();
    te_free(indices);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct te_err err = TE_ERR_INIT;
    struct te_datasets all;
    struct te_strings notices = {0};
    if (!folder)
        set_up();
    if (size == 0)
        return 0;
    int custom = data[0] % 2;
    char *path = custom ? custom_path : index_path;
    if (te_fs_write_atomic(path, data + 1, size - 1, &err) < 0)
        abort();
    struct te_strings roots = {&folder, custom ? 0 : 1, 1};
    if (te_datasets_open(&roots, custom ? path : NULL, &all, &notices, &err) == 0) {
        check(&all);
        if (!custom && all.count && te_index_add(folder, &all.items[0], &err) < 0 && !err.text[0])
            abort();
        te_datasets_release(&all);
    } else if (!err.text[0]) {
        abort();
    }
    te_strings_release(&notices);
    return 0;
}
