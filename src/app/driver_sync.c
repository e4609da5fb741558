/*
 * mirror = sync: dataset files that hosts lack or have otherwise. Each is read here once and goes
 * to every host that wants it, in pieces; what is on its way to a host is bounded, for each piece
 * is answered. A host that is slow is left behind and gets the file later, one that is dead or
 * takes nothing any more is given up. Meanwhile everybody works on what is there.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "driver_state.h"
#include "host.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/map.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/units.h"

enum {
    PIECE = 256 * 1024,
    ON_THE_WAY = 256, /* messages to all hosts together, and to one: */
    WINDOW_LEAST = 2,
    WINDOW_MOST = 8, /* a rank that dies keeps them, and on one machine MPI's buffers are common */
    PIECES_PER_STEP = 16
};
static const double gather = 10;          /* s to wait for what other hosts lack */
static const double patience = 60;        /* s without an answer after which a host is given up */
static const double wait_for_slow = 2;    /* s that others wait for a host at one file, at least */
static const double share_for_slow = 0.5; /* of the file's time, at least */

enum state { RIGHT, WRONG, SENT, FAILED };

struct receiver {         /* a host */
    uint8_t *state;       /* by file; NULL: nothing was ever wrong */
    size_t left;          /* files that are WRONG or SENT */
    size_t peer;          /* rank that writes there */
    uint64_t sent, taken; /* messages */
    double since, moved;  /* when its copies began; its last answer */
    double blocked;       /* s that others have waited for it at this file */
    bool takes;           /* the file that is being read */
    size_t copied, failed;
    int64_t bytes;
};

struct sync {
    uint32_t *same;  /* by file: the first one with its path */
    uint32_t *again; /* by file: the next one with its path, 0: none */
    uint32_t next;   /* no host wants a file before this one */
    struct receiver *to;
    char boot_id[64]; /* of this host */
    double first;     /* when the first host told; 0: none has */
    double last_step;
    int fd; /* of the file that is being read, -1 */
    uint32_t file;
    int64_t at;
    double begun;
    int64_t read, sent; /* bytes of all files, from the disk and to all hosts */
    unsigned char *piece;
};

/* ---- life ------------------------------------------------------------------------------------ */

static int find_same(struct te_driver *d, struct sync *s, struct te_err *err)
{
    struct te_map map te_cleanup(te_map_release);
    te_map_init(&map);
    for (size_t i = 0; i < d->o.n_files; i++) {
        uint64_t last = i;
        int known = te_map_put(&map, d->o.files[i].path, i, &last, err);
        if (known < 0)
            return -1;
        s->same[i] = known ? s->same[last] : (uint32_t)i;
        if (known)
            s->again[last] = (uint32_t)i;
    }
    return 0;
}

int driver_sync_open(struct te_driver *d, struct te_err *err)
{
    struct te_host host;
    if (d->o.settings->mirror != TE_MIRROR_SYNC || d->o.n_files == 0)
        return 0;
    struct sync *s = d->sync = te_zalloc(1, sizeof *s, err);
    if (!s)
        return -1;
    s->fd = -1;
    s->same = te_zalloc(d->o.n_files, sizeof *s->same, err);
    s->again = te_zalloc(d->o.n_files, sizeof *s->again, err);
    s->to = te_zalloc(d->n_peers, sizeof *s->to, err);
    s->piece = te_alloc(PIECE, err);
    if (!s->same || !s->again || !s->to || !s->piece || te_host_read(&host, err) < 0)
        return -1;
    memcpy(s->boot_id, host.boot_id, sizeof s->boot_id);
    return find_same(d, s, err);
}

