#include "te/store/recover.h"

#include <math.h>
#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"

void te_run_state_init(struct te_run_state *state)
{
    *state = (struct te_run_state){.last_time = NAN};
}

void te_run_state_release(struct te_run_state *state)
{
    if (!state)
        return;
    te_free(state->items);
    te_rec_header_release(&state->header);
    te_rec_epoch_release(&state->epoch);
    te_rec_end_release(&state->end);
    for (size_t i = 0; i < state->n_notes; i++)
        te_rec_note_release(&state->notes[i]);
    te_free(state->notes);
    te_run_state_init(state);
}

static void meet_time(struct te_run_state *state, double time)
{
    if (!isnan(time) && !(time <= state->last_time))
        state->last_time = time;
}

static int apply_header(struct te_run_state *state, const struct te_journal_entry *entry,
                        struct te_err *err)
{
    if (state->has_header)
        return te_err_set(err, TE_ERR_FORMAT, "a second header");
    if (te_rec_header_decode(entry->data, entry->len, &state->header, err) < 0)
        return -1;
    if (state->header.n_experiments > TE_MAX_EXPERIMENTS)
        return te_err_set(err, TE_ERR_FORMAT, "a plan of %llu experiments",
                          (unsigned long long)state->header.n_experiments);
    state->count = (size_t)state->header.n_experiments;
    state->items = te_zalloc(state->count, sizeof *state->items, err);
    if (!state->items)
        return -1;
    state->cap = state->count;
    state->has_header = true;
    meet_time(state, state->header.created);
    return 0;
}

static int apply_epoch(struct te_run_state *state, const struct te_journal_entry *entry,
                       struct te_err *err)
{
    struct te_rec_epoch epoch;
    if (te_rec_epoch_decode(entry->data, entry->len, &epoch, err) < 0)
        return -1;
    te_rec_epoch_release(&state->epoch);
    state->epoch = epoch;
    state->has_epoch = true;
    meet_time(state, epoch.time);
    return 0;
}

static struct te_run_item *item_of(struct te_run_state *state, uint32_t number, struct te_err *err)
{
    if (number < state->count)
        return &state->items[number];
    te_err_set(err, TE_ERR_FORMAT, "experiment %u of a plan of %zu", number, state->count);
    return NULL;
}

static int apply_assign(struct te_run_state *state, const struct te_journal_entry *entry,
                        struct te_err *err)
{
    struct te_rec_assign assign;
    if (te_rec_assign_decode(entry->data, entry->len, &assign, err) < 0)
        return -1;
    struct te_run_item *item = item_of(state, assign.number, err);
    if (item) {
        item->attempt = assign.attempt > UINT16_MAX ? UINT16_MAX : (uint16_t)assign.attempt;
        item->charged = assign.charged > UINT8_MAX ? UINT8_MAX : (uint8_t)assign.charged;
        item->flags = (uint8_t)((item->flags | TE_ITEM_ASSIGNED) & ~TE_ITEM_STARTED);
        item->pending = 0;
        meet_time(state, assign.time);
    }
    te_rec_assign_release(&assign);
    return item ? 0 : -1;
}

static int apply_scores(struct te_run_state *state, const struct te_journal_entry *entry,
                        struct te_err *err)
{
    struct te_scores_piece piece;
    if (!entry->data) /* passed over: nobody will ask for scores */
        return 0;
    if (te_scores_decode(entry->data, entry->len, &piece, err) < 0)
        return -1;
    struct te_run_item *item = item_of(state, piece.number, err);
    if (!item)
        return -1;
    if (piece.first == 0)
        item->pending = entry->offset;
    return 0;
}

