#!/usr/bin/env bats
# Bad input, part 2: the properties at the top, the process and the root (SECURITY.md 4.2).
load ../lib/common
load refused_table

@test "19 a process is needed to run" {
	new_table
	refused <<-'END'
		/process              |                                | del(.process)
		/process              |                                | .process = null
	END
}

@test "20, 21 a root filesystem is needed, and must be a directory" {
	new_table
	echo text >"$BUNDLE/file"
	ln -s loop "$BUNDLE/loop"
	ln -s nowhere "$BUNDLE/dangling"
	mkfifo "$BUNDLE/fifo"
	refused <<-'END'
		/root                 | no root filesystem             | del(.root)
		/root                 | no root filesystem             | .root = null
		/root                 | not a list                     | .root = []
		/root/path            | is required, but missing       | del(.root.path)
		/root/path            | is empty                       | .root.path = ""
		/root/path            | ENOENT                         | .root.path = "missing"
		/root/path            | ENOENT                         | .root.path = "/missing/rootfs"
		/root/path            | is not a directory             | .root.path = "file"
		/root/path            | is not a directory             | .root.path = "fifo"
		/root/path            | is not a directory             | .root.path = "file/below"
		/root/path            | is not a directory             | .root.path = "loop"
		/root/path            | is not a directory             | .root.path = "dangling"
		/root/path            | ENAMETOOLONG                   | .root.path = ("a/" * 3000)
		/root/readonly        | not the string "true"          | .root.readonly = "true"
	END
}

@test "22 linux and mounts may be missing" {
	new_table
	rm -rf "${ROOTFS:?}/dev" && mkdir "$ROOTFS/dev"
	accepted <<-'END'
		                      |                                | del(.mounts) | .linux |= {namespaces}
		                      |                                | .mounts = null | .linux |= {namespaces}
		                      |                                | .mounts = [] | .linux |= {namespaces}
	END
}

@test "23 a program is needed" {
	new_table
	refused <<-'END'
		/process/args         | there is no program            | del(.process.args)
		/process/args         | there is no program            | .process.args = []
		/process/args         | there is no program            | .process.args = null
		/process/args/0       | is empty                       | .process.args = [""]
		/process/args/0       |                                | .process.args = [null]
		/process/args/0       | not 1                          | .process.args = [1]
		/process/args         | not the string "true"          | .process.args = "true"
		/process/args/1       | 131071                         | .process.args += ["a" * 131072]
	END
}

@test "24 a working directory is needed, absolute and inside" {
	new_table '.process.user.uid = 1000'
	echo text >"$ROOTFS/file"
	ln -s loop "$ROOTFS/loop"
	refused <<-'END'
		/process/cwd          | is required, but missing       | del(.process.cwd)
		/process/cwd          | is required, but missing       | .process.cwd = null
		/process/cwd          | not an absolute path           | .process.cwd = ""
		/process/cwd          | not an absolute path           | .process.cwd = "tmp"
		/process/cwd          | not an absolute path           | .process.cwd = "./tmp"
		/process/cwd          | ENOTDIR                        | .process.cwd = "/file"
		/process/cwd          | ENOTDIR                        | .process.cwd = "/file/below"
		/process/cwd          | ELOOP                          | .process.cwd = "/loop"
	END
}

@test "24 a working directory that is missing is made, if the root can be written" {
	new_table '.root.readonly = false'
	accepted <<-'END'
		                      |                                | .process.cwd = "/new/directory"
		                      |                                | .process.cwd = "/etc/../tmp/./x//"
	END
}

@test "25 the environment" {
	new_table
	refused <<-'END'
		/process/env/0        | NAME=value                     | .process.env = ["PATH"]
		/process/env/1        | NAME=value                     | .process.env = ["PATH=/bin", ""]
		/process/env/0        | no name                        | .process.env = ["=value"]
		/process/env/1        | NUL                            | .process.env[1] = "A=b\u0000c"
		/process/env/0        | 131071                         | .process.env = ["A=" + "b" * 131072]
		/process/env/0        | not 1                          | .process.env = [1]
		/process/env          |                                | .process.env = {}
	END
	accepted <<-'END'
		                      |                                | .process.env += ["A=1", "A=2", "B="]
	END
	inside 'echo "$A"'
	edit_config '.process.env += ["A=1", "A=2"]'
	launch
	assert_success
	assert_output 2
}

@test "26 the names of the host" {
	new_table
	refused <<-'END'
		/hostname             | at most 64                     | .hostname = "a" * 65
		/domainname           | at most 64                     | .domainname = "a" * 65
		/hostname             | NUL                            | .hostname = "a\u0000b"
		/hostname             | uts                            | .linux.namespaces |= map(select(.type != "uts"))
		/domainname           | uts                            | .domainname = "d" | del(.hostname) | .linux.namespaces |= map(select(.type != "uts"))
		/hostname             | not 1                          | .hostname = 1
	END
	accepted <<-'END'
		/hostname             | control character              | .hostname = "a\nb"
		                      |                                | .hostname = "a" * 64
		                      |                                | .domainname = "a" * 64
	END
}

@test "27 annotations" {
	new_table
	refused <<-'END'
		/annotations/a        | not 1                          | .annotations = {a: 1}
		/annotations/a        | not an object                  | .annotations = {a: {}}
		/annotations/a~1b~0c  | not true                       | .annotations = {"a/b~c": true}
		/annotations/         | empty                          | .annotations = {"": "x"}
		/annotations          |                                | .annotations = []
	END
}
