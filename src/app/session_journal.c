/* The session's own records: header, epoch, retries, end. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "session_state.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"

struct first {
    struct te_rec_header *out;
    bool found;
};

static int take_header(void *arg, const struct te_journal_entry *entry, struct te_err *err)
{
    struct first *first = arg;
    if (entry->type == TE_RECORD_HEADER && !first->found) {
        if (te_rec_header_decode(entry->data, entry->len, first->out, err) < 0)
            return -1;
        first->found = true;
    }
    return te_err_set(err, TE_ERR_CANCELED, "seen enough"); /* it is the first record, or none */
}

int session_read_header(const char *folder, struct te_rec_header *out, struct te_err *err)
{
    struct first first = {.out = out};
    struct te_err why = TE_ERR_INIT;
    if (te_journal_scan_skip(folder, 1U << TE_RECORD_SCORES, take_header, &first, NULL, &why) < 0 &&
        !first.found && why.code != TE_ERR_CANCELED) {
        *err = why;
        return -1;
    }
    if (!first.found)
        return te_err_set(err, TE_ERR_NOENT, "'%s' has no journal with a header", folder);
    return 0;
}

static int append(struct session *s, enum te_record type, struct te_buf *payload,
                  struct te_err *err)
{
    int rc = te_buf_check(payload, err);
    if (rc == 0)
        rc = te_journal_append(s->journal, type, payload->data, payload->len, NULL, err);
    te_buf_release(payload);
    return rc < 0 ? te_err_wrap(err, "journal") : 0;
}

/* The configuration and the files that it names: a run must be understood from its folder alone. */
static int add_file(struct te_rec_header *header, const char *path, struct te_err *err)
{
    size_t len;
    char *text = NULL;
    if (!path)
        return 0;
    if (te_fs_read(path, TE_MAX_JSON_FILE, &text, &len, err) < 0)
        return -1;
    header->files[header->n_files++] = (struct te_rec_file){(char *)(uintptr_t)path, text};
    return 0;
}

static int write_header(struct session *s, struct te_err *err)
{
    struct te_rec_file files[8] = {{s->config->path, s->config->text}};
    size_t n = te_plan_metric_count(s->plan);
    te_autofree char **metrics = te_zalloc(n + 1, sizeof *metrics, err);
    if (!metrics)
        return -1;
    for (size_t i = 0; i < n; i++)
        metrics[i] = (char *)(uintptr_t)te_plan_metric_name(s->plan, i);
    struct te_rec_header header = {.format = 1,
                                   .program = (char *)(uintptr_t)s->o->version,
                                   .run_name = s->name,
                                   .command_line = (char *)(uintptr_t)s->o->command_line,
                                   .created = te_clock_real(),
                                   .plan_digest = (char *)(uintptr_t)te_plan_digest(s->plan),
                                   .plan_facts = (char *)(uintptr_t)te_plan_facts(s->plan),
                                   .n_experiments = te_plan_count(s->plan),
                                   .files = files,
                                   .n_files = 1,
                                   .metrics = metrics,
                                   .n_metrics = (uint32_t)n};
    struct te_buf payload;
    te_buf_init(&payload, TE_MAX_MESSAGE);
    int rc = add_file(&header, s->config->custom, err);
    if (rc == 0)
        rc = add_file(&header, s->config->experiment_combinations, err);
    if (rc == 0)
        te_rec_header_encode(&header, &payload);
    for (uint32_t i = 1; i < header.n_files; i++)
        te_free(files[i].text);
    if (rc < 0) {
        te_buf_release(&payload);
        return -1;
    }
    return append(s, TE_RECORD_HEADER, &payload, err);
}

static int write_epoch(struct session *s, struct te_err *err)
{
    te_autofree char *job = te_batch_text(&s->host.batch, err);
    if (!job)
        return -1;
    struct te_rec_epoch rec = {.epoch = te_journal_epoch(s->journal),
                               .time = te_clock_real(),
                               .host = s->host.name,
                               .boot_id = s->host.boot_id,
                               .pid = (int32_t)getpid(),
                               .ranks = s->o->transport->count,
                               .mpi = (char *)(uintptr_t)te_mpi_name(),
                               .job = job,
                               .command_line = (char *)(uintptr_t)s->o->command_line};
    struct te_buf payload;
    te_buf_init(&payload, TE_MAX_MESSAGE);
    te_rec_epoch_encode(&rec, &payload);
    return append(s, TE_RECORD_EPOCH, &payload, err);
}

