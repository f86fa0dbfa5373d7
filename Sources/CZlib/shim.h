#pragma once
#include <zlib.h>

// inflateInit2 is a macro over the header's own version and size.
static inline int signet_inflate_start(z_stream *stream, int window_bits) { return inflateInit2(stream, window_bits); }
