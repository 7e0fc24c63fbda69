/* How leaked handles of libcurl are closed, in peace: nothing is written or
 * printed, and nothing of the program's is called.
 *
 * Layer:   13
 * Threads: the closing thread of auto-close.
 * Memory:  none.
 * Fails:   says why.
 */
#ifndef SG_CURL_CLOSE_H
#define SG_CURL_CLOSE_H

#include "kind.h"

sg_kind_close sg_curl_close_easy, sg_curl_close_multi, sg_curl_close_share;

#endif