void driver_sync_close(struct te_driver *d)
{
    struct sync *s = d->sync;
    if (!s)
        return;
    for (size_t i = 0; s->to && i < d->n_peers; i++) {
        if (s->to[i].left)
            te_log(TE_LOG_NOTICE, "host '%s': the run is over, %zu dataset files are not copied",
                   d->hosts[i].name, s->to[i].left);
        te_free(s->to[i].state);
    }
    if (s->read)
        te_log(TE_LOG_INFO, "dataset files: %lld bytes read here, %lld sent to hosts",
               (long long)s->read, (long long)s->sent);
    te_fd_cleanup(&s->fd);
    te_free(s->same);
    te_free(s->again);
    te_free(s->to);
    te_free(s->piece);
    te_free(s);
    d->sync = NULL;
}

/* ---- what the hosts want --------------------------------------------------------------------- */

static int tell_sched(struct te_driver *d, enum te_event_type type, uint32_t host, uint32_t dataset,
                      struct te_err *err)
{
    return driver_step_sched(d, (struct te_event){.type = type, .host = host, .dataset = dataset},
                             err);
}

int driver_sync_want(struct te_driver *d, uint32_t host, const struct te_mirror_list *bad,
                     struct te_err *err)
{
    struct sync *s = d->sync;
    struct receiver *r = &s->to[host];
    int64_t bytes = 0;
    if (s->first <= 0)
        s->first = te_clock_mono();
    if (bad->count == 0)
        return 0;
    if (!r->state && !(r->state = te_zalloc(d->o.n_files, sizeof *r->state, err)))
        return -1;
    r->since = r->moved = te_clock_mono();
    r->peer = d->hosts[host].leader;
    s->next = 0;
    for (uint32_t i = 0; i < bad->count; i++) {
        if (bad->files[i].number >= d->o.n_files)
            return te_err_set(err, TE_ERR_FORMAT, "file %u is not known", bad->files[i].number);
        uint32_t file = s->same[bad->files[i].number];
        if (r->state[file] == RIGHT) {
            r->state[file] = WRONG;
            r->left++;
            bytes += d->o.files[file].bytes;
        }
        if (tell_sched(d, TE_EV_COMING, host, d->o.files[bad->files[i].number].dataset, err) < 0)
            return -1;
    }
    char size[32];
    te_format_size((double)bytes, size, sizeof size);
    te_log(TE_LOG_NOTICE, "host '%s' lacks %zu of %zu dataset files or has others (%s): they come",
           d->hosts[host].name, r->left, d->o.n_files, size);
    return 0;
}

/* Files of a dataset stand side by side. */
static bool is_whole(const struct te_driver *d, const struct receiver *r, size_t file)
{
    const struct te_driver_file *f = d->o.files;
    size_t first = file;
    while (first > 0 && f[first - 1].dataset == f[file].dataset)
        first--;
    for (size_t i = first; i < d->o.n_files && f[i].dataset == f[file].dataset; i++)
        if (r->state[d->sync->same[i]] != RIGHT)
            return false;
    return true;
}

static void tell_end(const struct te_driver *d, uint32_t host)
{
    const struct receiver *r = &d->sync->to[host];
    char size[32], time[32], failed[64] = "";
    te_format_size((double)r->bytes, size, sizeof size);
    te_format_duration(te_clock_mono() - r->since, time, sizeof time);
    if (r->failed)
        snprintf(failed, sizeof failed, "; %zu could not be copied", r->failed);
    te_log(r->failed ? TE_LOG_WARNING : TE_LOG_NOTICE,
           "host '%s': %zu dataset files copied (%s in %s)%s", d->hosts[host].name, r->copied, size,
           time, failed);
}

/* A file has come or never will; every dataset that it belongs to may depend on it. */
static int settle(struct te_driver *d, uint32_t host, uint32_t file, enum state state,
                  struct te_err *err)
{
    struct receiver *r = &d->sync->to[host];
    r->state[file] = (uint8_t)state;
    r->left--;
    r->copied += state == RIGHT;
    r->failed += state == FAILED;
    r->bytes += state == RIGHT ? d->o.files[file].bytes : 0;
    uint32_t i = file;
    do {
        enum te_event_type type = state == FAILED ? TE_EV_LACKS : TE_EV_HAS;
        if ((state == FAILED || is_whole(d, r, i)) &&
            tell_sched(d, type, host, d->o.files[i].dataset, err) < 0)
            return -1;
        i = d->sync->again[i];
    } while (i);
    if (r->left == 0)
        tell_end(d, host);
    return 0;
}

