/* select(): which datasets a run is about, as TimeEval's managers choose them, and our patterns on
 * top. */
#include <stdio.h>
#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/model/dataset.h"
#include "te/text/csv.h"

static bool same_text(const char *wanted, const char *text)
{
    return !wanted || (text && strcmp(wanted, text) == 0);
}

static bool same_flag(bool has_wanted, bool wanted, bool has, bool value)
{
    return !has_wanted || (has && wanted == value);
}

/* Figures that are not known match no bound. */
static bool within_figures(const struct te_dataset_filter *f, const struct te_dataset *d)
{
    bool known = d->num_anomalies != TE_DATASET_UNKNOWN;
    if (f->has_min_anomalies && !(known && d->num_anomalies >= f->min_anomalies))
        return false;
    if (f->has_max_anomalies && !(known && d->num_anomalies <= f->max_anomalies))
        return false;
    return !f->has_max_contamination || d->contamination <= f->max_contamination;
}

/* Indexed datasets are compared by the texts of the index: a semi-supervised one that is treated as
 * supervised is still selected as semi-supervised. */
static bool indexed_matches(const struct te_dataset_filter *f, const struct te_dataset *d)
{
    return same_text(f->collection, d->collection) && same_text(f->dataset, d->name) &&
           same_text(f->dataset_type, d->type) &&
           same_flag(f->has_datetime_index, f->datetime_index, d->has_datetime_index,
                     d->datetime_index) &&
           same_text(f->has_training ? te_training_word(f->training) : NULL, d->train_type) &&
           same_flag(f->has_train_is_normal, f->train_is_normal, d->has_train_is_normal,
                     d->train_is_normal) &&
           same_text(f->has_dimension ? te_dimension_word(f->dimension) : NULL, d->input_type) &&
           within_figures(f, d);
}

/* datetime_index and train_is_normal do not apply to custom datasets. */
static bool custom_matches(const struct te_dataset_filter *f, const struct te_dataset *d)
{
    return same_text(f->collection, d->collection) && same_text(f->dataset, d->name) &&
           same_text(f->dataset_type, d->type) &&
           (!f->has_training || f->training == d->training) &&
           (!f->has_dimension || f->dimension == d->dimension) && within_figures(f, d);
}

/* "COLLECTION/DATASET"; false if it does not fit (names have their own maximum). */
static bool full_name(const struct te_dataset *d, char *out, size_t size)
{
    int n = snprintf(out, size, "%s/%s", d->collection, d->name);
    return n > 0 && (size_t)n < size;
}

static bool fits_one(const struct te_strings *patterns, const struct te_dataset *d)
{
    char name[2 * TE_MAX_NAME + 2];
    if (!full_name(d, name, sizeof name))
        return false;
    for (size_t i = 0; i < patterns->count; i++)
        if (te_str_glob(patterns->items[i], name))
            return true;
    return false;
}

/* Only the custom ones when the filter names their collection or one of them. */
static bool only_custom(const struct te_datasets *datasets, const struct te_dataset_filter *f)
{
    size_t first = datasets->count - datasets->n_custom;
    if (f->collection && strcmp(f->collection, TE_CUSTOM_COLLECTION) == 0 && datasets->n_custom)
        return true;
    for (size_t i = first; f->dataset && i < datasets->count; i++)
        if (strcmp(f->dataset, datasets->items[i].name) == 0)
            return true;
    return false;
}

/* Words the error of a pattern without a dataset, with the nearest name. */
static int nothing_fits(const struct te_datasets *datasets, const char *pattern, struct te_err *err)
{
    struct te_strings names = {0};
    char name[2 * TE_MAX_NAME + 2];
    const char *nearest = NULL;
    bool collection = !strchr(pattern, '/');
    for (size_t i = 0; i < datasets->count; i++) {
        const struct te_dataset *d = &datasets->items[i];
        if (collection && strcmp(d->collection, pattern) == 0) {
            te_strings_release(&names);
            return te_err_set(err, TE_ERR_USAGE,
                              "include pattern '%s' fits no dataset: patterns are "
                              "COLLECTION/DATASET; did you mean '%s/*'",
                              pattern, pattern);
        }
        if (full_name(d, name, sizeof name) && te_strings_add(&names, name, err) < 0) {
            te_strings_release(&names);
            return -1;
        }
    }
    nearest = te_str_suggest(pattern, (const char *const *)names.items, names.count);
    te_err_set(err, TE_ERR_USAGE,
               "include pattern '%s' fits none of the %zu datasets (patterns are "
               "COLLECTION/DATASET with * and ?)%s%s%s",
               pattern, datasets->count, nearest ? "; did you mean '" : "", nearest ? nearest : "",
               nearest ? "'" : "");
    te_strings_release(&names);
    return -1;
}

static int check_patterns(const struct te_datasets *datasets, const struct te_strings *include,
                          struct te_err *err)
{
    for (size_t i = 0; i < include->count; i++) {
        struct te_strings one = {&include->items[i], 1, 1};
        bool found = false;
        for (size_t j = 0; j < datasets->count && !found; j++)
            found = fits_one(&one, &datasets->items[j]);
        if (!found)
            return nothing_fits(datasets, include->items[i], err);
    }
    return 0;
}

int te_datasets_select(const struct te_datasets *datasets, const struct te_dataset_filter *filter,
                       uint32_t **indices, size_t *count, struct te_err *err)
{
    if (check_patterns(datasets, &filter->include, err) < 0)
        return -1;
    uint32_t *list = te_zalloc(datasets->count, sizeof *list, err);
    if (!list)
        return -1;
    size_t n = 0;
    size_t first_custom = datasets->count - datasets->n_custom;
    for (size_t i = only_custom(datasets, filter) ? first_custom : 0; i < datasets->count; i++) {
        const struct te_dataset *d = &datasets->items[i];
        bool match = d->custom ? custom_matches(filter, d) : indexed_matches(filter, d);
        if (match && (filter->include.count == 0 || fits_one(&filter->include, d)) &&
            !fits_one(&filter->exclude, d))
            list[n++] = (uint32_t)i;
    }
    *indices = list;
    *count = n;
    return 0;
}
