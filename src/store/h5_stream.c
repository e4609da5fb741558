#include "h5_stream.h"

#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"

enum { HASH_BLOCK = 1024 * 1024 };

void te_h5_stream_init(struct te_h5_stream *stream)
{
    *stream = (struct te_h5_stream){.set = -1, .memory_type = -1};
}

void te_h5_stream_close(struct te_h5_stream *stream)
{
    te_h5_close_set(&stream->set);
    te_h5_close_type(&stream->memory_type);
    te_sha256_free(stream->sha);
    te_free(stream->block);
    te_h5_stream_init(stream);
}

static hid_t chunked(size_t chunk, const char *path, struct te_err *err)
{
    hsize_t dims[1] = {chunk};
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    if (plist < 0 || H5Pset_chunk(plist, 1, dims) < 0 || H5Pset_shuffle(plist) < 0 ||
        H5Pset_deflate(plist, 1) < 0 || H5Pset_fletcher32(plist) < 0 ||
        H5Pset_fill_time(plist, H5D_FILL_TIME_NEVER) < 0) {
        te_h5_fail(err, "cannot set filters of", path);
        te_h5_close_plist(&plist);
    }
    return plist;
}

static int create(hid_t file, const char *path, hid_t file_type, struct te_h5_stream *s,
                  struct te_err *err)
{
    hsize_t none[1] = {0}, any[1] = {H5S_UNLIMITED};
    te_cleanup(te_h5_close_plist) hid_t plist = chunked(s->chunk, path, err);
    te_cleanup(te_h5_close_space) hid_t space = H5Screate_simple(1, none, any);
    if (plist < 0)
        return -1;
    s->set = H5Dcreate2(file, path, file_type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    if (s->set < 0)
        return te_h5_fail(err, "cannot make data set", path);
    s->block = te_alloc(s->chunk * s->size, err);
    if (s->block)
        s->sha = te_sha256_new(err);
    return s->sha ? 0 : -1;
}

int te_h5_stream_create(hid_t file, const char *path, hid_t file_type, hid_t memory_type,
                        size_t chunk, struct te_h5_stream *out, struct te_err *err)
{
    struct te_h5_stream s;
    te_h5_stream_init(&s);
    s.memory_type = memory_type;
    s.chunk = chunk;
    snprintf(s.path, sizeof s.path, "%s", path);
    s.size = memory_type < 0 ? 0 : H5Tget_size(memory_type);
    if (s.size == 0)
        te_h5_fail(err, "no type for", path);
    if (s.size == 0 || create(file, path, file_type, &s, err) < 0) {
        te_h5_stream_close(&s);
        return -1;
    }
    *out = s;
    return 0;
}

/* Elements that are in the block go behind those that are in the file. */
static int flush(struct te_h5_stream *s, struct te_err *err)
{
    hsize_t first[1] = {s->total - s->fill}, count[1] = {s->fill}, whole[1] = {s->total};
    if (s->fill == 0)
        return 0;
    if (te_sha256_add(s->sha, s->block, s->fill * s->size, err) < 0)
        return -1;
    if (H5Dset_extent(s->set, whole) < 0)
        return te_h5_fail(err, "cannot extend data set", s->path);
    te_cleanup(te_h5_close_space) hid_t space = H5Dget_space(s->set);
    te_cleanup(te_h5_close_space) hid_t memory = H5Screate_simple(1, count, NULL);
    if (space < 0 || H5Sselect_hyperslab(space, H5S_SELECT_SET, first, NULL, count, NULL) < 0 ||
        H5Dwrite(s->set, s->memory_type, memory, space, H5P_DEFAULT, s->block) < 0)
        return te_h5_fail(err, "cannot write data set", s->path);
    s->fill = 0;
    return 0;
}

int te_h5_stream_append(struct te_h5_stream *stream, const void *data, size_t count,
                        struct te_err *err)
{
    const unsigned char *from = data;
    while (count > 0) {
        size_t n = stream->chunk - stream->fill < count ? stream->chunk - stream->fill : count;
        memcpy(stream->block + stream->fill * stream->size, from, n * stream->size);
        stream->fill += n;
        stream->total += n;
        from += n * stream->size;
        count -= n;
        if (stream->fill == stream->chunk && flush(stream, err) < 0)
            return -1;
    }
    return 0;
}

int te_h5_stream_finish(struct te_h5_stream *stream, struct te_err *err)
{
    char hex[2 * TE_HASH_SHA256_BYTES + 1];
    if (flush(stream, err) < 0 || te_sha256_end(stream->sha, hex, err) < 0)
        return -1;
    return te_h5_set_text(stream->set, "sha256", hex, err);
}

void te_h5_view_init(struct te_h5_view *view)
{
    *view = (struct te_h5_view){.set = -1, .memory_type = -1};
}

void te_h5_view_close(struct te_h5_view *view)
{
    te_h5_close_set(&view->set);
    te_h5_close_type(&view->memory_type);
    te_h5_view_init(view);
}

static hid_t native_type(hid_t set)
{
    te_cleanup(te_h5_close_type) hid_t type = H5Dget_type(set);
    if (type < 0)
        return -1;
    /* A compound stays packed as the file has it: its digest is over those bytes. */
    if (H5Tget_class(type) == H5T_COMPOUND || H5Tget_class(type) == H5T_STRING)
        return H5Tcopy(type);
    return H5Tget_native_type(type, H5T_DIR_ASCEND);
}

int te_h5_view_open(hid_t file, const char *path, hid_t memory_type, struct te_h5_view *out,
                    struct te_err *err)
{
    struct te_h5_view v;
    te_h5_view_init(&v);
    v.memory_type = memory_type;
    snprintf(v.path, sizeof v.path, "%s", path);
    v.set = H5Dopen2(file, path, H5P_DEFAULT);
    if (v.set >= 0 && v.memory_type < 0)
        v.memory_type = native_type(v.set);
    te_cleanup(te_h5_close_space) hid_t space = v.set < 0 ? -1 : H5Dget_space(v.set);
    if (space < 0 || v.memory_type < 0) {
        te_h5_fail(err, "cannot open data set", path);
    } else if (H5Sget_simple_extent_ndims(space) > 1) {
        te_err_set(err, TE_ERR_FORMAT, "data set '%s' has more than one dimension", path);
    } else {
        v.count = (uint64_t)H5Sget_simple_extent_npoints(space);
        v.size = H5Tget_size(v.memory_type);
        *out = v;
        return 0;
    }
    te_h5_view_close(&v);
    return -1;
}

int te_h5_view_read(const struct te_h5_view *view, uint64_t first, uint64_t count, void *out,
                    struct te_err *err)
{
    hsize_t from[1] = {first}, n[1] = {count};
    if (first > view->count || count > view->count - first)
        return te_err_set(err, TE_ERR_FORMAT, "elements %llu..%llu of data set '%s' are not there",
                          (unsigned long long)first, (unsigned long long)(first + count),
                          view->path);
    if (count == 0)
        return 0;
    te_cleanup(te_h5_close_space) hid_t space = H5Dget_space(view->set);
    te_cleanup(te_h5_close_space) hid_t memory = H5Screate_simple(1, n, NULL);
    bool scalar = space >= 0 && H5Sget_simple_extent_ndims(space) == 0;
    if (space < 0 || memory < 0 ||
        (!scalar && H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, n, NULL) < 0) ||
        H5Dread(view->set, view->memory_type, memory, space, H5P_DEFAULT, out) < 0)
        return te_h5_fail(err, "cannot read data set", view->path);
    return 0;
}

int te_h5_view_hash(const struct te_h5_view *view, char hex[2 * TE_HASH_SHA256_BYTES + 1],
                    struct te_err *err)
{
    if (view->size > TE_MAX_MESSAGE)
        return te_err_set(err, TE_ERR_LIMIT, "elements of '%s' have %zu bytes", view->path,
                          view->size);
    uint64_t step = view->size < HASH_BLOCK ? HASH_BLOCK / view->size : 1;
    te_autofree unsigned char *block = te_alloc((size_t)step * view->size, err);
    te_cleanup(te_sha256_cleanup) struct te_sha256 *sha = block ? te_sha256_new(err) : NULL;
    if (!sha)
        return -1;
    for (uint64_t at = 0; at < view->count; at += step) {
        uint64_t n = view->count - at < step ? view->count - at : step;
        if (te_h5_view_read(view, at, n, block, err) < 0 ||
            te_sha256_add(sha, block, (size_t)n * view->size, err) < 0)
            return -1;
    }
    return te_sha256_end(sha, hex, err);
}
