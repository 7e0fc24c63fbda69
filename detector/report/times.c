#include "times.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *print(char buffer[SG_TIMES_SIZE], const struct tm *date, const char *format,
                         uint64_t real_ns, const char *end)
{
    size_t length = strftime(buffer, SG_TIMES_SIZE - 8, format, date);
    unsigned milliseconds = (unsigned)(real_ns / 1000000U % 1000U);
    snprintf(buffer + length, SG_TIMES_SIZE - length, ".%03u%s", milliseconds, end);
    return buffer;
}

const char *sg_times_utc(char buffer[SG_TIMES_SIZE], uint64_t real_ns)
{
    time_t seconds = (time_t)(real_ns / 1000000000U);
    struct tm date;
    if (!gmtime_r(&seconds, &date))
        return "?";
    return print(buffer, &date, "%Y-%m-%dT%H:%M:%S", real_ns, "Z");
}

const char *sg_times_local(char buffer[SG_TIMES_SIZE], uint64_t real_ns, uint64_t today_ns)
{
    time_t seconds = (time_t)(real_ns / 1000000000U);
    time_t today_seconds = (time_t)(today_ns / 1000000000U);
    struct tm date;
    struct tm today;
    if (!localtime_r(&seconds, &date) || !localtime_r(&today_seconds, &today))
        return "?";
    bool is_today = date.tm_yday == today.tm_yday && date.tm_year == today.tm_year;
    return print(buffer, &date, is_today ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", real_ns, "");
}
