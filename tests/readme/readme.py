#!/usr/bin/python3
"""Keeps the README's promise: runs each command of its `console` blocks, in order, against fresh services, and compares
what it prints with what stands there; ids, times and sizes may differ. `--write` puts in what was printed.

Commands in `sh` blocks start and test the whole project; they are run by other tests, which OTHERS names."""
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
sys.path.insert(0, str(ROOT / "tests/python"))
from network import Network  # noqa: E402
from gomnet import BUILD  # noqa: E402

OTHERS = {"./deploy/up", "./deploy/up --once", "./tests/run", "./tests/sim/run --seeds 200", "./tests/sim/find-planted",
          "./tests/crash/run --rounds 10", "./tests/python/run", "./tests/replay/run"}
MARK = "@@end-of-command@@"
# What is another in each run: ids, tokens, days and times, sizes, and so the width of columns.
# A revision may be one further, where another service has answered meanwhile.
CHANGING = [(r"revision: +\d+", "REVISION"), (r"\b(mbr|prd|lot|ord|srq)_[0-9a-z]{26}", "ID"), (r"\b\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d)?)?", "DAY"),
            (r"\b\d+(\.\d+)? (ms|s|min|h|B|KiB|MiB|GiB|TiB)\b", "AMOUNT"), (r"[ -]+", " ")]


def masked(text):
    for pattern, word in CHANGING:
        text = re.sub(pattern, word, text)
    return [line.strip() for line in text.strip().splitlines()]


def blocks(text, kind):
    return list(re.finditer(rf"```{kind}\n(.*?)```", text, re.S))


def commands(block):
    """(command, what is printed) in order; a command may go on over lines that end in a backslash."""
    found = []
    going_on = False
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append([line[2:], []])
        elif going_on:
            found[-1][0] += "\n" + line
        else:
            found[-1][1].append(line)
        going_on = line.endswith("\\")
    return found


class Shell:
    def __init__(self, data):
        environment = dict(os.environ, GOMNET_DATA=str(data), LC_ALL="C.UTF-8",
                           PATH=f"{BUILD / 'services/cli'}:{os.environ['PATH']}")
        self.process = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, env=environment, cwd=ROOT)

    def run(self, command):
        self.process.stdin.write(f"{command}\necho {MARK}$?\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.startswith(MARK):
                return "".join(lines), int(line[len(MARK):])
            lines.append(line)
        raise RuntimeError(f"the shell ended at: {command}")


def main():
    write = "--write" in sys.argv
    text = README.read_text(encoding="utf-8")
    wrong = []
    for block in blocks(text, "sh"):
        for line in block[1].splitlines():
            command = line.split("#")[0].strip()
            if command and command not in OTHERS:
                wrong.append(f"no test runs: {command}")
    count = 0
    with Network() as network:
        shell = Shell(network.folder)
        for block in blocks(text, "console"):
            printed = []
            for command, expected in commands(block[1]):
                output, status = shell.run(command)
                count += 1
                printed += [f"$ {command}", *output.rstrip("\n").splitlines()]
                if not write and masked(output) != masked("\n".join(expected)):
                    wrong.append(f"{command}\n  printed\n{output}\n  where the README has\n" + "\n".join(expected))
            if write:
                text = text.replace(block[0], "```console\n" + "\n".join(printed) + "\n```")
    if write:
        README.write_text(text, encoding="utf-8")
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{count} commands of the README run, {len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


main()
