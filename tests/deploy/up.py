#!/usr/bin/python3
"""deploy/up as its users meet it: twice on a folder of its own, with what it prints to be tried, a service killed
under it, and each of the things that can be in its way. Says OK for each; a failure ends it."""
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/python"), str(ROOT / "tests/data")]
import retail  # noqa: E402
from gomnet import BUILD, wait_until  # noqa: E402

UP = [ROOT / "deploy/up", "--no-build", "--language", "en"]
READY_S = 60.0
STOP_S = 30.0


def run(*options, environment=None, code=0):
    """What it says; it has to end with that code."""
    done = subprocess.run([*UP, "--once", *options], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, env=os.environ | (environment or {}))
    assert done.returncode == code, f"ends with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def gomnet(folder, *arguments):
    done = subprocess.run([BUILD / "services/cli/gomnet", "--data", folder, "--json", *arguments], capture_output=True,
                          text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def replay(folder):
    sales = subprocess.run([ROOT / "tests/data/sales"], check=True, capture_output=True).stdout
    done = subprocess.run([BUILD / "tests/replay/gm_replay", "--data", folder], input=sales, check=True,
                          stdout=subprocess.PIPE)
    return json.loads(done.stdout)


@contextlib.contextmanager
def up(folder, *options):
    """Until it has printed what to try, and then the lines of that; ended by Ctrl-C at last."""
    with open(folder / "up.out", "w+", encoding="utf-8") as out:
        process = subprocess.Popen([*UP, "--data", folder, *options], stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                   preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        text = folder / "up.out"
        try:
            wait_until("up has printed what to try",
                       lambda: process.poll() is not None or "Ctrl-C" in text.read_text(encoding="utf-8"), READY_S)
            assert process.poll() is None, text.read_text(encoding="utf-8")
            yield text.read_text(encoding="utf-8")
            process.send_signal(signal.SIGINT)
            assert process.wait(STOP_S) == 0, text.read_text(encoding="utf-8")
        finally:
            if process.poll() is None:
                process.kill()


def holder(folder, name):
    """Process id of the service, from its lock file; 0 while it is being written."""
    return int((folder / name / "lock").read_text() or 0)


def first_run_loads_all_and_ends(folder):
    said = run("--data", folder)
    steps = re.findall(r"^✓ (.*)$", said, re.MULTILINE)
    assert len(steps) == 4, said
    assert said.rstrip().endswith("every step succeeded."), said[-500:]
    for name in ("catalog", "matching", "order"):
        assert not Path(f"/proc/{holder(folder, name)}").exists(), f"{name} goes on"


def second_run_keeps_the_data_and_what_it_prints_works(folder):
    with up(folder) as said:
        assert "is kept" in said
        report = replay(folder)
        assert report["placed"] == 0 and report["found"] == report["orders"] == report["completed"], report
        sold = {}
        for sale in retail.sales():
            sold[sale["sku"]] = sold.get(sale["sku"], 0) + sale["quantity"]
        for product in retail.products():
            lot = gomnet(folder, "lot", "show", product["sku"], "--seller", product["seller"])
            assert int(lot["on_hand"]) == product["units_of_year"] - sold.get(product["sku"], 0), product["sku"]
        lines = re.findall(r"^    (.*)$", said.partition("Try next")[2], re.MULTILINE)
        assert len(lines) > 3, said
        tried = subprocess.run(["bash", "-e", "-c", "\n".join(lines)], capture_output=True, text=True, check=False,
                               cwd="/")
        assert tried.returncode == 0, tried.stdout + tried.stderr
        assert not tried.stderr, tried.stderr


def killed_service_is_started_again(folder):
    with up(folder):
        killed = holder(folder, "catalog")
        os.kill(killed, signal.SIGKILL)
        wait_until("the catalog is another process and answers",
                   lambda: holder(folder, "catalog") not in (0, killed) and gomnet(folder, "status"), READY_S)


def services_end_with_a_supervisor_that_is_killed(folder):
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([*UP, "--data", folder], stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        wait_until("the services are up", lambda: process.poll() is not None or gomnet(folder, "status"), READY_S)
        services = [holder(folder, name) for name in ("catalog", "matching", "order")]
        process.kill()
        process.wait()
    wait_until("no service is left behind",
               lambda: not any(Path(f"/proc/{service}").exists() for service in services), STOP_S)


def port_in_use_is_said(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = run("--data", folder, "--port", str(port), code=1)
    assert f"127.0.0.1:{port}" in said and "--port" in said, said


def folder_in_use_is_said(folder):
    with up(folder):
        said = run("--data", folder, code=1)
        assert f"in use by process {holder(folder, 'catalog')}" in said and "--data" in said, said


def folder_that_cannot_be_written_is_said(folder):
    said = run("--data", folder / "up.out" / "below-a-file", code=1)
    assert "cannot be written" in said and "--data" in said, said


def full_disk_is_said(folder):
    tools = folder / "tools"
    tools.mkdir()
    (tools / "df").write_text("#!/bin/sh\necho Avail\necho 17\n")
    (tools / "df").chmod(0o755)
    said = run("--data", folder, environment={"PATH": f"{tools}:{os.environ['PATH']}"}, code=1)
    assert re.search(r"Only *17 MiB", said) and "--data" in said, said


def missing_privilege_is_said(folder):
    """Where a package is missing only root may install it: dpkg and id say so here."""
    tools = folder / "small-tools"
    tools.mkdir()
    (tools / "dpkg-query").write_text("#!/bin/sh\nexit 1\n")
    (tools / "id").write_text("#!/bin/sh\n[ \"$1\" = -u ] && echo 1000 || echo lan\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    said = run("--data", folder, environment={"PATH": f"{tools}:{os.environ['PATH']}"}, code=1)
    assert "only root may install" in said and "sudo" in said, said


def wrong_options_are_refused(_):
    for options in (["--port", "x"], ["--language", "fr"], ["--data"], ["--surprise"]):
        assert "Usage" in run(*options, code=2)


def main():
    with tempfile.TemporaryDirectory(prefix="gomnet-up-") as name:
        folder = Path(name)
        for check in (first_run_loads_all_and_ends, second_run_keeps_the_data_and_what_it_prints_works,
                      killed_service_is_started_again, services_end_with_a_supervisor_that_is_killed,
                      port_in_use_is_said, folder_in_use_is_said, folder_that_cannot_be_written_is_said,
                      full_disk_is_said, missing_privilege_is_said, wrong_options_are_refused):
            begun = time.monotonic()
            check(folder)
            print(f"OK {check.__name__} {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