static int write_note(struct session *s, enum te_note_kind kind, uint32_t number, const char *name,
                      const char *other, const char *text, struct te_err *err)
{
    struct te_rec_note note = {.kind = kind,
                               .time = te_clock_real(),
                               .number = number,
                               .name = (char *)(uintptr_t)name,
                               .other = (char *)(uintptr_t)other,
                               .text = (char *)(uintptr_t)text};
    struct te_buf payload;
    te_buf_init(&payload, TE_MAX_MESSAGE);
    te_rec_note_encode(&note, &payload);
    return append(s, TE_RECORD_NOTE, &payload, err);
}

static int write_skipped(struct session *s, struct te_err *err)
{
    for (size_t i = 0; i < te_plan_skipped_count(s->plan); i++) {
        const struct te_skipped *k = te_plan_skipped(s->plan, i);
        const struct te_dataset *d = &s->datasets.items[k->dataset];
        te_autofree char *where = te_asprintf(err, "%s/%s", d->collection, d->name);
        if (!where || write_note(s, TE_NOTE_SKIPPED, 0, s->config->algorithms[k->algorithm].name,
                                 where, k->reason, err) < 0)
            return -1;
    }
    return 0;
}

int session_open_journal(struct session *s, struct te_err *err)
{
    if (te_journal_open(s->folder, !s->resumed, 0, &s->journal, err) < 0)
        return -1;
    if (te_journal_cut(s->journal) > 0)
        te_log(TE_LOG_NOTICE, "the journal's torn tail of %llu bytes was cut off",
               (unsigned long long)te_journal_cut(s->journal));
    if (!s->resumed && (write_header(s, err) < 0 || write_skipped(s, err) < 0))
        return -1;
    if (write_epoch(s, err) < 0)
        return -1;
    return te_journal_sync(s->journal, err);
}

/* ---- --retry --------------------------------------------------------------------------------- */

struct retry {
    struct session *s;
    bool status[TE_STATUS_COUNT], reason[TE_REASON_COUNT];
    uint8_t *again; /* by number: the last result fits the words */
};

static int collect_retry(void *arg, const struct te_journal_entry *entry, struct te_err *err)
{
    struct retry *r = arg;
    struct te_rec_result rec;
    if (entry->type != TE_RECORD_RESULT)
        return 0;
    if (te_rec_result_decode(entry->data, entry->len, &rec, err) < 0)
        return -1;
    if (rec.result.number < te_plan_count(r->s->plan))
        r->again[rec.result.number] = r->status[rec.result.status] || r->reason[rec.result.reason];
    te_rec_result_release(&rec);
    return 0;
}

static int parse_words(const char *text, struct retry *r, struct te_err *err)
{
    char **words = NULL;
    size_t count;
    if (te_str_split(text, &words, &count, err) < 0)
        return -1;
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++) {
        enum te_status status;
        enum te_reason reason;
        if (te_status_parse(words[i], &status) == 0)
            r->status[status] = true;
        else if (te_reason_parse(words[i], &reason) == 0 && reason != TE_REASON_NONE)
            r->reason[reason] = true;
        else
            rc = te_err_set(err, TE_ERR_USAGE,
                            "--retry: '%s' is neither a status (error, timeout, oom) nor a reason "
                            "(exit, signal, infrastructure, node-lost, walltime, ...)",
                            words[i]);
    }
    te_free(words);
    return rc;
}

int te_session_check_retry(const char *words, struct te_err *err)
{
    struct retry ignored = {0};
    return words ? parse_words(words, &ignored, err) : 0;
}

int session_retry(struct session *s, struct te_err *err)
{
    struct retry retry = {.s = s};
    size_t n = te_plan_count(s->plan), found = 0;
    te_autofree uint8_t *again = te_zalloc(n, 1, err);
    retry.again = again;
    if (!again || parse_words(s->o->retry, &retry, err) < 0 ||
        te_journal_scan_skip(s->folder, 1U << TE_RECORD_SCORES, collect_retry, &retry, NULL, err) <
            0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (again[i]) {
            found++;
            if (write_note(s, TE_NOTE_RETRY, (uint32_t)i, NULL, NULL, s->o->retry, err) < 0)
                return -1;
        }
    te_log(TE_LOG_NOTICE, "%zu experiments are run again (--retry %s)", found, s->o->retry);
    return te_journal_sync(s->journal, err);
}

int session_write_end(struct session *s, int code, const char *why, struct te_err *err)
{
    struct te_rec_end rec = {code, te_clock_real(), (char *)(uintptr_t)why};
    struct te_buf payload;
    te_buf_init(&payload, TE_MAX_MESSAGE);
    te_rec_end_encode(&rec, &payload);
    if (append(s, TE_RECORD_END, &payload, err) < 0)
        return -1;
    return te_journal_sync(s->journal, err);
}
