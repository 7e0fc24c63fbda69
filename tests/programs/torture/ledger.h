/* What the program itself knows to have opened and closed, for each function
 * that opens: the report must say the same. Counters are atomic, as signal
 * handlers count too. A site called `many_...` is reached by more stacks than
 * one, so the report has it in several places. */
#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>

/* Name of the function that opens, kind. */
#define LEDGER_SITES(S)                                                                                      \
    S(easy_here, "curl.easy")                                                                                \
    S(easy_copied, "curl.easy")                                                                              \
    S(easy_for_multi, "curl.easy")                                                                           \
    S(easy_for_share, "curl.easy")                                                                           \
    S(easy_to_pass, "curl.easy")                                                                             \
    S(multi_here, "curl.multi")                                                                              \
    S(share_here, "curl.share")                                                                              \
    S(flood_here, "curl.easy")                                                                               \
    S(socket_here, "socket")                                                                                 \
    S(pair_here, "socket")                                                                                   \
    S(listener_here, "socket")                                                                               \
    S(connecting_here, "socket")                                                                             \
    S(accepted_here, "socket")                                                                               \
    S(accepted_or_cancelled, "socket")                                                                       \
    S(dup_here, "socket")                                                                                    \
    S(dup2_over, "socket")                                                                                   \
    S(dup3_over, "socket")                                                                                   \
    S(fcntl_copied, "socket")                                                                                \
    S(dup2_in_range, "socket")                                                                               \
    S(socket_in_range, "socket")                                                                             \
    S(pair_for_rights, "socket")                                                                             \
    S(stream_refused, "socket")                                                                              \
    S(listener_to_cancel, "socket")                                                                          \
    S(connecting_to_cancelled, "socket")                                                                     \
    S(received_here, "socket")                                                                               \
    S(stream_here, "socket")                                                                                 \
    S(socket_to_pass, "socket")                                                                              \
    S(many_in_handler, "socket")                                                                             \
    S(many_plugin_0, "curl.easy")                                                                            \
    S(many_plugin_1, "curl.easy")                                                                            \
    S(many_plugin_2, "curl.easy")                                                                            \
    S(many_plugin_3, "curl.easy")                                                                            \
    S(many_plugin_4, "curl.easy")                                                                            \
    S(many_plugin_5, "curl.easy")                                                                            \
    S(many_plugin_6, "curl.easy")                                                                            \
    S(many_plugin_7, "curl.easy")                                                                            \
    S(many_small_0, "curl.easy")                                                                             \
    S(many_small_1, "curl.easy")                                                                             \
    S(child_easy, "curl.easy")                                                                               \
    S(child_share, "curl.share")                                                                             \
    S(child_socket, "socket")                                                                                \
    S(child_pair, "socket")

#define LEDGER_NUMBER(name, kind) AT_##name,
enum site { LEDGER_SITES(LEDGER_NUMBER) LEDGER_COUNT };

void ledger_opened(enum site site, unsigned count);
void ledger_closed(enum site site, unsigned count);

/* Takes one of the few leaks that a site may have; false when it had them. */
bool ledger_leak(enum site site, unsigned most);

bool ledger_is_socket(enum site site);

/* A forked child begins with nothing. */
void ledger_reset(void);

/* Appends what a report of this process must say. */
void ledger_write(const char *path);

/* Counts a program that was started and is watched: it reports that it opened
 * nothing. */
void ledger_started_program(void);

#endif
