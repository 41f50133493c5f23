/* test_systemd.c - from cgroupsPath to a scope, and from limits to systemd's properties. */
#include "container/systemd.h"
#include "container/systemd_properties.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <string.h>

static struct arena arena;

static void expect(const struct systemd_properties *list, const char *expected)
{
	char all[2048] = "";

	for (int i = 0; i < list->count; i++)
		(void)snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? " " : "",
			       list->out[i]);
	assert_string_equal(all, expected);
}

static void add(const struct oci_resources *resources, bool v2, const char *expected)
{
	char *out[SYSTEMD_PROPERTIES_MAX];
	struct error err = { 0 };
	struct systemd_properties list = { &arena, out, 0, &err, false };

	assert_int_equal(systemd_properties_add(&list, resources, v2), 0);
	expect(&list, expected);
}

static void devices(const struct oci_device_rule_list *config, const char *expected)
{
	char *out[SYSTEMD_PROPERTIES_MAX];
	struct error err = { 0 };
	struct systemd_properties list = { &arena, out, 0, &err, false };

	assert_int_equal(systemd_properties_devices(&list, config), 0);
	expect(&list, expected);
}

static void devices_are_translated_for_v1(void **state)
{
	struct oci_device_rule rules[] = {
		{ .type = (char *)"a", .access = (char *)"rwm" },
		{ .allow = true,
		  .type = (char *)"b",
		  .access = (char *)"rw",
		  .has_major = true,
		  .major = 8,
		  .has_minor = true,
		  .minor = 1 },
		{ .type = (char *)"c", .access = (char *)"m" },
		{ .type = (char *)"b",
		  .access = (char *)"w",
		  .has_major = true,
		  .major = 8,
		  .has_minor = true,
		  .minor = 1 },
		{ .allow = true, .type = (char *)"a", .access = (char *)"rwm" },
	};
	struct oci_device_rule_list list = { .items = rules, .count = 4 };

	(void)state;
	devices(&list, "DevicePolicy=s:strict DeviceAllow=ss: DeviceAllow=ss:block-* m "
		       "DeviceAllow=ss:/dev/char/1:3 rw DeviceAllow=ss:/dev/char/1:5 rw "
		       "DeviceAllow=ss:/dev/char/1:7 rw "
		       "DeviceAllow=ss:/dev/char/1:8 rw DeviceAllow=ss:/dev/char/1:9 rw "
		       "DeviceAllow=ss:/dev/char/5:0 rw "
		       "DeviceAllow=ss:/dev/char/5:2 rw DeviceAllow=ss:/dev/char/10:200 rw "
		       "DeviceAllow=ss:char-pts rw "
		       "DeviceAllow=ss:/dev/block/8:1 r");
	list.count = 5;
	devices(&list, "DevicePolicy=s:auto DeviceAllow=ss:");
}

static void block_devices_and_keys_are_translated(void **state)
{
	struct oci_throttle_device slow = { .major = 8, .minor = 0, .rate = 4096 };
	struct oci_weight_device heavy = { .major = 8, .minor = 16, .weight = 1000 };
	struct oci_block_io io = { .weight = 100,
				   .weight_device = { .items = &heavy, .count = 1 },
				   .throttle_write_iops_device = { .items = &slow, .count = 1 },
				   .throttle_read_bps_device = { .items = &slow, .count = 1 } };
	struct oci_string_pair keys[] = { { (char *)"memory.high", (char *)"max" },
					  { (char *)"memory.oom.group", (char *)"1" },
					  { (char *)"pids.max", (char *)"7" } };
	const struct oci_resources resources = { .block_io = &io,
						 .unified = { .items = keys, .count = 3 } };

	(void)state;
	add(&resources, true,
	    "IOWeight=t:910 IODeviceWeight=st:/dev/block/8:16 10000 "
	    "IOReadBandwidthMax=st:/dev/block/8:0 4096 "
	    "IOWriteIOPSMax=st:/dev/block/8:0 4096 MemoryHigh=t:18446744073709551615 TasksMax=t:7");
	add(&resources, false,
	    "BlockIOWeight=t:100 BlockIODeviceWeight=st:/dev/block/8:16 1000 "
	    "BlockIOReadBandwidth=st:/dev/block/8:0 4096");
}

