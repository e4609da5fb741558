/*
 * The transport over MPI, and the only place that knows it. Point to point only, nothing blocks
 * after MPI_Init: a rank may die at any moment and nobody is told. Waiting is probing with sleeps
 * that grow, for a rank that spins would take a core from the container it measures.
 */
#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "interfaces.h"
#include "te/base/clock.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/net/transport.h"

/* TOGETHER: bytes of small frames in one message; just below what Open MPI sends eagerly through
 * shared memory: more would need an answer before it goes. */
enum { TAG = 7, TOGETHER = 4000 };
static const size_t incoming_most = 256 * TE_MIB; /* bytes: beyond that no more is begun */
static const double sleep_least = 20e-6, sleep_most = 5e-3;
static const double first_word_after = 1; /* s from MPI_Init */

struct pending {
    MPI_Request request;
    unsigned char *data;
    int to;
};

struct parcel { /* frames for one peer that wait for the next push */
    int to;
    unsigned char *data;
    size_t len, room; /* room: for further small frames */
};

struct incoming { /* its head has come, the rest is on its way */
    MPI_Request request;
    unsigned char *data;
    size_t len;
    int from;
};

struct mpi {
    struct te_transport base;
    struct incoming *comes; /* in the order of their heads */
    size_t n_comes, comes_cap, comes_bytes;
    struct pending *sends;
    size_t n_sends, cap;
    bool *forgotten;
    /* Rank 0 speaks to nobody who has not spoken: until then a rank may be inside MPI_Init, and a
     * message that comes there in the wrong moment crashes it. */
    bool *heard;
    size_t n_unheard;
    struct parcel *parcels;
    size_t n_parcels, parcels_cap;
    size_t *latest; /* by peer: number, from 1, of its last parcel if that has room; 0: none */
};

static char library[128];

const char *te_mpi_name(void)
{
    return library;
}

