#!/bin/bash
# The C sources are as clang-format leaves them; no file ends a line with blanks or lacks the last
# newline.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0

check_format() {
	local version files
	version=$(clang-format --version | sed -n 's/.*version \([0-9]*\).*/\1/p')
	if [ "$version" != 14 ]; then
		skipped="the format is that of clang-format 14, this is $version"
		return
	fi
	mapfile -t files < <(find src include libocispec tests -name '*.[ch]' | sort)
	clang-format --dry-run -Werror "${files[@]}" 2>&1 | sed -n 's/: error: code should.*//p' |
		cut -d: -f1 | uniq -c | while read -r count file; do
		echo "$file: $count places are not as clang-format -i leaves them"
	done | grep . && failed=1
}

skipped=
check_format

text() { # what people write here; corpora and golden files are as they are
	find . \( -path ./.git -o -path ./build -o -path ./tests/fuzz/corpus -o -path ./tests/golden \) -prune -o \
		-type f \( -name '*.[chS]' -o -name '*.def' -o -name '*.sh' -o -name '*.bash' -o -name '*.bats' -o -name '*.py' \
		-o -name '*.cmake' -o -name CMakeLists.txt -o -name '*.md' -o -name config.json \) -print
}
while read -r file; do
	# The tables in .bats files have cells, which may be empty at the end of a row.
	if [[ $file != *.bats ]] && grep -nE '[[:blank:]]+$' "$file" | sed "s|^|$file:|; s|\$|: blanks at the end of the line|" | grep .; then
		failed=1
	fi
	if [ -n "$(tail -c 1 "$file")" ]; then
		echo "$file: the last line does not end"
		failed=1
	fi
done < <(text)
[ $failed -eq 0 ] || exit 1
[ -z "$skipped" ] || { echo "$skipped" && exit 77; }
