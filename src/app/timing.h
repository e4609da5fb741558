/* How ranks know that others live; in seconds. */
#ifndef TE_SRC_APP_TIMING_H
#define TE_SRC_APP_TIMING_H

enum {
    TE_HEARTBEAT = 1, /* between two signs of life, both ways, from the first moment on */
    TE_SILENCE = 20   /* without a word from rank 0: a worker leaves */
};

#endif
