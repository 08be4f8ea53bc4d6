"""Runs the emulator with every caller held to its role (AUTH=true), and writes down each call that a role makes.

What AWS checks and ministack doesn't is checked here as well: state machines call functions and other state machines under their own
roles; a Map in distributed mode starts executions of its own state machine and reads its items; a task is answered on its state
machine; and who asks for an object that isn't there is told so only if it may list the bucket, else it is forbidden (S3 API
reference, GetObject).

Each call is a line of JSON in the file ROLE_CALLS: {"role", "action", "resource", "allowed"}.
"""

import contextvars
import json
import os
import runpy
import threading
from pathlib import Path

from ministack.core import iam_actions
from ministack.core import iam_evaluator as iam
from ministack.core.responses import get_account_id, get_region
from ministack.services import s3, stepfunctions

# The role and the state machine whose task is being run.
running = contextvars.ContextVar("running", default=None)
# Task token and the state machine that waits with it.
machines = {}
calls = open(os.environ["ROLE_CALLS"], "a", buffering=1)
lock = threading.Lock()


def write_down(role, action, resource, allowed):
    with lock:
        calls.write(json.dumps({"role": role, "action": action, "resource": resource, "allowed": allowed}) + "\n")


def record_and_tell_missing_from_forbidden():
    enforce = iam.enforce

    def recorded(access_key, action, service, region, resource_arn="*", service_context=None):
        # As if it came over TLS, which there is none of here and which the artifact bucket's policy asks for.
        iam.pin_request_origin("127.0.0.1", True)
        denied = enforce(access_key, action, service, region, resource_arn, service_context)
        principal = iam.resolve_principal(access_key or "", get_account_id())
        if isinstance(principal, iam.AuthError) or principal.type != "AssumedRole":
            return denied
        write_down(principal.arn.split("/")[1], action, resource_arn, denied is None)
        if denied is None and action == "s3:GetObject":
            bucket, _, key = resource_arn.removeprefix("arn:aws:s3:::").partition("/")
            if s3._get_object_data(bucket, key) is None:
                return recorded(access_key, "s3:ListBucket", service, region, f"arn:aws:s3:::{bucket}")
        return denied

    iam.enforce = recorded


def authorize_on_the_state_machine():
    """A task is answered on its state machine; a version is used on its state machine (Authorization for versions and aliases)."""
    extract = iam_actions.extract_resource_arn

    def extracted(service, method, path, headers, body, *rest):
        if service == "states" and ".SendTask" in headers.get("x-amz-target", ""):
            return machines.get(json.loads(body)["taskToken"], "*")
        resource = extract(service, method, path, headers, body, *rest)
        return ":".join(resource.split(":")[:7]) if ":stateMachine:" in resource else resource

    iam_actions.extract_resource_arn = extracted


def hold_state_machines_to_their_roles():
    execute, invoke, wait = stepfunctions._execute_task, stepfunctions._invoke_resource, stepfunctions._invoke_with_callback
    distribute, read_items = stepfunctions._run_distributed_map, stepfunctions._read_map_items

    def executed(state, raw_input, execution, context):
        with_role(context)
        return execute(state, raw_input, execution, context)

    def invoked(resource, parameters):
        require_call(resource, parameters)
        return invoke(resource, parameters)

    def waited(resource, parameters, token, state):
        require_call(resource, parameters)
        machines[token] = running.get()[1]
        return wait(resource, parameters, token, state)

    def distributed(state, raw_input, effective, iterator, execution, context):
        with_role(context)
        require("states:StartExecution", state_machine(context))
        return distribute(state, raw_input, effective, iterator, execution, context)

    def items_read(reader, effective, context):
        parameters = stepfunctions._resolve_params_obj(reader["Parameters"], effective, context)
        require("s3:GetObject", f"arn:aws:s3:::{parameters['Bucket']}/{parameters['Key']}")
        return read_items(reader, effective, context)

    stepfunctions._execute_task, stepfunctions._invoke_resource, stepfunctions._invoke_with_callback = executed, invoked, waited
    stepfunctions._run_distributed_map, stepfunctions._read_map_items = distributed, items_read


def state_machine(context):
    """Without the version or the label of a Map Run."""
    return ":".join(context["StateMachine"]["Id"].split("/")[0].split(":")[:7])


def with_role(context):
    machine = state_machine(context)
    running.set((stepfunctions._state_machines[machine]["roleArn"].split("/")[-1], machine))


def require_call(resource, parameters):
    if "states:::lambda:invoke" in resource:
        name = parameters["FunctionName"]
        function = f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{name}"
        require("lambda:InvokeFunction", name if name.startswith("arn:") else function)
    elif "states:::states:startExecution" in resource:
        require("states:StartExecution", parameters["StateMachineArn"])


def require(action, resource):
    account, role = get_account_id(), running.get()[0]
    policies = iam._gather_role_policies(role, account)
    principal = f"arn:aws:sts::{account}:assumed-role/{role}/states"
    asked = iam.EvalContext(principal, "AssumedRole", account, action, resource, get_region())
    allowed = iam.evaluate(asked, policies).decision == "Allow"
    write_down(role, action, resource, allowed)
    if not allowed:
        raise stepfunctions._ExecutionError("States.Permissions", f"{role} may not {action} {resource}")


if __name__ == "__main__":
    record_and_tell_missing_from_forbidden()
    authorize_on_the_state_machine()
    hold_state_machines_to_their_roles()
    emulator = Path(__file__).resolve().parents[2] / "src" / "local" / "emulator.py"
    runpy.run_path(str(emulator), run_name="__main__")
