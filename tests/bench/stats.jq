# From rounds to one line of the result. A round is a line "ON OFF OFF OFF" in
# nanoseconds or bytes; --arg kind says what is taken of a pair:
#
#   ratio       the first by the second
#   difference  the first less the second
#   least       no pairs: of each arm, the least of all rounds
#
# --arg times is said of a row that does only one so-many-th of the work.
# --arg target is the limit; one that ends in "?" is wished for, not promised.

def at(share): .[(share * (length - 1)) | round];
# Five digits.
def short: if . == null or . == 0 then . else
    (4 - (fabs | log10 | floor)) as $places | (. * pow(10; $places) | round) / pow(10; $places) end;

# The median and the spread, 10th to 90th percentile, of sorted numbers.
def spread: {median: at(0.5), low: at(0.1), high: at(0.9)};
def least: {median: .[0], low: .[0], high: .[-1]};

# 95 % confidence of a median: by rank, no distribution is assumed.
def confidence: (0.98 * (length | sqrt) / length) as $reach |
    [at([0.5 - $reach, 0] | max), at([0.5 + $reach, 1] | min)];

{ratio: 1, ns: 1, us: 1e3, ms: 1e6, s: 1e9, bytes: 1}[$unit] as $scale
| [inputs | split(" ") | map(tonumber)]
| if length == 0 then error("no rounds") else . end
| (if $kind == "least" then [map(.[0]), map(.[1:][])] | map(map(. / $scale))
   elif $kind == "ratio" then [map(.[0] / .[1]), map(.[2] / .[3])]
   else [map((.[0] - .[1]) / $scale), map((.[2] - .[3]) / $scale)] end | map(sort)) as [$pairs, $null]
| (if $kind == "least" then [$pairs, $null] | map(least) else [$pairs, $null] | map(spread) end) as [$on, $off]
| {row: $row, unit: $unit,
   median: $on.median, low: $on.low, high: $on.high,
   confidence: (if $kind == "least" then null else $pairs | confidence end),
   null_median: $off.median, null_low: $off.low, null_high: $off.high,
   on_ns: (if $unit == "bytes" then null else map(.[0]) | sort | at(0.5) end),
   bare_ns: (if $unit == "bytes" then null else map(.[1]) | sort | at(0.5) end),
   target: ($target | rtrimstr("?") | tonumber? // null), is_wanted: ($target | endswith("?")),
   times: ($times | tonumber), pairs: length}
| .is_met = (if .target == null then null else .median <= .target end)
| .is_certain = (if .target == null or .confidence == null then null
    else .confidence[0] > .target or .confidence[1] <= .target end)
| map_values(if type == "array" then map(short) elif type == "number" then short else . end)