static int fail_file(struct te_driver *d, uint32_t host, uint32_t file, const char *why,
                     struct te_err *err)
{
    d->sync->to[host].takes &= file != d->sync->file;
    driver_warn_file(d, host, d->o.files[file].path, why);
    return settle(d, host, file, FAILED, err);
}

int driver_on_taken(struct te_driver *d, size_t p, const struct te_frame *frame, struct te_err *err)
{
    struct te_taken taken;
    if (te_taken_decode(frame->data, frame->len, &taken, err) < 0)
        return -1;
    uint32_t host = d->peers[p].host;
    struct receiver *r = d->sync && d->peers[p].greeted ? &d->sync->to[host] : NULL;
    int rc =
        driver_step_sched(d, (struct te_event){.type = TE_EV_HEARD, .worker = (uint32_t)p}, err);
    if (rc == 0 && r && r->state && r->peer == p && taken.number < d->o.n_files) {
        bool waited = r->state[taken.number] == WRONG || r->state[taken.number] == SENT;
        r->taken = taken.messages;
        r->moved = te_clock_mono();
        if (waited && taken.state == TE_TAKEN_WHOLE)
            rc = settle(d, host, taken.number, RIGHT, err);
        else if (waited && taken.state == TE_TAKEN_FAILED)
            rc = fail_file(d, host, taken.number, taken.why, err);
    }
    te_taken_release(&taken);
    return rc;
}

/* ---- who is still there ---------------------------------------------------------------------- */

static int give_up(struct te_driver *d, uint32_t host, const char *why, struct te_err *err)
{
    for (uint32_t i = 0; i < d->o.n_files && d->sync->to[host].left; i++) {
        uint8_t state = d->sync->to[host].state[i];
        if ((state == WRONG || state == SENT) && fail_file(d, host, i, why, err) < 0)
            return -1;
    }
    return 0;
}

/* Another rank of the host writes from now on; what the first one had not finished comes again. */
static bool choose_other(struct te_driver *d, uint32_t host)
{
    struct receiver *r = &d->sync->to[host];
    for (size_t p = 0; p < d->n_peers; p++) {
        const struct peer *peer = &d->peers[p];
        if (!peer->greeted || !peer->ready || peer->gone || peer->host != host)
            continue;
        r->peer = p;
        r->sent = r->taken = 0;
        r->takes = false;
        d->sync->next = 0;
        for (size_t i = 0; i < d->o.n_files; i++)
            r->state[i] = r->state[i] == SENT ? WRONG : r->state[i];
        return true;
    }
    return false;
}

static int look_after(struct te_driver *d, uint32_t host, double now, struct te_err *err)
{
    struct receiver *r = &d->sync->to[host];
    if (r->sent == r->taken)
        r->moved = now;
    if (d->peers[r->peer].gone && !choose_other(d, host))
        return give_up(d, host, "its ranks are gone", err);
    if (now - r->moved > patience)
        return give_up(d, host, "it takes nothing any more", err);
    return 0;
}

/* ---- sending --------------------------------------------------------------------------------- */

static bool has_room(const struct te_driver *d, const struct receiver *r)
{
    uint64_t window = ON_THE_WAY / d->n_hosts;
    window = window < WINDOW_LEAST ? WINDOW_LEAST : window > WINDOW_MOST ? WINDOW_MOST : window;
    return r->sent - r->taken < window;
}