static int apply_result(struct te_run_state *state, const struct te_journal_entry *entry,
                        te_run_result_fn *also, void *arg, struct te_err *err)
{
    struct te_rec_result rec;
    if (te_rec_result_decode(entry->data, entry->len, &rec, err) < 0)
        return -1;
    int rc = -1;
    struct te_run_item *item = item_of(state, rec.result.number, err);
    if (item) {
        if (item->flags & TE_ITEM_DONE)
            state->by_status[item->status]--;
        else
            state->n_done++;
        state->n_results += !(item->flags & TE_ITEM_RESULT);
        item->result = entry->offset;
        item->scores = rec.result.n_scores > 0 ? item->pending : 0;
        item->pending = 0;
        item->status = (uint8_t)rec.result.status;
        item->reason = (uint8_t)rec.result.reason;
        item->flags = TE_ITEM_RESULT | TE_ITEM_DONE;
        state->by_status[item->status]++;
        meet_time(state, rec.result.finished);
        rc = also ? also(arg, &rec, err) : 0;
    }
    te_rec_result_release(&rec);
    return rc;
}

static void reopen(struct te_run_state *state, struct te_run_item *item)
{
    if (!(item->flags & TE_ITEM_DONE))
        return;
    item->flags = TE_ITEM_RESULT;
    item->charged = item->walltime = 0;
    state->n_done--;
    state->by_status[item->status]--;
}

/* A note about one experiment. */
static int note_item(struct te_run_state *state, const struct te_rec_note *note, struct te_err *err)
{
    struct te_run_item *item = item_of(state, note->number, err);
    if (!item)
        return -1;
    if (note->kind == TE_NOTE_STARTED && (item->flags & TE_ITEM_ASSIGNED))
        item->flags |= TE_ITEM_STARTED;
    else if (note->kind == TE_NOTE_CHARGED && item->charged < UINT8_MAX)
        item->charged++;
    else if (note->kind == TE_NOTE_WALLTIME && item->walltime < UINT8_MAX)
        item->walltime++;
    else if (note->kind == TE_NOTE_RETRY)
        reopen(state, item);
    return 0;
}

static int apply_note(struct te_run_state *state, const struct te_journal_entry *entry,
                      struct te_err *err)
{
    struct te_rec_note note;
    if (te_rec_note_decode(entry->data, entry->len, &note, err) < 0)
        return -1;
    meet_time(state, note.time);
    bool keep = note.kind == TE_NOTE_HOST || note.kind == TE_NOTE_LOST ||
                note.kind == TE_NOTE_NOTICE || note.kind == TE_NOTE_SKIPPED;
    int rc = 0;
    if (!keep)
        rc = note_item(state, &note, err);
    else
        rc = te_grow(&state->notes, &state->notes_cap, state->n_notes + 1, sizeof note,
                     TE_MAX_EXPERIMENTS, err);
    if (keep && rc == 0)
        state->notes[state->n_notes++] = note;
    else
        te_rec_note_release(&note);
    return rc;
}

static int apply_end(struct te_run_state *state, const struct te_journal_entry *entry,
                     struct te_err *err)
{
    struct te_rec_end end;
    if (te_rec_end_decode(entry->data, entry->len, &end, err) < 0)
        return -1;
    te_rec_end_release(&state->end);
    state->end = end;
    state->has_end = true;
    meet_time(state, end.time);
    return 0;
}

static int apply(struct te_run_state *state, const struct te_journal_entry *entry,
                 te_run_result_fn *also, void *arg, struct te_err *err)
{
    if (!state->has_header && entry->type != TE_RECORD_HEADER)
        return te_err_set(err, TE_ERR_FORMAT, "no header before it");
    state->has_end = false;
    switch (entry->type) {
    case TE_RECORD_HEADER:
        return apply_header(state, entry, err);
    case TE_RECORD_EPOCH:
        return apply_epoch(state, entry, err);
    case TE_RECORD_ASSIGN:
        return apply_assign(state, entry, err);
    case TE_RECORD_SCORES:
        return apply_scores(state, entry, err);
    case TE_RECORD_RESULT:
        return apply_result(state, entry, also, arg, err);
    case TE_RECORD_NOTE:
        return apply_note(state, entry, err);
    case TE_RECORD_END:
        return apply_end(state, entry, err);
    case TE_RECORD_COUNT:
        break;
    }
    return te_err_set(err, TE_ERR_FORMAT, "unknown type %d", (int)entry->type);
}

