# SPDX-License-Identifier: GPL-2.0
#
# libbpf from the kernel source, built once and for all who include this.

ROOT := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/..)
BUILD ?= $(ROOT)/build
KERNEL_SRC ?= $(BUILD)/src

LIBBPF := $(BUILD)/libbpf/libbpf.a
LIBBPF_INCLUDE := $(BUILD)/libbpf/include

# Two makes may come here at once (`make -j bpf tools`): one builds, one waits.
$(LIBBPF):
	@test -d $(KERNEL_SRC)/tools/lib/bpf || { \
		echo "make: no kernel source in $(KERNEL_SRC); run 'make source' or set KERNEL_SRC=" >&2; \
		exit 1; }
	@mkdir -p $(BUILD)/libbpf/obj
	@echo "  LIBBPF  $@"
	@flock $(BUILD)/libbpf/lock $(MAKE) -s -C $(KERNEL_SRC)/tools/lib/bpf \
		OUTPUT=$(BUILD)/libbpf/obj/ DESTDIR=$(BUILD)/libbpf prefix= \
		CC=$(or $(HOSTCC),gcc) \
		$(BUILD)/libbpf/obj/libbpf.a install_headers >$(BUILD)/libbpf/log 2>&1 || { \
		cat $(BUILD)/libbpf/log >&2; exit 1; }
	@cp $(BUILD)/libbpf/obj/libbpf.a $@
