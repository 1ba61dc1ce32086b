#!/bin/sh
# The C host and a real Go library: hangs bare, lives under sigpact run.
if ! command -v go >/dev/null; then
	echo "ok 1 - Go host # SKIP no go"
	exit 0
fi
top=$PWD
export GOCACHE="$top/build/go-cache" GO111MODULE=off
(cd examples/go &&
	go build -buildmode=c-shared -o "$top/build/libpeer.so" .) || exit 1
cc -O1 -o build/host examples/host.c -ldl -pthread || exit 1
timeout 5 build/host build/libpeer.so >/dev/null
[ $? = 124 ] && echo "ok 1 - bare: hangs" || echo "not ok 1 - bare: hangs"
i=0
while [ $i -lt 20 ] &&
	timeout 60 build/sigpact run -- build/host build/libpeer.so >/dev/null
do
	i=$((i + 1))
done
[ $i = 20 ] || printf 'not '
echo "ok 2 - under sigpact run: alive 20 of 20"
