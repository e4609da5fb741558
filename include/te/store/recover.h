/*
 * What a journal says a run has come to: a fold over its records, the same live and in replay.
 * At most 32 bytes per experiment.
 */
#ifndef TE_STORE_RECOVER_H
#define TE_STORE_RECOVER_H

#include <stdbool.h>
#include "te/core/msg.h"
#include "te/store/journal.h"

enum te_run_item_flags {
    TE_ITEM_RESULT = 1,   /* a row for the result file: the last RESULT */
    TE_ITEM_DONE = 2,     /* finished: cleared by NOTE_RETRY until the next RESULT */
    TE_ITEM_ASSIGNED = 4, /* on a worker when the record ended */
    TE_ITEM_STARTED = 8   /* and running there: a suspect */
};

struct te_run_item {
    uint64_t result;  /* offset of its RESULT; 0: none */
    uint64_t scores;  /* offset of the first SCORES of that result; 0: none */
    uint64_t pending; /* of scores without their RESULT yet */
    uint16_t attempt; /* the last one assigned */
    uint8_t charged;  /* attempts charged to it */
    uint8_t walltime; /* times cut by the walltime */
    uint8_t status;   /* enum te_status */
    uint8_t reason;   /* enum te_reason */
    uint8_t flags;
};

struct te_run_state {
    struct te_run_item *items; /* by number */
    size_t count;              /* of the plan, by the header */
    size_t cap;
    struct te_rec_header header;
    struct te_rec_epoch epoch; /* the last rank 0 */
    struct te_rec_end end;     /* the last orderly end */
    struct te_rec_note *notes; /* for the result file: hosts, losses, notices, left out */
    size_t n_notes, notes_cap;
    bool has_header, has_epoch;
    bool has_end; /* nothing was written behind it */
    size_t n_results;
    size_t n_done;
    size_t by_status[TE_STATUS_COUNT]; /* of those that are done */
    double last_time;                  /* of the last record that has one; NaN: none */
    struct te_journal_state journal;
};

/* te_run_state_apply on every record in turn gives the state; scores need no payload but their
 * head: see te_run_state_load. also (may be NULL) gets each RESULT that was read, before it is
 * freed. */
typedef int te_run_result_fn(void *arg, const struct te_rec_result *rec, struct te_err *err);

void te_run_state_init(struct te_run_state *state);
void te_run_state_release(struct te_run_state *state);
/* The whole journal of a run folder. TE_ERR_NOENT: there is none; TE_ERR_FORMAT: none of ours or
 * without header. Initializes state, also on failure. */
/* skip: types that are passed over unread, 1u << type (journal.h): without SCORES it is fast, and
 * no scores can be read afterwards. */
int te_run_state_load(const char *folder, unsigned skip, te_run_result_fn *also, void *arg,
                      struct te_run_state *state, struct te_err *err) TE_MUST_CHECK;

/* Task, result and scores of an experiment, read from the journal. */
int te_run_read_result(struct te_journal_reader *reader, const struct te_run_item *item,
                       struct te_rec_result *out, struct te_err *err) TE_MUST_CHECK;
/* Calls fn with the pieces in order. TE_ERR_CORRUPT if they are not all there. Nothing for an
 * experiment without scores. */
typedef int te_run_scores_fn(void *arg, const double *values, size_t count, struct te_err *err);
int te_run_read_scores(struct te_journal_reader *reader, const struct te_run_item *item,
                       te_run_scores_fn *fn, void *arg, struct te_err *err) TE_MUST_CHECK;

#endif
