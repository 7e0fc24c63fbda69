#!/bin/bash
# The manual page has no mistakes that man sees, and speaks of every option and
# of every command that `sessguard help` lists.
set -eu
. "$(dirname "$0")/../environment.sh"

page=detector/report/sessguard.1
command=$build_dir/sessguard/sessguard
[ -x "$command" ] || bad "no $command: build first"

# Wide and without hyphens: no name is torn apart.
text=$(MANWIDTH=200 MANPAGER=cat man --warnings=w --no-hyphenation --encoding=UTF-8 -l "$page" 2>"$build_dir/man.warnings" |
    sed 's/.\x08//g; s/\x1b\[[0-9;]*m//g') || bad "man cannot show $page"
[ -n "$text" ] || bad "man shows nothing"
[ ! -s "$build_dir/man.warnings" ] || bad "$page: $(cat "$build_dir/man.warnings")"

section() { # NAME: its lines
    sed -n "/^$1\$/,/^[A-Z]/{/^[A-Z]/!p}" <<<"$text"
}
for section in NAME SYNOPSIS DESCRIPTION COMMANDS MODES OPTIONS SUPPRESSIONS ENVIRONMENT 'EXIT STATUS' FILES EXAMPLES; do
    grep -qx "$section" <<<"$text" || bad "$page has no section $section"
done
names=$(sed -n 's/^SG_[A-Z]*(\([a-z_]*\),.*/\1/p' detector/options.def)
[ -n "$names" ] || bad "found no options in detector/options.def"
for name in $names; do
    section OPTIONS | grep -qE "^ +$name=" || bad "$page does not explain $name"
done
commands=$("$command" help | sed -n 's/^  sessguard \([a-z-]*\).*/\1/p')
[ -n "$commands" ] || bad "sessguard help lists no commands"
for name in $commands; do
    section COMMANDS | grep -qE "^ +sessguard $name\b" || bad "$page does not explain sessguard $name"
done
version=$("$command" --version)
grep -qF "$version" <<<"$text" || bad "$page is not of $version"
finish
