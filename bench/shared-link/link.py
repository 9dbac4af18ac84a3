#!/usr/bin/python3
"""A slow, long or lossy link between two devices of this network namespace, in user space: not every kernel has tc's netem.

link.py --plain DEV                    makes a device send ordinary frames: no segments to be cut, no checksums to be filled in
link.py --left DEV --right DEV [...]   carries frames both ways until standard input ends, and tells what it has carried

What goes to the right loses frames at random, passes a queue that is emptied at --rate, and arrives half of --rtt later;
what goes to the left is late by the other half. --discipline says whose turn it is in the queue:
  fifo       first come, first served
  fair       every flow in turn
  priority   what --background hosts send, only when there is nothing else
Who comes when its queue is full (--queue milliseconds at the rate) is dropped.
"""

import argparse
import collections
import ctypes
import fcntl
import json
import random
import select
import socket
import struct
import sys
import time

SOL_PACKET = 263
PACKET_IGNORE_OUTGOING = 23
SO_RCVBUFFORCE = 33
RECEIVE_BUFFER = 16 << 20
ETH_P_ALL = 3
ETH_P_IP = b"\x08\x00"
MAX_FRAME = 65_536
REPORT_INTERVAL_S = 0.25
# Frames taken from one side before the other has its turn.
BATCH = 64

SIOCETHTOOL = 0x8946
# ethtool.h: checksums of what is received and sent, segmentation of TCP and in general, joining of received segments.
OFFLOADS = (0x15, 0x17, 0x1F, 0x24, 0x2C)


def switch_offloads_off(device):
    control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for command in OFFLOADS:
        value = ctypes.create_string_buffer(struct.pack("II", command, 0))
        fcntl.ioctl(control, SIOCETHTOOL, struct.pack("16sP16x", device.encode(), ctypes.addressof(value)))


def open_device(device):
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    opened.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    opened.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    opened.bind((device, 0))
    opened.setblocking(False)
    return opened


def source_of(frame):
    return socket.inet_ntoa(frame[26:30]) if frame[12:14] == ETH_P_IP else "other"


class Bottleneck:
    """Queues, one of which is served at a time, at a limited rate."""

    def __init__(self, args):
        self.seconds_per_byte = 8 / (args.rate * 1e6)
        self.capacity = args.queue / 1000 / self.seconds_per_byte
        self.discipline = args.discipline
        self.background = set(args.background)
        # In the order in which they are served next.
        self.queues = collections.OrderedDict()
        self.bytes_in = collections.Counter()
        self.free_at = 0.0
        self.figures = {"bytes": collections.Counter(), "frames": 0, "delay": 0.0, "dropped": 0, "lost": 0}

    def key_of(self, frame):
        if self.discipline == "fair":
            # Addresses and ports.
            return frame[26:38]
        return self.discipline == "priority" and source_of(frame) in self.background

    def add(self, frame, now):
        key = self.key_of(frame)
        if self.bytes_in[key] + len(frame) > self.capacity:
            self.figures["dropped"] += 1
            return
        self.bytes_in[key] += len(frame)
        self.queues.setdefault(key, collections.deque()).append((now, frame))

    def next_key(self):
        if self.discipline == "priority":
            return min(self.queues)
        return next(iter(self.queues))

    def serve(self, now):
        """Yields frames and when the last of their bits has left, up to now."""
        while self.queues and self.free_at <= now:
            key = self.next_key()
            queue = self.queues.pop(key)
            arrived, frame = queue.popleft()
            if queue:
                self.queues[key] = queue
            self.bytes_in[key] -= len(frame)
            begin = max(self.free_at, arrived)
            self.free_at = begin + len(frame) * self.seconds_per_byte
            self.figures["bytes"][source_of(frame)] += len(frame)
            self.figures["frames"] += 1
            self.figures["delay"] += begin - arrived
            yield frame, self.free_at

    def next_at(self):
        return self.free_at if self.queues else float("inf")


def receive(device):
    for _ in range(BATCH):
        try:
            yield device.recv(MAX_FRAME)
        except BlockingIOError:
            return


def deliver(waiting, device, now):
    while waiting and waiting[0][0] <= now:
        try:
            device.send(waiting.popleft()[1])
        except OSError:
            # The device's queue is full, or it is going down: lost as on a real link.
            pass


def run(args):
    left, right = open_device(args.left), open_device(args.right)
    chance = random.Random(args.seed)
    one_way = args.rtt / 2000
    bottleneck = Bottleneck(args)
    to_left, to_right = collections.deque(), collections.deque()
    next_report = time.monotonic()
    while True:
        now = time.monotonic()
        events = [bottleneck.next_at(), next_report] + [waiting[0][0] for waiting in (to_left, to_right) if waiting]
        ready = select.select([left, right, sys.stdin], [], [], max(0, min(events) - now))[0]
        if sys.stdin in ready:
            return
        now = time.monotonic()
        if left in ready:
            for frame in receive(left):
                if chance.random() * 100 < args.loss:
                    bottleneck.figures["lost"] += 1
                else:
                    bottleneck.add(frame, now)
        if right in ready:
            for frame in receive(right):
                to_left.append((now + one_way, frame))
        for frame, left_at in bottleneck.serve(now):
            to_right.append((left_at + one_way, frame))
        deliver(to_right, right, now)
        deliver(to_left, left, now)
        if now >= next_report:
            next_report = now + REPORT_INTERVAL_S
            print(json.dumps({"at": now, **bottleneck.figures}), flush=True)


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--plain")
    parser.add_argument("--left")
    parser.add_argument("--right")
    parser.add_argument("--rate", type=float, help="megabits per second", default=50)
    parser.add_argument("--rtt", type=float, help="milliseconds", default=20)
    parser.add_argument("--loss", type=float, help="per cent", default=0)
    parser.add_argument("--queue", type=float, help="milliseconds", default=100)
    parser.add_argument("--discipline", choices=["fifo", "fair", "priority"], default="fifo")
    parser.add_argument("--background", action="append", default=[], help="address")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.plain:
        switch_offloads_off(args.plain)
    else:
        run(args)


main()
