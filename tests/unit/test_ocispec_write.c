/* test_ocispec_write.c - writing, and that what is written reads back as the same. */
#include "test_ocispec.h"

#include <errno.h>

/* Marks the properties that an object has, and those of the objects in it. */
struct coverage {
	const struct oci_property *seen[512];
	size_t count;
};

static void cover_object(struct coverage *coverage, const struct oci_object *object,
			 const unsigned char *from);

static void cover_value(struct coverage *coverage, const struct oci_property *property,
			const unsigned char *field)
{
	const struct oci_any_list *list = (const struct oci_any_list *)(const void *)field;
	const struct oci_object *object = property->of.object();
	const unsigned char *item = list->items;
	const void *pointer;

	if (property->shape == OCI_SHAPE_ONE) {
		memcpy(&pointer, field, sizeof(pointer));
		cover_object(coverage, object, pointer);
		return;
	}
	for (size_t i = 0; i < list->count; i++, item += oci_item_size(property))
		cover_object(coverage, object,
			     property->shape == OCI_SHAPE_MAP ? item + sizeof(char *) : item);
}

static bool is_present(const struct oci_property *property, const unsigned char *from)
{
	const void *pointer;

	if (property->shape == OCI_SHAPE_ONE && property->kind != OCI_KIND_STRING &&
	    property->kind != OCI_KIND_OBJECT)
		return *(const bool *)(from + property->has);
	memcpy(&pointer, from + property->offset, sizeof(pointer));
	return pointer != NULL;
}

static void cover_object(struct coverage *coverage, const struct oci_object *object,
			 const unsigned char *from)
{
	for (size_t i = 0; i < object->count; i++) {
		const struct oci_property *property = &object->properties[i];

		if (!is_present(property, from))
			continue;
		assert_true(coverage->count < 512);
		coverage->seen[coverage->count++] = property;
		if (property->kind == OCI_KIND_OBJECT)
			cover_value(coverage, property, from + property->offset);
	}
}

/* How many properties of the tables from this object on are not among those seen. */
static size_t missing_properties(const struct coverage *coverage, const struct oci_object *object)
{
	size_t missing = 0;

	for (size_t i = 0; i < object->count; i++) {
		const struct oci_property *property = &object->properties[i];
		bool seen = false;

		for (size_t j = 0; j < coverage->count; j++)
			seen |= coverage->seen[j] == property;
		if (!seen) {
			print_message("%s lacks %s\n", object->name, property->name);
			missing++;
		}
		if (property->kind == OCI_KIND_OBJECT)
			missing += missing_properties(coverage, property->of.object());
	}
	return missing;
}

/* The reference is in the writer's own form, so reading and writing gives the same bytes. */
static void test_reference(void **state)
{
	struct oci_text reference = test_corpus("full"), written;
	struct coverage coverage = { .count = 0 };
	struct arena arena = ARENA_INIT;
	struct oci_issues issues;
	struct oci_config *config;

	(void)state;
	assert_int_equal(oci_config_read(&arena, reference.data, reference.len, &config, &issues),
			 0);
	assert_int_equal(oci_write(&arena, oci_config_type, config, OCI_PRETTY, &written), 0);
	assert_int_equal(written.len, reference.len);
	assert_memory_equal(written.data, reference.data, reference.len);
	assert_int_equal(written.data[written.len], '\0');

	cover_object(&coverage, oci_config_type(), (const unsigned char *)config);
	assert_int_equal(missing_properties(&coverage, oci_config_type()), 0);
	arena_free(&arena);
}

/* Compact text that is its own image. */
static void check_same(oci_type *type, const char *text)
{
	struct arena arena = ARENA_INIT;
	struct oci_issues issues;
	struct oci_text written;
	void *object;

	assert_int_equal(
	    oci_read(&arena, type, (struct oci_text){ text, strlen(text) }, &object, &issues), 0);
	assert_int_equal(oci_write(&arena, type, object, OCI_COMPACT, &written), 0);
	assert_string_equal(written.data, text);
	arena_free(&arena);
}

static void test_state(void **state)
{
	(void)state;
	check_same(oci_state_type,
		   "{\"ociVersion\":\"1.3.0\",\"id\":\"box\",\"pid\":0,\"status\":\"creating\","
		   "\"bundle\":\"/b\"}");
	check_same(
	    oci_state_type,
	    "{\"ociVersion\":\"1.3.0\",\"id\":\"box\",\"pid\":2147483647,\"status\":\"paused\","
	    "\"bundle\":\"/b\",\"rootfs\":\"/b/rootfs\",\"created\":\"2025-11-23T01:02:03Z\","
	    "\"owner\":\"\",\"annotations\":{\"a\":\"b\"}}");
}