static int send_on(struct te_driver *d, struct receiver *r, enum te_msg_type type,
                   struct te_err *err)
{
    r->sent++;
    return driver_send(d, r->peer, type, err);
}

/* The source as it was when it was looked at, or why it is not. */
static int open_source(const struct te_driver_file *f, struct stat *st, struct te_err *why)
{
    te_autofree char *real = te_fs_real(f->path, why);
    int fd = real ? te_fs_open_regular(real, st, why) : -1;
    if (fd < 0 || st->st_size == f->bytes)
        return fd;
    te_fd_cleanup(&fd);
    return te_err_set(why, TE_ERR_CORRUPT, "it has changed at rank 0 since the run began");
}

static bool wants(const struct receiver *r, uint32_t file)
{
    return r->left && r->state[file] == WRONG;
}

static int offer(struct te_driver *d, const struct stat *st, struct te_err *err)
{
    struct sync *s = d->sync;
    const struct te_driver_file *f = &d->o.files[s->file];
    struct te_file_head head = {.number = s->file,
                                .path = f->path,
                                .roots = (char *)(uintptr_t)d->o.roots,
                                .bytes = f->bytes,
                                .mode = st->st_mode & 0777,
                                .boot_id = s->boot_id,
                                .device = st->st_dev,
                                .inode = st->st_ino};
    memcpy(head.sha256, f->sha256, sizeof head.sha256);
    te_buf_clear(&d->payload);
    te_file_head_encode(&head, &d->payload);
    for (uint32_t h = 0; h < d->n_hosts; h++) {
        struct receiver *r = &s->to[h];
        r->takes = wants(r, s->file) && has_room(d, r);
        if (!r->takes)
            continue;
        r->blocked = 0;
        r->state[s->file] = SENT;
        if (send_on(d, r, TE_MSG_FILE, err) < 0)
            return -1;
    }
    return 0;
}

static int fail_everywhere(struct te_driver *d, const char *why, struct te_err *err)
{
    struct sync *s = d->sync;
    te_fd_cleanup(&s->fd);
    for (uint32_t h = 0; h < d->n_hosts; h++) {
        const struct receiver *r = &s->to[h];
        if (r->left && (r->state[s->file] == WRONG || r->takes) &&
            fail_file(d, h, s->file, why, err) < 0)
            return -1;
    }
    return 0;
}

/* Is a host with room for this file there, and is none without worth waiting for? */
static bool may_begin(struct te_driver *d, uint32_t file, double passed, bool *wait)
{
    bool ready = false;
    for (uint32_t h = 0; h < d->n_hosts; h++)
        ready |= wants(&d->sync->to[h], file) && has_room(d, &d->sync->to[h]);
    for (uint32_t h = 0; ready && h < d->n_hosts; h++) {
        struct receiver *r = &d->sync->to[h];
        if (!wants(r, file) || has_room(d, r))
            continue;
        r->blocked += passed;
        *wait |= r->blocked < wait_for_slow;
    }
    return ready && !*wait;
}

/* 1: a file is begun, 0: no host wants one now. */
static int begin_file(struct te_driver *d, double passed, struct te_err *err)
{
    struct sync *s = d->sync;
    bool leading = true, wait = false;
    for (uint32_t i = s->next; i < d->o.n_files && !wait; i++) {
        for (uint32_t h = 0; h < d->n_hosts; h++)
            leading &= !wants(&s->to[h], i);
        if (leading)
            s->next = i + 1;
        if (leading || !may_begin(d, i, passed, &wait))
            continue;
        struct te_err why = TE_ERR_INIT;
        struct stat st;
        s->file = i;
        s->at = 0;
        s->begun = te_clock_mono();
        s->fd = open_source(&d->o.files[i], &st, &why);
        return (s->fd < 0 ? fail_everywhere(d, why.text, err) : offer(d, &st, err)) < 0 ? -1 : 1;
    }
    return 0;
}