static void memory_is_translated(void **state)
{
	struct oci_memory memory = { .limit = 1000, .reservation = 500, .swap = 1500 };
	const struct oci_resources resources = { .memory = &memory };

	(void)state;
	add(NULL, true, "");
	add(&resources, true, "MemoryMax=t:1000 MemoryLow=t:500 MemorySwapMax=t:500");
	add(&resources, false, "MemoryLimit=t:1000");
	memory.swap = 1000;
	add(&resources, true, "MemoryMax=t:1000 MemoryLow=t:500 MemorySwapMax=t:0");
	memory = (struct oci_memory){ .limit = -1, .swap = -1 };
	add(&resources, true,
	    "MemoryMax=t:18446744073709551615 MemorySwapMax=t:18446744073709551615");
}

static void processor_time_is_translated(void **state)
{
	char cpus[] = "0-1,9", mems[] = "0";
	struct oci_cpu cpu = {
		.shares = 1024, .quota = 25000, .period = 50000, .cpus = cpus, .mems = mems
	};
	const struct oci_resources resources = { .cpu = &cpu };

	(void)state;
	add(&resources, true,
	    "CPUWeight=t:100 CPUQuotaPeriodUSec=t:50000 CPUQuotaPerSecUSec=t:500000 "
	    "AllowedCPUs=ay:0302000000000000 AllowedMemoryNodes=ay:0100000000000000");
	add(&resources, false,
	    "CPUShares=t:1024 CPUQuotaPeriodUSec=t:50000 CPUQuotaPerSecUSec=t:500000");
	cpu = (struct oci_cpu){ .quota = 1 }; /* systemd counts in hundredths, upwards */
	add(&resources, true, "CPUQuotaPerSecUSec=t:10000");
	cpu = (struct oci_cpu){ .quota = -1 };
	add(&resources, true, "CPUQuotaPerSecUSec=t:18446744073709551615");
}

static void processes_are_translated(void **state)
{
	struct oci_pids pids = { .limit = 7 };
	const struct oci_resources resources = { .pids = &pids };

	(void)state;
	add(&resources, true, "TasksMax=t:7");
	pids.limit = -1;
	add(&resources, true, "TasksMax=t:18446744073709551615");
	pids.limit = 0;
	add(&resources, true, "");
}

static int annotate(const char *key, const char *value, char *out[SYSTEMD_PROPERTIES_MAX])
{
	struct oci_string_pair pairs[] = { { (char *)"other.annotation", (char *)"x" },
					   { (char *)key, (char *)value } };
	const struct oci_string_map map = { pairs, 2 };
	struct error err = { 0 };
	struct systemd_properties list = { &arena, out, 0, &err, false };
	int rc = systemd_properties_annotated(&list, &map);

	return rc < 0 ? rc : list.count;
}

static void annotations_are_properties(void **state)
{
	char *out[SYSTEMD_PROPERTIES_MAX];

	(void)state;
	assert_int_equal(annotate("org.systemd.property.After", "['a']", out), 1);
	assert_string_equal(out[0], "After=v:['a']");
	assert_int_equal(annotate("org.systemd.properties.After", "x", out), 0);
	assert_true(annotate("org.systemd.property.ExecStartPost", "x", out) < 0);
	assert_true(annotate("org.systemd.property.", "x", out) < 0);
	assert_true(annotate("org.systemd.property.A=b:1 C", "x", out) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_translated),
		cmocka_unit_test(devices_are_translated_for_v1),
		cmocka_unit_test(block_devices_and_keys_are_translated),
		cmocka_unit_test(processor_time_is_translated),
		cmocka_unit_test(processes_are_translated),
		cmocka_unit_test(annotations_are_properties),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&arena);
	return failed;
}
