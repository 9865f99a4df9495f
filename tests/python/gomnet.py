#!/usr/bin/python3
"""Speaks to Gomnet's services: two frames over a ZeroMQ DEALER, as proto/README.md draws them.

    client = Client(folder_of_the_services, member=new_id())
    reply = client.call("Restock", dict(lot_id=lot, quantity=5, reason="PRODUCED"))

The messages come from the build's generated modules; GM_BUILD_DIR names the build."""
import csv
import heapq
import os
import secrets
import sys
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import zmq

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("GM_BUILD_DIR", ROOT / "build/release"))
sys.path.insert(0, str(BUILD / "proto/python"))
try:
    import catalog_pb2  # noqa: E402
except ImportError:
    sys.exit(f"{BUILD} is not built: build it, or name another in GM_BUILD_DIR")
import matching_pb2  # noqa: E402
import options_pb2  # noqa: E402
import order_pb2  # noqa: E402
import wire_pb2  # noqa: E402

PROTOCOL = 1
WINDOW = 200  # requests under way per service; it takes 256
ATTEMPT_S = 2.0  # without an answer; then the same again. What may wait at the service: its timeout, and
TIMEOUT_S = 5.0  # this where the request names none
PAUSE_S = 0.05  # before a repeat of what was refused for the moment
LOOK_S = 0.02  # between two looks at the endpoint file
CREDIT_BYTES = 1 << 20
SILENT_S = 5.0  # a stream that says nothing for so long is asked for anew

SERVICES = {"catalog": catalog_pb2, "matching": matching_pb2, "order": order_pb2}
CODES = ("OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED "
         "RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE "
         "DATA_LOSS UNAUTHENTICATED").split()


@dataclass(frozen=True)
class Reason:
    number: int
    word: str
    transient: bool
    sentences: dict


@dataclass(frozen=True)
class Method:
    name: str
    service: str  # None: every service answers it
    number: int
    kind: int
    request: type
    reply: type

    @property
    def is_command(self):
        return self.kind == options_pb2.COMMAND


