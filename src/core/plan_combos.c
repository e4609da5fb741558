/* The combinations file: which experiments to keep. Cells are texts, so ids of digits alone match
 * (TimeEval reads them as numbers, which match nothing). */
#include <string.h>
#include "plan_parts.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/text/csv.h"

enum { COLUMNS = 4 };
static const char *const columns[COLUMNS] = {"algorithm", "collection", "dataset",
                                             "hyper_params_id"};

void te_plan_combos_release(struct te_plan_combos *combos)
{
    te_map_release(&combos->keys);
    te_map_release(&combos->pairs);
    te_free(combos->used);
    te_free(combos->lines);
    *combos = (struct te_plan_combos){0};
}

static int add_row(struct te_plan_combos *combos, const char *const cells[COLUMNS], size_t row,
                   struct te_err *err)
{
    te_autofree char *pair = te_asprintf(err, "%s\x1f%s\x1f%s\x1f", cells[0], cells[1], cells[2]);
    te_autofree char *key = pair ? te_asprintf(err, "%s%s", pair, cells[3]) : NULL;
    if (!key || te_map_put(&combos->pairs, pair, 1, NULL, err) < 0)
        return -1;
    uint64_t first = 0;
    if (te_map_get(&combos->keys, key, &first)) {
        combos->used[row] = 1; /* a double of an earlier row: nothing to tell */
        return 0;
    }
    return te_map_put(&combos->keys, key, row, NULL, err) < 0 ? -1 : 0;
}

static int find_columns(struct te_planner *planner, const struct te_csv *csv, int at[COLUMNS])
{
    int missing = 0;
    for (int i = 0; i < COLUMNS; i++) {
        at[i] = te_csv_column(csv, columns[i]);
        if (at[i] < 0) {
            te_problems_add(&planner->problems, 0,
                            "combinations file '%s' has no column '%s' (algorithm, collection, "
                            "dataset and hyper_params_id are needed)",
                            planner->plan->config->experiment_combinations, columns[i]);
            missing++;
        }
    }
    return missing ? -1 : 0;
}

static int take_rows(struct te_planner *planner, const struct te_csv *csv, struct te_err *err)
{
    struct te_plan_combos *combos = &planner->combos;
    int at[COLUMNS];
    if (find_columns(planner, csv, at))
        return 0;
    combos->n_rows = csv->n_rows;
    combos->used = te_zalloc(csv->n_rows + 1, 1, err);
    combos->lines = te_zalloc(csv->n_rows + 1, sizeof *combos->lines, err);
    if (!combos->used || !combos->lines)
        return -1;
    for (size_t row = 0; row < csv->n_rows; row++) {
        const char *cells[COLUMNS];
        for (int i = 0; i < COLUMNS; i++)
            cells[i] = te_csv_cell(csv, row, (size_t)at[i]);
        combos->lines[row] = te_csv_line(csv, row);
        if (add_row(combos, cells, row, err))
            return -1;
    }
    return 0;
}

static int read_file(struct te_planner *planner, const char *path, struct te_err *err)
{
    te_autofree char *text = NULL;
    size_t len = 0;
    unsigned char sha256[TE_HASH_SHA256_BYTES];
    struct te_csv csv = {0};
    if (te_fs_read(path, TE_MAX_INDEX_FILE, &text, &len, err) ||
        te_sha256(text, len, sha256, err) || te_csv_parse(path, text, len, &csv, err))
        return -1;
    te_hex(sha256, sizeof sha256, planner->plan->combos_sha256);
    int rc = take_rows(planner, &csv, err);
    te_csv_release(&csv);
    return rc;
}

int te_plan_combos_read(struct te_planner *planner, struct te_err *err)
{
    const char *path = planner->plan->config->experiment_combinations;
    te_map_init(&planner->combos.keys);
    te_map_init(&planner->combos.pairs);
    if (!path || !*path)
        return 0;
    planner->combos.active = true;
    if (read_file(planner, path, err) == 0)
        return 0;
    if (err->code == TE_ERR_NOMEM || err->code == TE_ERR_INTERNAL)
        return -1;
    te_problems_add(&planner->problems, 0, "experiment_combinations: %s", err->text);
    te_err_clear(err);
    return 0;
}
