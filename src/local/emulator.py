"""Runs ministack, the AWS emulator, behind the gate (gate.py) and with the seven changes that this project needs.

Branches of a Parallel state each get a context of their own: ministack shares one between them, so that a branch could
wait with another branch's task token. An execution of a version runs the definition that was published for it: ministack
runs the one that stands there a moment later. A task whose Lambda is at its reserved concurrency fails with AWS's name of that error,
and is tried again. What is to be kept (PERSIST_STATE=1) is written down every few seconds: ministack does that only when it is
asked to stop, and it may be killed. An execution that is started is written down before the start is answered, since the
pipeline goes on as soon as it has the answer, and an execution that nobody knows of any more is a delivery that never ends. Builds, which it only pretends to run, are handed to whoever plays CodeBuild at
LIVE_CI_CODEBUILD, where that is set. And the emulator doesn't outlive the process that started it: that process holds the
other end of standard input, and when it is gone, so is everything here; unless it has written a word there before, which
lets the emulator go on by itself.
"""

import contextvars
import copy
import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

from ministack import app
from ministack.core import persistence
from ministack.services import lambda_svc, stepfunctions

sys.path.insert(0, str(Path(__file__).resolve().parent))
import gate  # noqa: E402 (beside this file)

GRACE_SECONDS = 3
BUILD_GRACE_SECONDS = 660
SAVE_SECONDS = 3


def give_each_branch_its_own_context():
    run_shared = stepfunctions._run_sub_machine

    def run(states, start_at, input_data, execution, context):
        return run_shared(states, start_at, input_data, execution, copy.copy(context))

    stepfunctions._run_sub_machine = run


def run_the_version_that_was_started():
    """The thread of an execution has a copy of the context in which it was started."""
    start = stepfunctions._start_execution
    started = contextvars.ContextVar("started", default=None)

    def started_as(data):
        arn = data.get("stateMachineArn", "").split("#")[0]
        before = started.set(stepfunctions._state_machine_versions.get(arn))
        try:
            return start(data)
        finally:
            started.reset(before)

    class Machines(type(stepfunctions._state_machines)):
        __slots__ = ()

        def get(self, arn, default=None):
            machine, version = super().get(arn, default), started.get()
            if version is None or version["stateMachineArn"] != arn:
                return machine
            return {**machine, "definition": version["definition"]}

    stepfunctions._start_execution = started_as
    stepfunctions._state_machines.__class__ = Machines


def name_throttling_as_step_functions_does():
    throttle = lambda_svc._throttle_response

    def named(*args, **kwargs):
        answer = throttle(*args, **kwargs)
        answer["body"]["errorType"] = "Lambda.TooManyRequestsException"
        return answer

    lambda_svc._throttle_response = named


def hand_builds_to(codebuild):
    """`codebuild:startBuild.sync`: posts the task's parameters; the answer comes when the build has ended."""

    def build(_resource, parameters):
        headers = {"Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(codebuild, json.dumps(parameters).encode(), headers)) as response:
            answer = json.load(response)
        if "Error" in answer:
            raise stepfunctions._ExecutionError(answer["Error"], answer["Cause"])
        return answer

    stepfunctions._SERVICE_DISPATCH["arn:aws:states:::codebuild:startBuild"] = build


saving = threading.Lock()


def save_now_and_then():
    logging.getLogger("persistence").setLevel(logging.WARNING)
    while True:
        time.sleep(SAVE_SECONDS)
        with saving:
            persistence.save_all(app._build_persistence_save_dict())


def write_starts_down():
    start = stepfunctions._start_execution

    def written_down(data):
        answer = start(data)
        with saving:
            persistence.save_state("stepfunctions", settled(stepfunctions.get_state))
        return answer

    stepfunctions._start_execution = written_down


def settled(get_state):
    """Its copy fails while an execution's thread adds to what is copied."""
    while True:
        try:
            return get_state()
        except RuntimeError:
            time.sleep(0.001)


def end_with_standard_input():
    if os.read(0, 4096):
        return
    end_builds()
    orphans = descendants(os.getpid())
    send(orphans, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and any(alive(pid) for pid in orphans):
        time.sleep(0.05)
    send(orphans | descendants(os.getpid()), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def end_builds():
    """Each asks its tool to end, and waits for it: a signal to a provider would lose what that is just making. As process-tree.ts does it."""
    asked = set()
    deadline = time.monotonic() + BUILD_GRACE_SECONDS
    while time.monotonic() < deadline:
        builds = builds_among(descendants(os.getpid()))
        if not builds:
            return
        send(builds - asked, signal.SIGTERM)
        asked |= builds
        time.sleep(0.05)


def builds_among(pids):
    listing = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,stat=,args="], capture_output=True, text=True, errors="replace").stdout
    found = (re.match(r"\s*(\d+)\s+[^Z\s]\S*\s.* run [a-z-]+ --delivery=", line) for line in listing.splitlines())
    return {int(one[1]) for one in found if one} & pids


def descendants(root):
    """Process ids below `root`, whatever their process groups; terraform runs in groups of its own."""
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True).stdout
    parents = dict(map(int, line.split()) for line in listing.splitlines())
    below = set()
    while True:
        found = {pid for pid, parent in parents.items() if parent == root or parent in below} - below
        if not found:
            return below
        below |= found


def send(pids, what):
    for pid in pids:
        try:
            os.kill(pid, what)
        except OSError:
            pass


def alive(pid):
    try:
        os.kill(pid, 0)
        return True
    except OSError:
        return False


if __name__ == "__main__":
    threading.Thread(target=end_with_standard_input, daemon=True).start()
    if persistence.PERSIST_STATE:
        threading.Thread(target=save_now_and_then, daemon=True).start()
        write_starts_down()
    gate.stand()
    give_each_branch_its_own_context()
    run_the_version_that_was_started()
    name_throttling_as_step_functions_does()
    if "LIVE_CI_CODEBUILD" in os.environ:
        hand_builds_to(os.environ["LIVE_CI_CODEBUILD"])
    app.main()
