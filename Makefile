# SPDX-License-Identifier: GPL-2.0
#
# What can be done with the project; `make help` lists it.

BUILD ?= $(CURDIR)/build
override BUILD := $(abspath $(BUILD))
export BUILD
# A kernel tree or tarball other than the distribution's; see scripts/.
export KERNEL_SRC

# The parts below get the patched source, whatever it was made from.
PART := $(MAKE) --no-print-directory BUILD=$(BUILD) KERNEL_SRC=$(BUILD)/src
BPFTOOL := $(BUILD)/bpftool/bootstrap/bpftool

help: ## list what can be made
	@sed -n 's/^\([a-z0-9.-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | \
		expand -t16

demo: setup ## build what is missing and show the whole thing at work
	@$(MAKE) --no-print-directory kernel bpf tools
	@scripts/demo

test: setup ## build what is missing and run every test
	@$(MAKE) --no-print-directory kernel bpf tools selftests
	@scripts/test

test-arm64: setup ## run tests in an emulated arm64 guest with a device tree
	@scripts/setup packages-arm64.list
	@$(MAKE) --no-print-directory kernel-arm64 selftests-arm64 root-arm64
	@scripts/test arm64

test-debug: setup ## run every selftest on a kernel with KASAN, lockdep and the like
	@$(MAKE) --no-print-directory kernel-debug bpf tools selftests
	@scripts/test debug

torture: setup ## run a million random operations each on ext4, XFS and Btrfs
	@$(MAKE) --no-print-directory kernel-verify bpf tools selftests
	@scripts/test torture

bench: setup ## measure what it costs; writes results/bench.json
	@$(MAKE) --no-print-directory kernel bpf tools
	@scripts/bench

traces: setup ## record the traces anew (TRACES="NAME..." for some of them)
	@$(MAKE) --no-print-directory kernel bpf tools
	@scripts/traces $(TRACES)

policies: setup ## replay the traces; writes results/policies.json
	@$(MAKE) --no-print-directory bpf tools
	@scripts/policies

setup: ## install missing packages (needs root)
	@scripts/setup

source: ## unpack and patch the kernel source below build/src
	@scripts/kernel-prepare

kernel: ## build the patched kernel
	@scripts/kernel-build

kernel-debug: ## build the patched kernel with more run-time checks
	@scripts/kernel-build --with debug

kernel-verify: ## build the patched kernel that checks what comes back
	@scripts/kernel-build --with verify

kernel-arm64: ## build the patched kernel for arm64
	@scripts/kernel-build --arch arm64

root-arm64: ## make the root of arm64 guests
	@scripts/root-arm64

bpf: source ## build the BPF policies and monitors
	@$(PART) -C bpf

tools: source ## build the command-line tools
	@$(PART) -C tools

selftests: bpf tools ## build the programs of the selftests
	@$(PART) -C selftests

selftests-arm64: ## build the programs of the selftests for arm64
	@$(MAKE) --no-print-directory -C selftests BUILD=$(BUILD) POLICIES= \
		OUTPUT=$(BUILD)/selftests-arm64 LDFLAGS=-static \
		CC=aarch64-linux-gnu-gcc

mutants: bpf tools selftests ## show that the tests fail without what they guard
	@scripts/mutants

series: source ## export the kernel change for git am, to build/series
	@scripts/series

check: source ## run the checks that need no guest, in seconds
	@scripts/check

vmlinux.h: $(BPFTOOL) FORCE ## write vmlinux.h anew from the built kernel
	@test -e $(BUILD)/linux/vmlinux || { \
		echo "make: no kernel in $(BUILD)/linux; run: make kernel" >&2; \
		exit 1; }
	@$(BPFTOOL) btf dump file $(BUILD)/linux/vmlinux format c >$(BUILD)/$@
	@cmp -s $(BUILD)/$@ $@ || cp $(BUILD)/$@ $@

$(BPFTOOL): | source
	@mkdir -p $(BUILD)/bpftool
	@echo "  BPFTOOL $@"
	@$(MAKE) -s -C $(BUILD)/src/tools/bpf/bpftool \
		OUTPUT=$(BUILD)/bpftool/ bootstrap \
		>$(BUILD)/bpftool.log 2>&1 || { \
		tail -n20 $(BUILD)/bpftool.log >&2; exit 1; }

bpftool: $(BPFTOOL) ## build bpftool from the kernel source

clean: ## remove what was built, but for the kernel
	rm -rf $(addprefix $(BUILD)/,bpf tools selftests selftests-arm64 \
		libbpf bpftool series)

distclean: ## remove everything that was built
	rm -rf $(BUILD)

FORCE:

.PHONY: help demo test test-debug torture test-arm64 bench traces policies \
	setup source kernel kernel-debug kernel-verify kernel-arm64 root-arm64 bpf tools selftests \
	selftests-arm64 series mutants check bpftool clean distclean FORCE