bool te_mpi_launched(void)
{
    static const char *const signs[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (getenv(signs[i]))
            return true;
    return false;
}

static int failed(const char *what, int rc, struct te_err *err)
{
    char why[MPI_MAX_ERROR_STRING] = "";
    int len = 0;
    if (MPI_Error_string(rc, why, &len) != MPI_SUCCESS)
        len = 0;
    return te_err_set(err, TE_ERR_INFRA, "%s: %.*s", what, len, why);
}

/* Frees what has gone; what is for somebody forgotten is left alone for ever. */
static int reap_sends(struct mpi *m, struct te_err *err)
{
    for (size_t i = 0; i < m->n_sends;) {
        int done = 0;
        if (m->forgotten[m->sends[i].to]) {
            m->sends[i] = m->sends[--m->n_sends];
            continue;
        }
        int rc = MPI_Test(&m->sends[i].request, &done, MPI_STATUS_IGNORE);
        if (rc != MPI_SUCCESS)
            return failed("MPI_Test", rc, err);
        if (!done) {
            i++;
            continue;
        }
        te_free(m->sends[i].data);
        m->sends[i] = m->sends[--m->n_sends];
    }
    return 0;
}

/* Owns data. */
static int post(struct mpi *m, int to, unsigned char *data, size_t len, struct te_err *err)
{
    if (len > TE_MAX_MESSAGE || te_grow(&m->sends, &m->cap, m->n_sends + 1, sizeof *m->sends,
                                        TE_MAX_EXPERIMENTS, err) < 0) {
        te_free(data);
        return len > TE_MAX_MESSAGE
                   ? te_err_set(err, TE_ERR_INTERNAL, "message of %zu bytes is too long", len)
                   : -1;
    }
    struct pending *p = &m->sends[m->n_sends];
    *p = (struct pending){.data = data, .to = to};
    int rc = MPI_Isend(data, (int)len, MPI_BYTE, to, TAG, MPI_COMM_WORLD, &p->request);
    if (rc != MPI_SUCCESS) {
        te_free(data);
        return failed("MPI_Isend", rc, err);
    }
    m->n_sends++;
    return 0;
}

static int add_parcel(struct mpi *m, struct parcel parcel, struct te_err *err)
{
    if (!parcel.data || te_grow(&m->parcels, &m->parcels_cap, m->n_parcels + 1, sizeof parcel,
                                TE_MAX_EXPERIMENTS, err) < 0) {
        te_free(parcel.data);
        return -1;
    }
    m->parcels[m->n_parcels++] = parcel;
    m->latest[parcel.to] = parcel.room ? m->n_parcels : 0;
    return 0;
}

static int mpi_send(struct te_transport *t, int to, struct te_buf *frame, struct te_err *err)
{
    struct mpi *m = (struct mpi *)t;
    size_t len = frame->len, latest = m->latest[to];
    if (m->forgotten[to]) {
        te_buf_clear(frame);
        return 0;
    }
    if (len > TOGETHER)
        return add_parcel(m, (struct parcel){to, (unsigned char *)te_buf_take(frame, err), len, 0},
                          err);
    if ((latest == 0 || m->parcels[latest - 1].room < len) &&
        add_parcel(m, (struct parcel){to, te_alloc(TOGETHER, err), 0, TOGETHER}, err) < 0)
        return -1;
    struct parcel *p = &m->parcels[m->latest[to] - 1];
    memcpy(p->data + p->len, frame->data, len);
    p->len += len;
    p->room -= len;
    te_buf_clear(frame);
    return 0;
}

/* Takes the head of a message; the rest comes while others do. If its sender dies it never does. */
static int begin_fetch(struct mpi *m, MPI_Message *message, const MPI_Status *status,
                       struct te_err *err)
{
    int len = 0;
    int rc = MPI_Get_count(status, MPI_BYTE, &len);
    if (rc != MPI_SUCCESS || len < 0)
        return failed("MPI_Get_count", rc, err);
    if (te_grow(&m->comes, &m->comes_cap, m->n_comes + 1, sizeof *m->comes, TE_MAX_EXPERIMENTS,
                err) < 0)
        return -1;
    struct incoming *in = &m->comes[m->n_comes];
    *in = (struct incoming){.len = (size_t)len, .from = status->MPI_SOURCE};
    in->data = te_alloc((size_t)len + 1, err);
    if (!in->data)
        return -1;
    rc = MPI_Imrecv(in->data, len, MPI_BYTE, message, &in->request);
    if (rc != MPI_SUCCESS) {
        te_free(in->data);
        return failed("MPI_Imrecv", rc, err);
    }
    m->n_comes++;
    m->comes_bytes += in->len;
    m->n_unheard -= !m->heard[in->from];
    m->heard[in->from] = true;
    return 0;
}

static void drop_incoming(struct mpi *m, size_t i)
{
    m->comes_bytes -= m->comes[i].len;
    memmove(&m->comes[i], &m->comes[i + 1], (m->n_comes - i - 1) * sizeof *m->comes);
    m->n_comes--;
}

static bool is_first_of_sender(const struct mpi *m, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (m->comes[k].from == m->comes[i].from)
            return false;
    return true;
}

/* 1: one is whole, and all that its sender sent before has been handed out. */
static int end_fetch(struct mpi *m, struct te_packet *out, struct te_err *err)
{
    for (size_t i = 0; i < m->n_comes;) {
        struct incoming in = m->comes[i];
        int done = 0;
        int rc = is_first_of_sender(m, i) ? MPI_Test(&m->comes[i].request, &done, MPI_STATUS_IGNORE)
                                          : MPI_SUCCESS;
        if (rc != MPI_SUCCESS)
            return failed("MPI_Test", rc, err);
        if (m->forgotten[in.from]) {
            drop_incoming(m, i);
            if (done)
                te_free(in.data); /* else it stays MPI's */
            continue;
        }
        if (done) {
            drop_incoming(m, i);
            *out = (struct te_packet){in.from, in.data, in.len};
            return 1;
        }
        i++;
    }
    return 0;
}

/* Asked twice: the first probe looks and then makes progress, the second sees what that brought. */
static int probe(int *found, MPI_Message *message, MPI_Status *status, struct te_err *err)
{
    *found = 0;
    for (int i = 0; i < 2 && !*found; i++) {
        int rc = MPI_Improbe(MPI_ANY_SOURCE, TAG, MPI_COMM_WORLD, found, message, status);
        if (rc != MPI_SUCCESS)
            return failed("MPI_Improbe", rc, err);
    }
    return 0;
}

/* Heads of all messages that have come; nothing is handed out. */
static int listen(struct mpi *m, struct te_err *err)
{
    int found = 1;
    while (found && m->comes_bytes < incoming_most) {
        MPI_Message message;
        MPI_Status status;
        if (probe(&found, &message, &status, err) < 0 ||
            (found && begin_fetch(m, &message, &status, err) < 0))
            return -1;
    }
    return 0;
}

static int mpi_push(struct te_transport *t, struct te_err *err)
{
    struct mpi *m = (struct mpi *)t;
    size_t kept = 0;
    int rc = m->n_parcels > 0 && m->n_unheard > 0 ? listen(m, err) : 0;
    for (size_t i = 0; i < m->n_parcels; i++) {
        struct parcel p = m->parcels[i];
        m->latest[p.to] = 0;
        if (rc < 0 || m->forgotten[p.to]) {
            te_free(p.data);
        } else if (m->heard[p.to]) {
            rc = post(m, p.to, p.data, p.len, err);
        } else {
            m->parcels[kept++] = p;
            m->latest[p.to] = p.room ? kept : 0;
        }
    }
    m->n_parcels = kept;
    return rc;
}

static int mpi_receive(struct te_transport *t, double wait, struct te_packet *out,
                       struct te_err *err)
{
    struct mpi *m = (struct mpi *)t;
    double deadline = wait > 0 ? te_clock_mono() + wait : 0, pause = sleep_least;
    for (;;) {
        int got = m->n_comes > 0 ? end_fetch(m, out, err) : 0;
        if (got != 0)
            return got;
        size_t before = m->n_comes;
        if (listen(m, err) < 0)
            return -1;
        if (m->n_comes > before)
            continue;
        if (mpi_push(t, err) < 0 || (m->n_sends > 0 && reap_sends(m, err) < 0))
            return -1;
        double left = wait > 0 ? deadline - te_clock_mono() : 0;
        if (left <= 0)
            return 0;
        te_clock_sleep(pause < left ? pause : left, 0);
        pause = pause * 2 > sleep_most ? sleep_most : pause * 2;
    }
}

static void mpi_forget(struct te_transport *t, int peer)
{
    ((struct mpi *)t)->forgotten[peer] = true;
}

static int mpi_flush(struct te_transport *t, double wait, struct te_err *err)
{
    struct mpi *m = (struct mpi *)t;
    double deadline = te_clock_mono() + wait;
    for (;;) {
        if (mpi_push(t, err) < 0 || reap_sends(m, err) < 0)
            return -1;
        if (m->n_sends + m->n_parcels == 0 || te_clock_mono() > deadline)
            return 0;
        te_clock_sleep(1e-3, 1);
    }
}

/* Buffers that MPI may still read stay: the process ends next. */
static void mpi_close(struct te_transport *t)
{
    struct mpi *m = (struct mpi *)t;
    for (size_t i = 0; i < m->n_parcels; i++)
        te_free(m->parcels[i].data);
    te_free(m->parcels);
    te_free(m->latest);
    te_free(m->heard);
    te_free(m->comes);
    te_free(m->sends);
    te_free(m->forgotten);
    te_free(m);
}

static const struct te_transport_class mpi_class = {mpi_send,   mpi_push,  mpi_receive,
                                                    mpi_forget, mpi_flush, mpi_close};

static int choose_interfaces(struct te_err *err)
{
    static const char *const keys[] = {"OMPI_MCA_btl_tcp_if_exclude",
                                       "OMPI_MCA_btl_tcp_if_include"};
    if (getenv(keys[0]) || getenv(keys[1]))
        return 0; /* the user chose */
    te_autofree char *list = te_interfaces_exclude(err);
    if (!list)
        return -1;
    if (*list && setenv(keys[0], list, 0) != 0)
        return te_err_sys(err, TE_ERR_INTERNAL, "cannot set %s", keys[0]);
    return 0;
}

/* srun, and no mpirun between. */
static bool started_directly(void)
{
    return getenv("PMIX_RANK") && !getenv("OMPI_COMM_WORLD_SIZE");
}

static int start(struct te_err *err)
{
    char version[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int len = 0, rc, provided = MPI_THREAD_SINGLE;
    /* metrics of long series and rank 0's preparations have threads; none of them calls MPI */
    if ((rc = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided)) != MPI_SUCCESS)
        return failed("MPI_Init_thread", rc, err);
    if (provided < MPI_THREAD_FUNNELED)
        return te_err_set(err, TE_ERR_INFRA, "this MPI library allows no threads");
    if ((rc = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN)) != MPI_SUCCESS)
        return failed("MPI_Comm_set_errhandler", rc, err);
    if (MPI_Get_library_version(version, &len) == MPI_SUCCESS)
        snprintf(library, sizeof library, "%.*s", (int)strcspn(version, ","), version);
    return 0;
}