def _reasons():
    with open(ROOT / "proto/reasons.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield Reason(int(row["number"]), row["reason"], row["kind"] == "transient", {"en": row["en"], "vi": row["vi"]})


def _methods():
    for service, module in ((None, wire_pb2), *SERVICES.items()):
        for block in module.DESCRIPTOR.services_by_name.values():
            for rpc in block.methods:
                stated = rpc.GetOptions().Extensions[options_pb2.method]
                yield Method(rpc.name, service, stated.number, stated.kind,
                             getattr(module, rpc.input_type.name), getattr(module, rpc.output_type.name))


REASONS = {reason.word: reason for reason in _reasons()}
REASON_WORDS = {reason.number: reason.word for reason in REASONS.values()}
METHODS = {method.name: method for method in _methods()}


def new_id(time_ms=None):
    """A UUIDv7: 48 bits of time, version, 12 random bits, variant, 62 random bits."""
    time_ms = time.time_ns() // 1_000_000 if time_ms is None else time_ms
    low = secrets.randbits(74)
    value = time_ms << 80 | 0x7 << 76 | (low >> 62) << 64 | 0b10 << 62 | (low & ((1 << 62) - 1))
    return value.to_bytes(16, "big")


def wait_until(what, predicate, seconds, every=0.002):
    """What the predicate returns once it is true; TimeoutError names what did not come."""
    deadline = time.monotonic() + seconds
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(every)


class Refused(Exception):
    def __init__(self, header, body):
        refusal = wire_pb2.Refusal.FromString(body)
        self.status = CODES[header.status]
        self.recorded = header.recorded
        self.position = (header.journal_id, header.seq)
        self.reason = refusal.reason
        self.sentence = refusal.sentence
        self.field = refusal.field
        self.lines = [(line.line, REASON_WORDS[line.reason], line.available, line.unit_price_minor)
                      for line in refusal.lines]
        self.retry_after_ms = refusal.retry_after_ms
        super().__init__(f"{self.status} {self.reason} {self.field}: {self.sentence} {self.lines or ''}")


class Call:
    """A request and, once done, its answer."""

    def __init__(self, method, body, header, deadline, repeat):
        self.method = method
        self.body = body
        self.request = header  # its request id is that of the last attempt
        self.deadline = deadline
        self.repeat = repeat
        self.attempts = 0
        self.attempt_over = 0.0
        self.header = None  # of the answer
        self.answer = b""

    @property
    def done(self):
        return self.header is not None

    def attempt(self, request_id, now):
        self.request.request_id = request_id
        self.attempts += 1
        self.attempt_over = now + ATTEMPT_S
        if self.request.until_settled or self.request.positions:
            self.attempt_over += self.request.timeout_ms / 1000 or TIMEOUT_S

    @property
    def position(self):
        return self.header.journal_id, self.header.seq

    def result(self):
        if self.header.status != 0:
            raise Refused(self.header, self.answer)
        return self.method.reply.FromString(self.answer)

    def refusal(self):
        """None where it was accepted."""
        return Refused(self.header, self.answer) if self.header.status != 0 else None


class Subscription:
    """Durable events of one service, in order, across its restarts."""

    def __init__(self, service, member, after=None, batch_hash=b"", credit=CREDIT_BYTES):
        self.service = service
        self.member = member
        self.after = after
        self.batch_hash = batch_hash
        self.credit = credit
        self.request_id = 0
        self.heard = 0.0
        self.taken = 0
        self.head = 0
        self.entries = []  # (seq, [Event])
        self.refused = None

    def take(self, header, body):
        """The credit to give back, in bytes; None: something was lost on the way, or it is another history."""
        if header.status != 0:
            self.refused = Refused(header, body)
            return 0
        chunk = wire_pb2.StreamChunk.FromString(body)
        expected = self.after[1] + 1 if self.after else 1
        if getattr(chunk, "from") != expected or (self.after and chunk.through.journal_id != self.after[0]):
            return None
        is_beat = chunk.through.seq < expected
        self.after = (chunk.through.journal_id, chunk.through.seq)
        self.batch_hash = chunk.batch_hash
        self.head = chunk.head_seq
        event = SERVICES[self.service].Event
        self.entries += [(entry.seq, [event.FromString(e) for e in entry.events]) for entry in chunk.entries]
        self.taken += 0 if is_beat else len(body)  # a beat takes no credit
        if self.taken < self.credit // 4:
            return 0
        given, self.taken = self.taken, 0
        return given


class Link:
    """The connection to one service, found by the endpoint file in its folder, which a restart changes."""

    def __init__(self, context, folder):
        self.context = context
        self.file = Path(folder) / "endpoint"
        self.endpoint = None
        self.socket = None
        self.looked = 0.0
        self.queue = deque()  # calls to be sent
        self.flying = {}  # request id -> call

    def look(self, now):
        """Connects where the endpoint is another than before: True."""
        if now - self.looked < LOOK_S:
            return False
        self.looked = now
        try:
            endpoint = self.file.read_text().strip()
        except FileNotFoundError:
            return False
        if endpoint == self.endpoint or not endpoint:
            return False
        self.close()
        self.endpoint = endpoint
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.reconnect_ivl = 20
        # Not ZMQ_IMMEDIATE: with it a connection that ends takes replies along that came and were not read.
        self.socket.connect(endpoint)
        return True

    def send(self, header, body):
        """False: nobody was there yet, or the queue is full."""
        if self.socket is None:
            return False
        try:
            self.socket.send_multipart((header.SerializeToString(), body), zmq.NOBLOCK)
            return True
        except zmq.Again:
            return False

    def receive(self):
        try:
            return self.socket.recv_multipart(zmq.NOBLOCK) if self.socket is not None else None
        except zmq.Again:
            return None

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None


class Client:
    """One member's connections to the services below a folder. One thread; everything happens in turn()."""

    def __init__(self, folder, member=None, language="en"):
        self.folder = Path(folder)
        self.member = member or new_id()
        self.language = language
        self.context = zmq.Context()
        self.links = {name: Link(self.context, self.folder / name) for name in SERVICES}
        self.later = []  # heap of (time, serial, what to do then)
        self.pausing = 0  # calls among them
        self.swept = 0.0
        self.serial = 0
        self.next_request_id = secrets.randbits(48) + 1
        self.subscriptions = {}  # request id -> subscription
        self.all_subscriptions = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for link in self.links.values():
            link.close()
        self.context.term()

    # ---- calls ----

    def submit(self, name, fields=None, *, service=None, member=None, command_id=None, timeout_ms=0, seconds=20.0,
               until_settled=False, dry_run=False, after=(), language=None, body=None, repeat=True):
        """A Call, which goes on in turn(). fields: of the request; or body, its bytes. repeat: until there is an
        answer that says more than "later"."""
        method = METHODS[name]
        if body is None:
            body = method.request(**(fields or {})).SerializeToString()
        header = wire_pb2.RequestHeader(
            protocol=PROTOCOL, method=method.number, member=member or self.member, timeout_ms=timeout_ms,
            language=language or self.language, until_settled=until_settled, dry_run=dry_run,
            positions=[wire_pb2.Position(journal_id=journal, seq=seq) for journal, seq in after])
        if method.is_command:
            header.command_id = command_id or new_id()
        call = Call(method, body, header, time.monotonic() + seconds, repeat)
        self.links[service or method.service].queue.append(call)
        return call

    def call(self, name, fields=None, **options):
        """The reply; raises Refused. The call's own answer stands in self.last."""
        self.last = self.submit(name, fields, **options)
        self.run(lambda: self.last.done)
        return self.last.result()

    def status(self, service, seconds=20.0):
        return self.call("Status", service=service, seconds=seconds)

    def run(self, until, seconds=60.0):
        deadline = time.monotonic() + seconds
        while not until():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not done within {seconds} s")
            self.turn(100)

    def open_calls(self):
        return sum(len(link.queue) + len(link.flying) for link in self.links.values()) + self.pausing

    # ---- subscriptions ----

    def subscribe(self, service, **options):
        subscription = Subscription(service, options.pop("member", self.member), **options)
        self.all_subscriptions.append(subscription)
        self._subscribe(subscription)
        return subscription

    def _request_id(self):
        self.next_request_id += 1
        return self.next_request_id

    def _host_header(self, name, subscription):
        return wire_pb2.RequestHeader(protocol=PROTOCOL, method=METHODS[name].number,
                                      request_id=self._request_id(), member=subscription.member)

    def _subscribe(self, subscription):
        self.subscriptions.pop(subscription.request_id, None)
        header = self._host_header("Subscribe", subscription)
        message = wire_pb2.SubscribeRequest(credit_bytes=subscription.credit, batch_hash=subscription.batch_hash,
                                            service=subscription.service)
        if subscription.after:
            message.after.journal_id, message.after.seq = subscription.after
        subscription.request_id = header.request_id
        subscription.taken = 0
        subscription.heard = time.monotonic()
        self.subscriptions[header.request_id] = subscription
        if not self.links[subscription.service].send(header, message.SerializeToString()):
            self._do_later(PAUSE_S, lambda: self._subscribe(subscription))

    def _hear_chunk(self, link, subscription, header, body):
        subscription.heard = time.monotonic()
        given = subscription.take(header, body)
        if subscription.refused:
            del self.subscriptions[header.request_id]
        elif given is None:
            self._subscribe(subscription)
        elif given:
            message = wire_pb2.CreditRequest(subscription=header.request_id, bytes=given)
            link.send(self._host_header("Credit", subscription), message.SerializeToString())

    # ---- what goes on ----

    def turn(self, wait_ms):
        """Sends what is due, waits until something comes, and takes it."""
        now = time.monotonic()
        for name, link in self.links.items():
            if link.look(now):
                self._connected_anew(name, link)
        while self.later and self.later[0][0] <= now:
            heapq.heappop(self.later)[2]()
        if now - self.swept > 0.1:
            self.swept = now
            for link in self.links.values():
                self._end_attempts(link, now)
            for subscription in list(self.subscriptions.values()):
                if now - subscription.heard > SILENT_S:
                    self._subscribe(subscription)
        for link in self.links.values():
            self._send_queued(link, now)
        if self.open_calls():
            wait_ms = min(wait_ms, LOOK_S * 1000)  # the endpoint may change
        if self.later:
            wait_ms = min(wait_ms, max(0, (self.later[0][0] - now) * 1000))
        poller = zmq.Poller()
        for link in self.links.values():
            if link.socket is not None:
                poller.register(link.socket, zmq.POLLIN)
        poller.poll(wait_ms)
        for link in self.links.values():
            while (frames := link.receive()) is not None:
                self._hear(link, frames)

    def _do_later(self, seconds, action):
        self.serial += 1
        heapq.heappush(self.later, (time.monotonic() + seconds, self.serial, action))

    def _connected_anew(self, name, link):
        """What had no answer on the old connection goes again, first, under the same command ids."""
        link.queue.extendleft(reversed(link.flying.values()))
        link.flying.clear()
        for subscription in self.all_subscriptions:
            if subscription.service == name and not subscription.refused:
                self._subscribe(subscription)

    def _send_queued(self, link, now):
        while link.queue and len(link.flying) < WINDOW:
            call = link.queue[0]
            if now > call.deadline:
                raise TimeoutError(f"{call.method.name} has no answer after {call.attempts} attempts")
            call.attempt(self._request_id(), now)
            if not link.send(call.request, call.body):
                break
            link.queue.popleft()
            link.flying[call.request.request_id] = call

    @staticmethod
    def _end_attempts(link, now):
        for request_id, call in list(link.flying.items()):
            if call.attempt_over < now:
                del link.flying[request_id]
                link.queue.append(call)

    def _pause(self, link, call, seconds):
        def again():
            self.pausing -= 1
            link.queue.append(call)
        self.pausing += 1
        self._do_later(seconds, again)

    def _hear(self, link, frames):
        assert len(frames) == 2, "a reply is two frames"
        header = wire_pb2.ReplyHeader.FromString(frames[0])
        subscription = self.subscriptions.get(header.request_id)
        if subscription is not None:
            self._hear_chunk(link, subscription, header, frames[1])
            return
        call = link.flying.pop(header.request_id, None)
        if call is None:
            return  # of an attempt that was given up
        may_repeat = call.repeat and not header.recorded and not call.request.dry_run
        if header.status != 0 and may_repeat and time.monotonic() < call.deadline:
            refusal = wire_pb2.Refusal.FromString(frames[1])
            if REASONS[refusal.reason].transient:
                self._pause(link, call, max(PAUSE_S, refusal.retry_after_ms / 1000))
                return
        call.header, call.answer = header, frames[1]
