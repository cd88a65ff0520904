"""Candidates on kazoo's Election, each on a client of its own, measured by this process's own clock.

Every line on stdin is a command, answered by one line on stdout whose fields are separated by tabs:
  join N PATH   puts N in line; how long until each had its znode, in ms
  handover N P  so many leaders go, P ms apart; how long from each one's return to the next one's call, in ms
  leave         all of them go
and for a line that another process has a part of, instants of the machine's monotonic clock in ms:
  enter N PATH  puts N in line behind all others
  led           since when the first of ours leads, when it does
  go            the first of ours goes; when it did
Ends with stdin.
"""
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from kazoo.client import KazooClient

SESSION_TIMEOUT = 30
AT_ONCE = 32
PATIENCE = 60
# After it has gone: an answer before the next one leads would take some of its processor.
QUIET = 0.02


class Candidate:
    def __init__(self, server, path, name):
        self.path, self.name = path, name
        self.client = KazooClient(server, timeout=SESSION_TIMEOUT)
        self.client.start(PATIENCE)
        self.stand()

    def stand(self):
        """Returns when it has a znode: a moment before it watches the one ahead."""
        self.leads, self.goes = threading.Event(), threading.Event()
        self.election = self.client.Election(self.path, self.name)
        self.thread = threading.Thread(target=self.election.run, args=(self.lead,), daemon=True)
        self.thread.start()
        late = time.monotonic() + PATIENCE
        while self.election.lock.node is None:
            if time.monotonic() > late:
                raise TimeoutError(self.name)
            time.sleep(0.0005)

    def lead(self):
        self.since = time.perf_counter()
        self.leads.set()
        self.goes.wait()
        self.left = time.perf_counter()

    def place(self):
        return int(self.election.lock.node[-10:])

    def close(self):
        self.goes.set()
        self.election.cancel()
        self.client.stop()
        self.client.close()


def join(server, count, path):
    began = time.perf_counter()
    line = [Candidate(server, path, "c-0")]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        line += pool.map(lambda i: Candidate(server, path, "c-%d" % i), range(1, count))
    took = time.perf_counter() - began
    return sorted(line, key=Candidate.place), took


def hand_over(line, pause):
    leader, following = line[0], line[1]
    if not leader.leads.wait(PATIENCE):
        raise TimeoutError(leader.name)
    time.sleep(pause)
    leader.goes.set()
    if not following.leads.wait(PATIENCE):
        raise TimeoutError(following.name)
    leader.thread.join(PATIENCE)
    leader.stand()
    line.append(line.pop(0))
    return following.since - leader.left


def enter(server, count, path, spare):
    if spare:
        spare[0].stand()
        return [spare.pop(0)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda i: Candidate(server, path, "c-%d" % i), range(count)))


def led(first):
    if not first.leads.wait(PATIENCE):
        raise TimeoutError(first.name)
    return first.since


def go(first):
    led(first)
    first.goes.set()
    first.thread.join(PATIENCE)
    time.sleep(QUIET)
    return first.left


def leave(line):
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(Candidate.close, reversed(line)))


def main(server):
    line, spare = [], []
    print("ready", flush=True)
    for command in sys.stdin:
        word, *rest = command.split()
        took = []
        if word == "join":
            line, seconds = join(server, int(rest[0]), rest[1])
            took = [seconds]
        elif word == "handover":
            took = [hand_over(line, int(rest[1]) / 1000) for _ in range(int(rest[0]))]
        elif word == "enter":
            line += enter(server, int(rest[0]), rest[1], spare)
        elif word == "led":
            took = [led(line[0])]
        elif word == "go":
            spare.append(line.pop(0))
            took = [go(spare[-1])]
        elif word == "leave":
            leave(line + spare)
            line, spare = [], []
        else:
            raise ValueError(word)
        print("\t".join("%.4f" % (1000 * seconds) for seconds in took), flush=True)


main(*sys.argv[1:])