int te_mpi_open(struct te_transport **out, struct te_err *err)
{
    int rank, size, rc;
    if (choose_interfaces(err) < 0 || start(err) < 0)
        return -1;
    if ((rc = MPI_Comm_rank(MPI_COMM_WORLD, &rank)) != MPI_SUCCESS ||
        (rc = MPI_Comm_size(MPI_COMM_WORLD, &size)) != MPI_SUCCESS)
        return failed("MPI_COMM_WORLD", rc, err);
    struct mpi *m = te_zalloc(1, sizeof *m, err);
    if (!m)
        return -1;
    m->base = (struct te_transport){&mpi_class, rank, size};
    m->forgotten = te_zalloc((size_t)size, sizeof *m->forgotten, err);
    m->latest = m->forgotten ? te_zalloc((size_t)size, sizeof *m->latest, err) : NULL;
    m->heard = m->latest ? te_zalloc((size_t)size, sizeof *m->heard, err) : NULL;
    for (int i = 0; m->heard && i < size; i++) {
        m->heard[i] = rank != 0 || i == 0;
        m->n_unheard += !m->heard[i];
    }
    if (!m->heard) {
        mpi_close(&m->base);
        return -1;
    }
    /* Under srun on a crowded host the barrier of MPI_Init has let workers out before rank 0 was
     * ready to hear them, which crashes it. */
    if (rank != 0 && started_directly())
        te_clock_sleep(first_word_after, 1);
    *out = &m->base;
    return 0;
}

static volatile sig_atomic_t status_at_alarm;

static void on_alarm(int number)
{
    (void)number;
    _exit(status_at_alarm);
}

int te_mpi_finalize(unsigned patience, int status, struct te_err *err)
{
    struct sigaction act;
    memset(&act, 0, sizeof act);
    act.sa_handler = on_alarm;
    status_at_alarm = status;
    if (sigaction(SIGALRM, &act, NULL) != 0)
        return te_err_sys(err, TE_ERR_INTERNAL, "cannot handle signal %d", SIGALRM);
    alarm(patience);
    int rc = MPI_Finalize();
    alarm(0);
    return rc == MPI_SUCCESS ? 0 : failed("MPI_Finalize", rc, err);
}
