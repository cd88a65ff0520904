"""Candidates on kazoo's Election, as a Python service has them.

Every line on stdin is a command (foreigner.ts lists them); it is answered by one line on stdout, whose fields are
separated by tabs. Ends with stdin.
"""
import sys
import threading

from kazoo.client import KazooClient


class Candidate:
    def __init__(self, client, path, name):
        self.election = client.Election(path, name)
        self.leads = False
        self.left = threading.Event()
        self.thread = threading.Thread(target=self.election.run, args=(self.lead,), daemon=True)
        self.thread.start()

    def lead(self):
        self.leads = True
        self.left.wait()
        self.leads = False

    def leave(self):
        self.left.set()
        self.election.cancel()
        self.thread.join(10)


def answer(client, path, candidates, command, name):
    if command == "stand":
        candidates[name] = Candidate(client, path, name)
        return []
    if command == "leave":
        candidates.pop(name).leave()
        return []
    if command == "leaders":
        return [name for name, candidate in candidates.items() if candidate.leads]
    if command == "line":
        return client.Election(path).contenders()
    raise ValueError(command)


def main(server, path):
    client = KazooClient(server, timeout=10)
    client.start()
    candidates = {}
    print("ready", flush=True)
    for line in sys.stdin:
        command, _, name = line.strip().partition(" ")
        print("\t".join(answer(client, path, candidates, command, name)), flush=True)
    for candidate in candidates.values():
        candidate.leave()
    client.stop()
    client.close()


main(*sys.argv[1:])
