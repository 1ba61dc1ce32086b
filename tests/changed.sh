#!/usr/bin/env bash
# kernel/vm/changed: what a landing of one commit, or of many, has of kernel/.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/peers/lib.sh"

plan 8
unset CHECK_BASE
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a \
	GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a

# commit FILE: in the repository here, with one line more.
commit() {
	mkdir -p "$(dirname "$1")" &&
		echo line >>"$1" && git add . && git commit -qm "$1"
}

# says STATUS NAME
says() {
	kernel/vm/changed
	[ $? -eq "$1" ]
	ok $? "$2"
}

mkdir -p "$out/one/kernel/vm" && cd "$out/one" && git init -q -b main . || exit 1
cp "$top/kernel/vm/changed" kernel/vm/
commit kernel/patch
says 0 'a first commit: cannot be told'
commit src/file
says 1 'no other branch: the last commit alone'
commit kernel/patch
says 0 '… which changed it'

git clone -q "$out/one" "$out/many" && cd "$out/many" || exit 1
says 0 'nothing of its own: the last commit'
commit src/file
says 1 'a commit on top of origin'
commit kernel/patch
commit src/file
commit src/file
says 0 'many commits, the second changed it'
git checkout -q --no-track -b topic
says 0 '… on a branch without upstream: origin/HEAD'
CHECK_BASE=HEAD~1 says 1 'CHECK_BASE names another base'
