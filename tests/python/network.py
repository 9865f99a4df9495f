#!/usr/bin/python3
"""The three services as processes, in a folder of their own."""
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import zmq

from gomnet import BUILD, METHODS, PROTOCOL, SERVICES, wait_until, wire_pb2

PR_SET_PDEATHSIG = 1
READY_S = 20.0
STOP_S = 20.0
LIBC = ctypes.CDLL(None)


def die_with_us():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Service:
    """One process at a time."""

    def __init__(self, name, folder, options=()):
        self.name = name
        self.folder = Path(folder)
        self.program = BUILD / f"services/{name}/gomnet-{name}"
        self.options = options
        self.log = self.folder / f"{name}.log"
        self.process = None
        self.epoch = 0  # of the last start that was seen ready
        self.ready_s = 0.0

    def spawn(self, *options, **popen):
        """A process; later options overrule earlier ones."""
        return subprocess.Popen([self.program, "--data", self.folder, *self.options, *options],
                                preexec_fn=die_with_us, **popen)

    def start(self):
        """Its output goes to the log."""
        assert self.process is None
        self.begun = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = self.spawn(stdout=log, stderr=log)

    def wait_ready(self, context):
        """By the endpoint file, which a crash leaves behind, and a Status of a later start than the last one."""
        with Probe(context) as probe:
            def ready():
                if self.process.poll() is not None:
                    raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{self.tail()}")
                status = probe.status(self.folder / self.name / "endpoint")
                return status if status and status.service == self.name and status.epoch > self.epoch else None
            status = wait_until(f"{self.name} is ready", ready, READY_S)
        self.epoch = status.epoch
        self.ready_s = time.monotonic() - self.begun
        return status

    def stop(self, sig=signal.SIGTERM):
        """Its exit code."""
        process, self.process = self.process, None
        process.send_signal(sig)
        return process.wait(STOP_S)

    def kill(self):
        code = self.stop(signal.SIGKILL)
        if code != -signal.SIGKILL:
            raise RuntimeError(f"{self.name} had ended with {code}:\n{self.tail()}")

    def tail(self, lines=20):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory_kb(self, what="RssAnon"):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(what + ":"))


class Probe:
    """Asks for the Status at whatever endpoint stands in a file now; None: no answer yet."""

    def __init__(self, context):
        self.context = context
        self.endpoint = None
        self.socket = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.socket is not None:
            self.socket.close()

    def status(self, file):
        try:
            endpoint = file.read_text().strip()
        except FileNotFoundError:
            return None
        if endpoint != self.endpoint:
            self.__exit__()
            self.endpoint = endpoint
            self.socket = self.context.socket(zmq.DEALER)
            self.socket.linger = 0
            self.socket.immediate = 1
            self.socket.connect(endpoint)
        header = wire_pb2.RequestHeader(protocol=PROTOCOL, method=METHODS["Status"].number, request_id=1)
        try:
            self.socket.send_multipart((header.SerializeToString(), b""), zmq.NOBLOCK)
        except zmq.Again:
            return None
        if not self.socket.poll(200):
            return None
        frames = self.socket.recv_multipart()
        reply = wire_pb2.ReplyHeader.FromString(frames[0])
        return wire_pb2.StatusReply.FromString(frames[1]) if reply.status == 0 else None


class Network:
    """All services, started; at the end killed, the folder removed unless something went wrong.

        with Network() as network:
            client = Client(network.folder)"""

    def __init__(self, names=tuple(SERVICES), memory=False, options=()):
        """memory: data on tmpfs, where there is enough of it."""
        shm = Path("/dev/shm")
        roomy = memory and shm.is_dir() and shutil.disk_usage(shm).free > 2 << 30
        self.folder = Path(tempfile.mkdtemp(prefix="gomnet-", dir=shm if roomy else None))
        self.context = zmq.Context()
        self.options = options
        self.services = {}
        for name in names:
            self.add(name)

    def add(self, name):
        """A service that does not run yet."""
        self.services[name] = Service(name, self.folder, self.options)
        return self.services[name]

    def __getitem__(self, name):
        return self.services[name]

    def __enter__(self):
        try:
            self.start(*self.services)
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, *_):
        for service in self.services.values():
            if service.process is not None:
                service.stop(signal.SIGKILL)
        self.context.term()
        if kind is None:
            shutil.rmtree(self.folder)
            return
        print(f"data and logs are left in {self.folder}", file=sys.stderr)
        for service in self.services.values():
            if service.log.exists():
                print(f"-- {service.log}\n{service.tail()}", file=sys.stderr)

    def start(self, *names):
        for name in names:
            self[name].start()
        for name in names:
            self[name].wait_ready(self.context)

    def wait_connected(self, times=1):
        """Until each service has found its peers so many times, as its log says."""
        for service in self.services.values():
            count = times * (len(self.services) - 1)
            wait_until(f"{service.name} finds its peers",
                       lambda: service.log.read_text().count('"message":"connected"') >= count, READY_S)

    def stop(self, *names):
        """SIGTERM; they exit with 0."""
        for name in names or self.services:
            code = self[name].stop()
            if code != 0:
                raise RuntimeError(f"{name} exits with {code} after SIGTERM:\n{self[name].tail()}")
