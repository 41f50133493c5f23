#!/usr/bin/env python3
"""Calls that are not made here, and the reason of each.

The reasons come from holes that container runtimes have had (docs/security). Where one of these is
right all the same, the place stands in tests/lint/exceptions with why.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import csource  # noqa: E402

# Rule: (names of functions, why not). In src/, include/ and libocispec/.
CALLS = {
    "select": ("select pselect", "breaks with descriptors above 1023: use poll"),
    "unbounded": ("strcpy strcat sprintf vsprintf gets stpcpy", "writes without a bound"),
    "shell": ("system popen execlp execvp execvpe wordexp", "a shell or PATH of the caller's decides"),
    "number": ("atoi atol atoll atof strtol strtoul strtoll strtoull strtod strtoimax strtoumax sscanf",
               "there is one strict number parser: base/text.h"),
    "tokens": ("strtok", "keeps its state in a global"),
    "stack": ("alloca setjmp longjmp", "hides what a stack frame costs, or skips cleanups"),
    "temporary": ("mktemp tmpnam tempnam tmpfile", "races with whoever guesses the name"),
    "users": ("getpwnam getpwuid getgrnam getgrgid getpwent initgroups getlogin cuserid",
              "ids of the config are numbers; names of an image are not trusted"),
    "signals": ("signal sigset bsd_signal siginterrupt", "use sigaction or signalfd"),
    "random": ("rand random srand drand48", "use getrandom"),
    "bypath": ("mount umount umount2 pivot_root chroot mknod mkfifo symlink link lchown chown chmod",
               "takes a path, which may have changed under us: use descriptors"),
    "readlink": ("realpath canonicalize_file_name readlink", "a resolved path is a stale path"),
    "forking": ("fork vfork daemon", "processes are made by sys/ with clone3 and a pidfd"),
    "oldfd": ("dup dup2 pipe accept creat epoll_create inotify_init",
              "makes a descriptor without close-on-exec: there is a newer call with flags"),
    "assert": ("assert", "an input must not abort the runtime: return an error"),
}
# Rule: (names, where they are at home, why). A home is a folder or file.
AT_HOME = {
    "printing": ("printf vprintf puts putchar perror", ["src/cli", "src/main.c"], "nobody prints but src/cli"),
    "leaving": ("exit quick_exit abort err errx", ["src/cli", "src/main.c"], "return an error"),
    "environment": ("getenv secure_getenv setenv putenv", ["src/cli"], "options come from the caller"),
    "strerror": ("strerror strerror_r strerrordesc_np", ["src/base/error.c"],
                 "engines parse its phrases: error_sys() describes an errno"),
    "pathexec": ("execl execle execv execve fexecve posix_spawn posix_spawnp", [], "use sys/ and execveat"),
}
# check and compile are pure functions of (spec, host facts).
IMPURE = ("open openat openat2 read pread stat lstat fstat access faccessat getuid geteuid getgid getegid "
          "getpid syscall ioctl prctl time clock_gettime uname getcwd opendir fopen")
# Calls that make descriptors: close-on-exec must be asked for at birth.
CREATORS = ("open openat openat2 socket socketpair accept4 pipe2 memfd_create dup3 epoll_create1 eventfd "
            "timerfd_create signalfd inotify_init1 open_tree fsopen fsmount fspick fanotify_init recvmsg "
            "userfaultfd mkostemp").split()
PHRASE = re.compile(r"no such file or directory|permission denied|operation not permitted", re.I)
FLAGGED = re.compile(r"CLOEXEC|NOTIFY_NONE")


def calls(text, names):
    """(name, offset, arguments) of each call; a declaration or definition is none."""
    pattern = re.compile(r"(?<![\w.>])(?:(?:SYS|__NR)_|sys_)?(" + "|".join(names) + r")\b\s*([(,])")
    for match in pattern.finditer(text):
        raw = match[2] == ","  # syscall(SYS_name, ...)
        if raw and not re.match(r"(SYS|__NR)_", match[0]):
            continue
        start = text.rfind("(", 0, match.start()) if raw else match.end() - 1
        yield match[1], match.start(), text[start:csource.closing(text, start) + 1]


def direct_calls(text, names):
    pattern = re.compile(r"(?<![\w.>])(" + "|".join(names) + r")\s*\(")
    for match in pattern.finditer(text):
        yield match[1], match.start()


def at_home(path, homes):
    return any(str(path) == home or str(path).startswith(home + "/") for home in homes)


def flagged_variable(arguments, body):
    """One of the arguments is a variable that was given the flag: flags = ..., how = { ... }."""
    body = re.sub(r"(?<!\w)\(", " ", body)  # brackets of casts and groups, but not those of calls
    return any(re.search(rf"\b{name}\b(\.\w+)?\s*\|?=[^;(]*CLOEXEC", body)
               for name in re.findall(r"[A-Za-z_]\w*", arguments))


def enclosing(functions, line):
    return next((f for f in functions if f.line <= line <= f.last), None)


class Check:
    def __init__(self, findings, path):
        self.findings = findings
        self.path = path
        self.source = csource.read(path)
        self.text = csource.without_directives(csource.code(self.source))
        self.functions = csource.functions(csource.code(self.source))

    def add(self, rule, offset, message):
        line = csource.line_of(self.text, offset)
        function = enclosing(self.functions, line)
        self.findings.add(rule, self.path, line, message, function.name if function else None)

    def names(self):
        for rule, (names, why) in CALLS.items():
            for name, offset in direct_calls(self.text, names.split()):
                self.add(rule, offset, f"{name}: {why}")
        for rule, (names, homes, why) in AT_HOME.items():
            if not at_home(self.path, homes):
                for name, offset in direct_calls(self.text, names.split()):
                    self.add(rule, offset, f"{name}: {why}")
        if not at_home(self.path, ["src/cli", "src/main.c"]):
            for match in re.finditer(r"(?<!\w)(stdout|stderr)(?!\w)", self.text):
                if not re.search(r"(\.|->)$", self.text[:match.start()]):
                    self.add("printing", match.start(), f"{match[1]}: nobody prints but src/cli")
        if at_home(self.path, ["src/check", "src/compile"]):
            for name, offset in direct_calls(self.text, IMPURE.split()):
                self.add("pure", offset, f"{name}: check and compile are pure: the host's facts come from src/host")

    def descriptors(self):
        for name, offset, arguments in calls(self.text, CREATORS):
            line = csource.line_of(self.text, offset)
            function = enclosing(self.functions, line)
            if function is None:
                continue  # a declaration
            if function.line <= line and re.match(rf"\s*(sys_)?{name}\b", function.name):
                continue  # the wrapper itself hands its flags on
            if FLAGGED.search(arguments) or flagged_variable(arguments, function.body):
                continue
            self.add("cloexec", offset, f"{name}: the descriptor is born without close-on-exec")
        for match in re.finditer(r"F_DUPFD(?!_CLOEXEC)", self.text):
            self.add("cloexec", match.start(), "F_DUPFD: use F_DUPFD_CLOEXEC")
        whole = csource.code(self.source, strings=True)
        for name, offset, arguments in calls(whole, ["fopen", "fdopen", "freopen"]):
            mode = re.findall(r'"([^"]*)"', arguments)
            if name != "fdopen" and (not mode or "e" not in mode[-1]):
                self.add("cloexec", offset, f'{name}: the mode lacks "e"')

    def phrases(self):
        for line, said in csource.strings_of(self.source):
            if PHRASE.search(said):
                function = enclosing(self.functions, line)
                self.findings.add("phrase", self.path, line,
                                  "engines turn this phrase into an exit code: say it in other words",
                                  function.name if function else None)


def main():
    findings = csource.Findings("banned")
    for path in csource.sources("src", "include", "libocispec", suffixes=(".c", ".h")):
        check = Check(findings, path)
        check.names()
        check.descriptors()
        check.phrases()
    findings.finish()


main()