static void test_features(void **state)
{
	(void)state;
	check_same(oci_features_type,
		   "{\"ociVersionMin\":\"1.0.0\",\"ociVersionMax\":\"1.3.0\","
		   "\"hooks\":[\"prestart\",\"poststop\"],\"mountOptions\":[\"ro\"],\"linux\":{"
		   "\"namespaces\":[\"pid\",\"time\"],\"capabilities\":[\"CAP_CHOWN\"],"
		   "\"cgroup\":{\"v1\":true,\"v2\":false,\"systemd\":true,\"systemdUser\":true,"
		   "\"rdma\":true},\"seccomp\":{\"enabled\":true,\"actions\":[\"SCMP_ACT_ALLOW\"],"
		   "\"operators\":[\"SCMP_CMP_NE\",\"SCMP_CMP_LT\",\"SCMP_CMP_LE\",\"SCMP_CMP_EQ\","
		   "\"SCMP_CMP_GE\",\"SCMP_CMP_GT\",\"SCMP_CMP_MASKED_EQ\"],"
		   "\"archs\":[\"SCMP_ARCH_X86_64\"],"
		   "\"knownFlags\":[\"SECCOMP_FILTER_FLAG_TSYNC\"],\"supportedFlags\":[]},"
		   "\"apparmor\":{\"enabled\":true},\"selinux\":{\"enabled\":false},"
		   "\"intelRdt\":{\"enabled\":true,\"schemata\":true,\"monitoring\":true},"
		   "\"memoryPolicy\":{\"modes\":[\"MPOL_DEFAULT\"],"
		   "\"flags\":[\"MPOL_F_STATIC_NODES\"]},"
		   "\"mountExtensions\":{\"idmap\":{\"enabled\":true}},"
		   "\"netDevices\":{\"enabled\":true}},\"annotations\":{},"
		   "\"potentiallyUnsafeConfigAnnotations\":[\"bundle\"]}");
}

static void test_empty(void **state)
{
	(void)state;
	check_same(oci_config_type, "{\"ociVersion\":\"1\"}");
	check_same(oci_config_type,
		   "{\"ociVersion\":\"1\",\"hooks\":{},\"annotations\":{},\"mounts\":[],"
		   "\"linux\":{\"netDevices\":{},\"resources\":{}}}");
	check_same(oci_resources_type, "{}");
}

/* Made by hand, not read. */
static void test_built(void **state)
{
	struct oci_namespace namespaces[] = { { .has_type = true, .type = OCI_NAMESPACE_TIME },
					      { .has_type = true, .type = OCI_NAMESPACE_UTS } };
	char *args[] = { (char *)"a\x01\n\"\\/", (char *)"\xe2\x82\xac" };
	struct oci_linux linux_part = { .namespaces = { namespaces, 2 } };
	struct oci_process process = { .args = { args, 2 },
				       .has_terminal = true,
				       .has_oom_score_adj = true,
				       .oom_score_adj = -5 };
	struct oci_config config = { .process = &process, .linux = &linux_part };
	struct arena arena = ARENA_INIT;
	struct oci_text text;

	(void)state;
	assert_int_equal(oci_write(&arena, oci_config_type, &config, OCI_COMPACT, &text), 0);
	assert_string_equal(
	    text.data,
	    "{\"process\":{\"terminal\":false,\"args\":[\"a\\u0001\\n\\\"\\\\/\",\"\xe2\x82\xac\"],"
	    "\"oomScoreAdj\":-5},\"linux\":{\"namespaces\":[{\"type\":\"time\"},{\"type\":\"uts\"}]"
	    "}}");
	args[1] = (char *)"\xed\xa0\x80";
	assert_int_equal(oci_write(&arena, oci_config_type, &config, OCI_COMPACT, &text), -EILSEQ);
	assert_null(text.data);
	args[1] = NULL;
	process.args.count = 1;
	namespaces[1].type = (enum oci_namespace_type)99;
	assert_int_equal(oci_write(&arena, oci_config_type, &config, OCI_COMPACT, &text), -EINVAL);
	assert_null(oci_namespace_type_name(namespaces[1].type));
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference), cmocka_unit_test(test_state),
		cmocka_unit_test(test_features),  cmocka_unit_test(test_empty),
		cmocka_unit_test(test_built),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
