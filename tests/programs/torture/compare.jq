# A report as a ledger: one line for each function that opened, `many` where it
# is reached by more stacks than one, as torture/ledger.c writes them.
if .exe | test("/torture$") then
    .pid as $pid
    | "\($pid) begin",
      ([.leaks[] | {id, kind, count, opened_here, site: .stack[0].function}]
        | group_by([.site, .kind])[]
        | {site: .[0].site, kind: .[0].kind, count: (map(.count) | add),
           opened: (unique_by(.id) | map(.opened_here) | add)}
        | "\($pid) \(.site) \(.kind) \(.count) \(if .site | startswith("many_") then "many" else .opened end)"),
      "\($pid) totals opened \(.totals.opened) leaked \(.totals.leaked) owned \(.totals.owned) untracked \(.totals.untracked)"
elif .totals.opened == 0 then
    "program"
else
    "a program that opened \(.totals.opened): \(.exe)"
end
