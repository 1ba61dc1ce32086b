# shellcheck shell=bash disable=SC2154 # lib.sh's, and who sources it
# Boots an image in QEMU and prints its console.  Sourced after lib.sh.
#
#	boot ARCH IMAGE INITRAMFS [QEMU OPTION...]
#
#	VM_ACCEL	kvm, tcg or icount; default: kvm where a guest boots with it
#	VM_MEMORY	MiB, default 1024
#	VM_SECONDS	what a guest may take, default 600

# A guest of nested virtual machines may hang: one that reaches its end counts.
# Tried once for each boot of this machine.
accelerator() {
	local known
	if [ "${VM_ACCEL-}" ]; then
		return
	fi
	VM_ACCEL=tcg
	if [ -w /dev/kvm ] && [ "$(uname -m)" = x86_64 ]; then
		known=$cache/kvm-$(cat /proc/sys/kernel/random/boot_id)
		[ -e "$known" ] || try_kvm "$1" "$known"
		VM_ACCEL=$(<"$known")
	fi
	export VM_ACCEL
	say "guests run by $VM_ACCEL"
}

try_kvm() {
	local root said
	root=$(mktemp -d)/probe
	pack_start "$root" x86_64
	pack_end
	said=$(VM_ACCEL=kvm VM_SECONDS=10 boot x86_64 "$1" "$root.cpio" \
		2>/dev/null) || true
	rm -rf "$(dirname "$root")" "$cache"/kvm-*
	case $said in
	*@done*) echo kvm ;;
	*) echo tcg ;;
	esac >"$2"
}

# The host's time stamp counter, which TCG hands on: without it, a busy host
# makes the guest's clock coarse.
tsc_khz() {
	local program=$cache/tsc
	if [ ! -x "$program" ]; then
		gcc -O2 -x c -o "$program.$$" - <<-'C' && mv "$program.$$" "$program" || return
			#include <stdio.h>
			#include <time.h>
			#include <x86intrin.h>
			static double now(void)
			{
				struct timespec t;
				clock_gettime(CLOCK_MONOTONIC_RAW, &t);
				return t.tv_sec + t.tv_nsec * 1e-9;
			}
			int main(void)
			{
				double from = now(), to;
				unsigned long long ticks = __rdtsc();
				do
					to = now();
				while (to - from < 0.2);
				printf("%.0f\n", (__rdtsc() - ticks) / (to - from) / 1e3);
			}
		C
	fi
	"$program"
}

machine_x86_64() {
	local khz=
	if [ "$VM_ACCEL" = icount ]; then # an instruction is a nanosecond
		options=(-accel 'tcg,thread=single' -icount 'shift=0,sleep=off')
		options+=(-M pc -cpu max -smp 1)
		append="console=ttyS0 reboot=t tsc=reliable tsc_early_khz=1000000"
		return
	elif [ "$VM_ACCEL" = kvm ]; then
		options=(-accel kvm -cpu host)
	else
		options=(-accel 'tcg,thread=multi' -cpu max)
		if [ "$(uname -m)" = x86_64 ]; then
			: "${VM_TSC_KHZ:=$(tsc_khz)}"
			export VM_TSC_KHZ
			khz="tsc=reliable tsc_early_khz=$VM_TSC_KHZ"
		fi
	fi
	# one CPU for each socket: without ACPI the kernel finds no other
	options+=(-M pc -smp '2,sockets=2,cores=1')
	append="console=ttyS0 reboot=t no_timer_check $khz"
}

machine_arm64() {
	options=(-M virt -accel 'tcg,thread=multi' -smp 2)
	options+=(-cpu 'max,pauth-impdef=on')
	append="console=ttyAMA0"
}

boot() {
	local arch=$1 image=$2 initramfs=$3 options append
	shift 3
	"machine_$arch"
	timeout -s KILL "${VM_SECONDS:-600}" \
		"qemu-system-${arch/arm64/aarch64}" "${options[@]}" \
		-m "${VM_MEMORY:-1024}" -nodefaults -no-user-config \
		-display none -no-reboot -serial stdio -kernel "$image" \
		-initrd "$initramfs" \
		-append "$append quiet panic=-1 ${VM_APPEND-}" "$@" </dev/null |
		tr -d '\r'
}
