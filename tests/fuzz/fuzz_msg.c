/* Every decoder of core/msg on arbitrary bytes: the first one chooses. What decodes must encode to
 * the same bytes again. */
#include <stdlib.h>
#include <string.h>
#include "te/base/max.h"
#include "te/core/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TRY(type, prefix, release)                                                                 \
    {                                                                                              \
        struct type v;                                                                             \
        if (prefix##_decode(data, size, &v, &err) == 0) {                                          \
            prefix##_encode(&v, &buf);                                                             \
            release(&v);                                                                           \
        }                                                                                          \
        break;                                                                                     \
    }
#define NOTHING(v) (void)(v)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct te_err err = TE_ERR_INIT;
    struct te_buf buf;
    if (size < 1)
        return 0;
    unsigned which = data[0] % 16;
    data++;
    size--;
    te_buf_init(&buf, TE_MAX_MESSAGE);
    switch (which) {
    case 0:
        TRY(te_hello, te_hello, te_hello_release)
    case 1:
        TRY(te_place, te_place, te_place_release)
    case 2:
        TRY(te_mirror_list, te_mirror_list, te_mirror_list_release)
    case 3:
        TRY(te_task, te_task, te_task_release)
    case 4:
        TRY(te_result, te_result, te_result_release)
    case 5:
        TRY(te_task_ref, te_task_ref, NOTHING)
    case 6:
        TRY(te_bye, te_bye, te_bye_release)
    case 7:
        TRY(te_rec_header, te_rec_header, te_rec_header_release)
    case 8:
        TRY(te_rec_epoch, te_rec_epoch, te_rec_epoch_release)
    case 9:
        TRY(te_rec_assign, te_rec_assign, te_rec_assign_release)
    case 10:
        TRY(te_rec_result, te_rec_result, te_rec_result_release)
    case 11:
        TRY(te_rec_note, te_rec_note, te_rec_note_release)
    case 12:
        TRY(te_file_head, te_file_head, te_file_head_release)
    case 13:
        TRY(te_file_piece, te_file_piece, NOTHING)
    case 14:
        TRY(te_taken, te_taken, te_taken_release)
    default: {
        struct te_frame frame;
        size_t used;
        if (te_frame_decode(data, size, &frame, &used, &err) == 0 && used > size)
            abort();
    }
    }
    te_buf_release(&buf);
    return 0;
}