/* TE_ERR_FORMAT for a record that cannot be: number beyond the plan, undecodable payload. */
static int run_state_apply(struct te_run_state *state, const struct te_journal_entry *entry,
                           te_run_result_fn *also, void *arg, struct te_err *err)
{
    if (apply(state, entry, also, arg, err) == 0)
        return 0;
    return te_err_wrap(err, "journal record at byte %llu", (unsigned long long)entry->offset);
}

struct load {
    struct te_run_state *state;
    te_run_result_fn *also;
    void *arg;
};

static int load_one(void *arg, const struct te_journal_entry *entry, struct te_err *err)
{
    struct load *load = arg;
    return run_state_apply(load->state, entry, load->also, load->arg, err);
}

int te_run_state_load(const char *folder, unsigned skip, te_run_result_fn *also, void *arg,
                      struct te_run_state *state, struct te_err *err)
{
    te_run_state_init(state);
    struct load load = {state, also, arg};
    if (te_journal_scan_skip(folder, skip, load_one, &load, &state->journal, err) < 0)
        return te_err_wrap(err, "'%s'", folder);
    if (!state->has_header)
        return te_err_set(err, TE_ERR_FORMAT,
                          "the journal in '%s' has no header: the run had not begun", folder);
    return 0;
}

int te_run_read_result(struct te_journal_reader *reader, const struct te_run_item *item,
                       struct te_rec_result *out, struct te_err *err)
{
    struct te_journal_entry entry;
    if (te_journal_reader_get(reader, item->result, &entry, err) < 0)
        return -1;
    if (entry.type != TE_RECORD_RESULT)
        return te_err_set(err, TE_ERR_CORRUPT, "the record at byte %llu is no result",
                          (unsigned long long)item->result);
    return te_rec_result_decode(entry.data, entry.len, out, err);
}

/* The values of one piece, copied in blocks: the bytes in the journal are not aligned. */
static int hand_out(const struct te_scores_piece *piece, uint64_t skip, te_run_scores_fn *fn,
                    void *arg, struct te_err *err)
{
    enum { BLOCK = 4096 };
    double block[BLOCK];
    for (uint64_t at = skip; at < piece->count; at += BLOCK) {
        struct te_scores_piece part = *piece;
        part.bytes += at * sizeof(double);
        part.count = piece->count - at < BLOCK ? piece->count - at : BLOCK;
        te_scores_values(&part, block);
        if (fn(arg, block, (size_t)part.count, err) < 0)
            return -1;
    }
    return 0;
}

/*
 * Pieces of several experiments may be interleaved, and a piece may have come twice: those of ours
 * are met by going forward from the first until all values are there.
 */
int te_run_read_scores(struct te_journal_reader *reader, const struct te_run_item *item,
                       te_run_scores_fn *fn, void *arg, struct te_err *err)
{
    uint64_t have = 0, total = 1, at = item->scores, epoch = 0;
    uint32_t number = 0, attempt = 0;
    if (at == 0)
        return 0;
    while (have < total) {
        struct te_journal_entry entry;
        struct te_scores_piece piece;
        if (at >= item->result)
            return te_err_set(err, TE_ERR_CORRUPT, "%llu of %llu scores are in the journal",
                              (unsigned long long)have, (unsigned long long)total);
        if (te_journal_reader_head(reader, at, &entry, err) < 0)
            return -1;
        if (entry.type == TE_RECORD_SCORES) {
            if (te_journal_reader_get(reader, at, &entry, err) < 0 ||
                te_scores_decode(entry.data, entry.len, &piece, err) < 0)
                return -1;
            if (at == item->scores) {
                number = piece.number;
                attempt = piece.attempt;
                epoch = entry.epoch;
                total = piece.total;
            }
            if (piece.number == number && piece.attempt == attempt && entry.epoch == epoch &&
                piece.first <= have && piece.first + piece.count > have) {
                if (hand_out(&piece, have - piece.first, fn, arg, err) < 0)
                    return -1;
                have = piece.first + piece.count;
            }
        }
        at = te_journal_next(&entry);
    }
    return 0;
}
