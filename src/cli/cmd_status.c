#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "commands.h"
#include "te/app/status.h"
#include "te/base/buf.h"
#include "te/base/max.h"
#include "te/base/units.h"
#include "te/text/csv.h"

/* ---- text ------------------------------------------------------------------------------------ */

static const char *state_word(const struct te_run_status *s)
{
    static const char *const ends[] = {"complete", "failed", "failed", "complete, with failures",
                                       "stopped early"};
    if (s->exit >= 0 && (size_t)s->exit < sizeof ends / sizeof *ends)
        return ends[s->exit];
    return s->alive ? "running" : "interrupted";
}

static void print_counts(const struct te_run_status *s)
{
    const struct te_run_state *r = &s->state;
    printf("%s: %s\n", r->header.run_name ? r->header.run_name : "?", state_word(s));
    if (r->epoch.job && *r->epoch.job)
        printf("%s\n", r->epoch.job);
    printf("%zu of %zu experiments (%.0f %%):", r->n_done, r->count,
           r->count ? 100.0 * (double)r->n_done / (double)r->count : 100.0);
    for (int i = 0; i < TE_STATUS_COUNT; i++)
        printf(" %s %zu", te_status_word((enum te_status)i), r->by_status[i]);
    const json_t *eta = json_object_get(s->file, "eta");
    if (s->alive && json_is_number(eta)) {
        char text[32];
        te_format_duration(json_number_value(eta), text, sizeof text);
        printf("; %s left", text);
    }
    putchar('\n');
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void print_slots(const struct te_run_status *s)
{
    size_t i;
    const json_t *slot;
    json_array_foreach(json_object_get(s->file, "slots"), i, slot)
    {
        char since[32];
        json_int_t task = json_integer_value(json_object_get(slot, "experiment"));
        double seconds = json_number_value(json_object_get(slot, "seconds"));
        te_format_duration(seconds + (s->age > 0 ? s->age : 0), since, sizeof since);
        const char *host = text_of(slot, "host"), *state = text_of(slot, "state");
        printf("  rank %" JSON_INTEGER_FORMAT "%s%s: ",
               json_integer_value(json_object_get(slot, "rank")), *host ? " on " : "", host);
        if (task < 0)
            printf("nothing%s%s%s\n", *state ? " (" : "", state, *state ? ")" : "");
        else
            printf("experiment %" JSON_INTEGER_FORMAT ", %s on %s/%s, for %s\n", task,
                   text_of(slot, "algorithm"), text_of(slot, "collection"),
                   text_of(slot, "dataset"), since);
    }
    const char *idle = text_of(s->file, "idle");
    if (*idle)
        printf("nothing runs: %s\n", idle);
}

/* Why nothing runs, if nothing does. */
static void print_hint(const struct te_run_status *s)
{
    const char *again = s->launched ? "launch" : "run";
    if (s->exit < 0 && !s->alive && s->detached)
        printf("nobody follows it from here: 'launch CONFIG --attach' does, if it goes on at host "
               "'%s', else 'launch CONFIG --resume'\n",
               s->scheduler);
    else if (s->exit < 0 && !s->alive)
        printf("its rank 0 is gone: go on with '%s CONFIG --resume', or 'finish' makes the result "
               "file of what is there\n",
               again);
    else if (s->exit == 4 || (s->exit == 1 && s->state.n_done < s->state.count))
        printf("go on with '%s CONFIG --resume'\n", again);
    else if (s->alive && s->age > 60)
        printf("rank 0 has not written its status for %.0f s\n", s->age);
}

static void print_text(const struct te_run_status *s)
{
    print_counts(s);
    if (s->alive)
        print_slots(s);
    for (int i = 0; i < TE_REASON_COUNT; i++)
        if (s->by_reason[i])
            printf("  %zu failed: %s\n", s->by_reason[i], te_reason_word((enum te_reason)i));
    for (size_t i = 0; i < s->state.n_notes; i++)
        if (s->state.notes[i].kind == TE_NOTE_LOST)
            printf("  lost %s: %s\n", s->state.notes[i].name ? s->state.notes[i].name : "?",
                   s->state.notes[i].text ? s->state.notes[i].text : "");
    print_hint(s);
}

/* ---- failures -------------------------------------------------------------------------------- */

static const char *const columns[] = {
    "number",     "algorithm", "collection", "dataset", "hyper_params_id",
    "repetition", "status",    "reason",     "host",    "error_message"};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void cells_of(const struct te_rec_result *rec, char number[16], char repetition[16],
                     const char *cells[COLUMNS])
{
    const char *row[COLUMNS] = {number,
                                rec->task.algorithm,
                                rec->task.collection,
                                rec->task.dataset,
                                rec->task.hyper_params_id,
                                repetition,
                                te_status_word(rec->result.status),
                                te_reason_word(rec->result.reason),
                                rec->result.host,
                                rec->result.error_message};
    snprintf(number, 16, "%u", rec->task.number);
    snprintf(repetition, 16, "%u", rec->task.repetition);
    for (size_t i = 0; i < COLUMNS; i++)
        cells[i] = row[i] ? row[i] : "";
}

static int print_failed(const struct te_run_status *s, bool csv, struct te_err *err)
{
    struct te_buf buf;
    te_buf_init(&buf, TE_MAX_JSON_FILE);
    if (csv)
        te_csv_add_row(&buf, columns, COLUMNS);
    for (size_t i = 0; i < s->n_failed; i++) {
        char number[16], repetition[16];
        const char *cells[COLUMNS];
        cells_of(&s->failed[i], number, repetition, cells);
        if (csv)
            te_csv_add_row(&buf, cells, COLUMNS);
        else
            te_buf_addf(&buf, "%s: %s on %s/%s, %s, repetition %s: %s%s%s: %s\n", cells[0],
                        cells[1], cells[2], cells[3], cells[4], cells[5], cells[6],
                        *cells[7] ? ", " : "", cells[7], cells[9]);
    }
    int rc = te_buf_check(&buf, err);
    if (rc == 0 && buf.len)
        fwrite(buf.data, 1, buf.len, stdout);
    te_buf_release(&buf);
    return rc;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *failed_json(const struct te_run_status *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->n_failed; i++) {
        char number[16], repetition[16];
        const char *cells[COLUMNS];
        cells_of(&s->failed[i], number, repetition, cells);
        json_t *row = json_object();
        for (size_t c = 0; c < COLUMNS; c++)
            json_object_set_new(row, columns[c], json_string(cells[c]));
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *lost_json(const struct te_run_state *state)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < state->n_notes; i++)
        if (state->notes[i].kind == TE_NOTE_LOST)
            json_array_append_new(list,
                                  json_pack("{s:s, s:s}", "host",
                                            state->notes[i].name ? state->notes[i].name : "", "why",
                                            state->notes[i].text ? state->notes[i].text : ""));
    return list;
}

static int print_json(const struct te_run_status *s, bool failed, struct te_err *err)
{
    const struct te_run_state *r = &s->state;
    json_t *reasons = json_object(), *status = json_object();
    for (int i = 0; i < TE_REASON_COUNT; i++)
        if (s->by_reason[i])
            json_object_set_new(reasons, te_reason_word((enum te_reason)i),
                                json_integer((json_int_t)s->by_reason[i]));
    for (int i = 0; i < TE_STATUS_COUNT; i++)
        json_object_set_new(status, te_status_word((enum te_status)i),
                            json_integer((json_int_t)r->by_status[i]));
    const json_t *slots = json_object_get(s->file, "slots"), *eta = json_object_get(s->file, "eta");
    json_t *root =
        json_pack("{s:s, s:o, s:s, s:s, s:s, s:o, s:I, s:I, s:o, s:o, s:o, s:o}", "idle",
                  s->alive ? text_of(s->file, "idle") : "", "lost", lost_json(r), "run",
                  r->header.run_name ? r->header.run_name : "", "state", state_word(s), "job",
                  r->epoch.job ? r->epoch.job : "", "exit",
                  s->exit >= 0 ? json_integer(s->exit) : json_null(), "total", (json_int_t)r->count,
                  "done", (json_int_t)r->n_done, "status", status, "failures", reasons, "eta",
                  s->alive && eta ? json_deep_copy(eta) : json_null(), "slots",
                  s->alive && slots ? json_deep_copy(slots) : json_array());
    if (root && failed)
        json_object_set_new(root, "failed", failed_json(s));
    char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
    json_decref(root);
    if (!text)
        return te_err_set(err, TE_ERR_NOMEM, "cannot make the JSON text");
    puts(text);
    free(text);
    return 0;
}

static int run(const struct te_args *args, struct te_err *err)
{
    const char *folder = te_args_arg(args, 0);
    bool failed = te_args_get(args, "failed") != NULL;
    struct te_run_status status;
    if (te_args_get(args, "csv") && !failed)
        return te_err_set(err, TE_ERR_USAGE, "--csv goes with --failed");
    int rc = te_run_status_load(folder, &status, err);
    if (rc == 0 && te_args_get(args, "exit-code") && status.exit < 0)
        rc = te_err_set(err, TE_ERR_NOENT, "'%s': the run %s", folder,
                        status.alive ? "goes on" : "was interrupted, it has no exit code");
    else if (rc == 0 && te_args_get(args, "json"))
        rc = print_json(&status, failed, err);
    else if (rc == 0 && failed)
        rc = print_failed(&status, te_args_get(args, "csv") != NULL, err);
    else if (rc == 0 && !te_args_get(args, "exit-code"))
        print_text(&status);
    if (rc == 0 && te_args_get(args, "exit-code"))
        rc = status.exit;
    te_run_status_release(&status);
    return rc;
}

static const struct te_option options[] = {
    {"json", NULL, "prints one JSON value"},
    {"failed", NULL, "lists the experiments that did not end with status OK, with their reasons"},
    {"csv", NULL, "with --failed: as CSV"},
    {"exit-code", NULL, "ends with the run's own exit code; 1 while there is none"},
    {NULL, NULL, NULL},
};

const struct te_command te_cmd_status = {
    .name = "status",
    .synopsis = "RUN_FOLDER [OPTION]...",
    .summary = "shows what a run is doing right now, or how it ended",
    .details = "Reads the journal and the status file of a run folder: progress, what each slot "
               "does, failures by cause, hosts that were lost. Works from any terminal and never "
               "disturbs the run.",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