static int send_piece(struct te_driver *d, struct te_err *err)
{
    struct sync *s = d->sync;
    int64_t left = d->o.files[s->file].bytes - s->at;
    size_t len = left < PIECE ? (size_t)left : PIECE;
    ssize_t n = pread(s->fd, s->piece, len, s->at);
    if (n != (ssize_t)len)
        return fail_everywhere(d, "it cannot be read at rank 0", err);
    struct te_file_piece piece = {
        .number = s->file, .offset = s->at, .count = len, .bytes = s->piece};
    te_buf_clear(&d->payload);
    te_file_piece_encode(&piece, &d->payload);
    s->at += (int64_t)len;
    s->read += (int64_t)len;
    for (uint32_t h = 0; h < d->n_hosts; h++) {
        if (!s->to[h].takes)
            continue;
        s->sent += (int64_t)len;
        if (send_on(d, &s->to[h], TE_MSG_PIECE, err) < 0)
            return -1;
    }
    return 0;
}

/* May the next piece go? Who keeps others waiting too long gets the file from its start later. */
static bool may_go(struct te_driver *d, double passed)
{
    struct sync *s = d->sync;
    size_t ready = 0, full = 0;
    for (uint32_t h = 0; h < d->n_hosts; h++) {
        ready += s->to[h].takes && has_room(d, &s->to[h]);
        full += s->to[h].takes && !has_room(d, &s->to[h]);
    }
    for (uint32_t h = 0; ready && full && h < d->n_hosts; h++) {
        struct receiver *r = &s->to[h];
        if (!r->takes || has_room(d, r))
            continue;
        r->blocked += passed;
        if (r->blocked < wait_for_slow ||
            r->blocked < share_for_slow * (te_clock_mono() - s->begun))
            continue;
        r->takes = false;
        r->state[s->file] = WRONG;
        s->next = 0;
        full--;
        te_log(TE_LOG_INFO, "host '%s' is slow: it gets '%s' later", d->hosts[h].name,
               d->o.files[s->file].path);
    }
    return ready && !full;
}

static bool nobody_takes(const struct te_driver *d)
{
    for (uint32_t h = 0; h < d->n_hosts; h++)
        if (d->sync->to[h].takes)
            return false;
    return true;
}

/* 1: something went out, 0: nothing may now. */
static int send_next(struct te_driver *d, double passed, struct te_err *err)
{
    struct sync *s = d->sync;
    if (s->fd >= 0 && (s->at >= d->o.files[s->file].bytes || nobody_takes(d)))
        te_fd_cleanup(&s->fd);
    if (s->fd < 0)
        return begin_file(d, passed, err);
    if (!may_go(d, passed))
        return 0;
    return send_piece(d, err) < 0 ? -1 : 1;
}

/* Do all hosts have told what they lack? */
static bool is_gathered(const struct te_driver *d, double now)
{
    size_t open = 0;
    for (size_t h = 0; h < d->n_hosts; h++)
        open += !d->hosts[h].checked && d->hosts[h].leader != SIZE_MAX &&
                !d->peers[d->hosts[h].leader].gone;
    return open == 0 || now - d->sync->first > gather;
}

int driver_sync_step(struct te_driver *d, double now, bool *more, struct te_err *err)
{
    struct sync *s = d->sync;
    size_t left = 0;
    for (uint32_t h = 0; h < d->n_hosts; h++) {
        if (s->to[h].left && look_after(d, h, now, err) < 0)
            return -1;
        left += s->to[h].left;
    }
    double passed = now - s->last_step;
    s->last_step = now;
    if (!left || !is_gathered(d, now))
        return 0;
    int sent = 1;
    for (int i = 0; i < PIECES_PER_STEP && sent > 0; i++) {
        sent = send_next(d, i == 0 && passed < 1 ? passed : 0, err);
        if (sent < 0)
            return -1;
    }
    *more = sent > 0;
    return 0;
}
