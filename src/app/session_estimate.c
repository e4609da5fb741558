/* What earlier runs below the same results folder say about how long experiments take. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "session_state.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/map.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/report/table.h"
#include "te/store/h5_write.h"
#include "te/text/csv.h"
#include "te/text/num.h"

/* The newest tables alone, and so many bytes of them altogether. */
enum { TABLES_MOST = 16, BYTES_MOST = 64 << 20 };

struct table {
    char *path;
    off_t bytes;
    struct timespec time;
};

struct names {
    struct te_map algorithms, datasets; /* to their indices */
};

static bool newer(const struct table *a, const struct table *b)
{
    return a->time.tv_sec != b->time.tv_sec ? a->time.tv_sec > b->time.tv_sec
                                            : a->time.tv_nsec > b->time.tv_nsec;
}

/* Keeps the newest ones, newest first. */
static void keep(struct table *tables, size_t *count, struct table table)
{
    size_t at = *count;
    while (at > 0 && newer(&table, &tables[at - 1]))
        at--;
    if (at == TABLES_MOST) {
        te_free(table.path);
        return;
    }
    if (*count == TABLES_MOST)
        te_free(tables[--*count].path);
    memmove(&tables[at + 1], &tables[at], (*count - at) * sizeof *tables);
    tables[at] = table;
    ++*count;
}

static void find_tables(const struct session *s, const char *results, struct table *tables,
                        size_t *count)
{
    struct te_err why = TE_ERR_INIT;
    DIR *dir = opendir(results);
    for (const struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
        struct stat st;
        if (e->d_name[0] == '.' || strcmp(e->d_name, s->name) == 0 ||
            te_str_ends(e->d_name, TE_DRY_RUN))
            continue;
        char *path = te_asprintf(&why, "%s/%s/%s", results, e->d_name, TE_H5_CSV);
        if (path && stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= BYTES_MOST)
            keep(tables, count, (struct table){path, st.st_size, st.st_mtim});
        else
            te_free(path);
    }
    if (dir)
        closedir(dir);
}

/* All that a slot did for an experiment; negative if it did not come to an execution. */
static double seconds_of(const struct te_csv *csv, size_t row, const int *column)
{
    double sum = 0;
    for (int c = TE_COL_TRAIN_PREPROCESS; c <= TE_COL_EXECUTE_POSTPROCESS; c++) {
        const char *cell = te_csv_cell(csv, row, (size_t)column[c]);
        double value;
        size_t len = strlen(cell);
        if (len > 0 && te_num_parse(cell, len, &value) == len && value >= 0)
            sum += value;
        else if (c == TE_COL_EXECUTE_MAIN)
            return -1;
    }
    return sum;
}

static int learn_table(struct session *s, const struct names *names, const struct te_csv *csv,
                       struct te_err *err)
{
    int column[TE_COL_COUNT];
    for (int c = 0; c < TE_COL_COUNT; c++) {
        column[c] = te_csv_column(csv, te_table_column_name((enum te_table_column)c));
        if (column[c] < 0)
            return te_err_set(err, TE_ERR_FORMAT, "no column '%s'",
                              te_table_column_name((enum te_table_column)c));
    }
    for (size_t row = 0; row < csv->n_rows; row++) {
        uint64_t algorithm, dataset;
        te_autofree char *where =
            te_asprintf(err, "%s/%s", te_csv_cell(csv, row, (size_t)column[TE_COL_COLLECTION]),
                        te_csv_cell(csv, row, (size_t)column[TE_COL_DATASET]));
        if (!where)
            return -1;
        if (te_map_get(&names->algorithms, te_csv_cell(csv, row, (size_t)column[TE_COL_ALGORITHM]),
                       &algorithm) &&
            te_map_get(&names->datasets, where, &dataset) &&
            te_estimate_add(s->estimate, (uint32_t)algorithm, (uint32_t)dataset,
                            te_csv_cell(csv, row, (size_t)column[TE_COL_HYPER_PARAMS_ID]),
                            seconds_of(csv, row, column), err) < 0)
            return -1;
    }
    return 0;
}

/* A table that does not read is no reason to stop. */
static int learn(struct session *s, const struct names *names, const char *path, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    struct te_csv csv = {0};
    int rc = te_csv_read(path, BYTES_MOST, &csv, &why);
    if (rc == 0)
        rc = learn_table(s, names, &csv, &why);
    te_csv_release(&csv);
    if (rc == 0)
        return 0;
    if (why.code == TE_ERR_NOMEM) {
        *err = why;
        return -1;
    }
    te_log(TE_LOG_INFO, "'%s' tells no durations: %s", path, why.text);
    return 0;
}

static int learn_all(struct session *s, const struct names *names, struct te_err *err)
{
    struct table tables[TABLES_MOST];
    size_t count = 0;
    off_t left = BYTES_MOST;
    int rc = 0;
    te_autofree char *results = te_fs_dirname(s->folder, err);
    if (!results)
        return -1;
    find_tables(s, results, tables, &count);
    for (size_t i = 0; i < count; i++) {
        left -= tables[i].bytes;
        if (rc == 0 && left >= 0)
            rc = learn(s, names, tables[i].path, err);
        te_free(tables[i].path);
    }
    return rc;
}

static int name_all(const struct session *s, struct names *names, struct te_err *err)
{
    for (size_t i = 0; i < s->config->n_algorithms; i++)
        if (te_map_put(&names->algorithms, s->config->algorithms[i].name, i, NULL, err) < 0)
            return -1;
    for (size_t i = 0; i < s->datasets.count; i++) {
        const struct te_dataset *d = &s->datasets.items[i];
        te_autofree char *where = te_asprintf(err, "%s/%s", d->collection, d->name);
        if (!where || te_map_put(&names->datasets, where, i, NULL, err) < 0)
            return -1;
        te_estimate_size(s->estimate, (uint32_t)i, (double)d->length * (double)d->dimensions);
    }
    return 0;
}

int session_estimate(struct session *s, struct te_err *err)
{
    struct names names;
    te_map_init(&names.algorithms);
    te_map_init(&names.datasets);
    s->estimate =
        te_estimate_new((uint32_t)s->config->n_algorithms, (uint32_t)s->datasets.count, err);
    int rc = s->estimate ? name_all(s, &names, err) : -1;
    if (rc == 0)
        rc = learn_all(s, &names, err);
    te_map_release(&names.algorithms);
    te_map_release(&names.datasets);
    return rc;
}
