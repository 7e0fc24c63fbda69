/* The functions by which a program locks a share handle. libcurl keeps them, and
 * calls them whenever it closes what uses the handle: at the program's end that
 * would be code of the program's whose memory may be gone. So libcurl gets one
 * of ours for each, which calls on, but not while leaks are closed: then no
 * other thread uses the share.
 *
 * Layer:   13
 * Threads: any.
 * Memory:  static: 16 different functions of each sort.
 * Fails:   what there is no room for is the program's function itself.
 */
#ifndef SG_CURL_LOCKS_H
#define SG_CURL_LOCKS_H

#include <curl/curl.h>

/* What libcurl gets in place of a function that the program gives it for
 * CURLSHOPT_LOCKFUNC and CURLSHOPT_UNLOCKFUNC: curl_share_setopt(3). NULL for NULL. */
curl_lock_function sg_curl_lock(curl_lock_function own);
curl_unlock_function sg_curl_unlock(curl_unlock_function own);

#endif
