"""The gate in front of the emulator: it says no where AWS says no.

Each request is parsed as the service would parse it, and held against the API's own model (the one that botocore brings) and
against the table of quotas below. What is over is answered with AWS's name of the error, and is in the emulator's log as "gate
refused". What CloudFormation makes goes through the same checks, since the emulator makes it without a request. Inside of
executions, Step Functions' own quotas hold, and its rules for what leads nowhere and for names that are given once.

A member that the model doesn't know is left out by AWS, too. Bodies that are XML or CBOR are not looked into.
"""

import functools
import json
import logging
import os
import re
import time
from dataclasses import dataclass
from typing import Any, Callable
from urllib.parse import parse_qs, unquote

from botocore.loaders import Loader
from botocore.model import ServiceModel
from ministack import app
from ministack.core.responses import error_response_json, error_response_xml, get_account_id, get_region, json_response
from ministack.core.router import detect_service
from ministack.services import iam, lambda_svc, stepfunctions
from ministack.services.cloudformation import provisioners, stacks

logger = logging.getLogger("gate")

# What an account may have of what AWS gives to each account differently; LIVE_CI_ACCOUNT_QUOTAS, JSON, has others.
ACCOUNT = {
    "builds at once": 1,  # of a compute type (CodeBuild guide, Quotas): a new account's
    "calls at once": 1000,  # of Lambdas (Lambda guide, Lambda quotas)
    "calls that are not reserved": 100,  # Lambda guide, Configuring reserved concurrency
    **json.loads(os.environ.get("LIVE_CI_ACCOUNT_QUOTAS", "{}")),
}


class Refused(Exception):
    def __init__(self, code, message, page="the API's model"):
        super().__init__(message)
        self.code, self.message, self.page = code, message, page


# --- the table -------------------------------------------------------------------------------------------------------------------


@dataclass
class Quota:
    """`measure` answers the numbers of a request, each of which may be `most` at most."""

    service: str
    operations: str  # separated by blanks; * is all of them
    page: str  # of AWS's documentation
    measure: Callable[[dict, bytes], Any]
    most: int
    code: str
    message: str  # with {most}, {value} and the request's {members}

    def check(self, operation, params, body):
        if self.operations != "*" and operation not in self.operations.split():
            return
        for value in self.measure(params, body):
            if value > self.most:
                raise Refused(self.code, self.message.format_map(Words(params, most=self.most, value=value)), self.page)


class Words(dict):
    def __missing__(self, key):
        return f"without a {key}"


def size(text):
    return len(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)


def sizes(*names):
    return lambda params, _body: [size(params[name]) for name in names if isinstance(params.get(name), str)]


def state_names(params, _body):
    """In UTF-16 units, those inside of branches and Maps too."""

    def below(machine):
        for name, state in machine.get("States", {}).items():
            yield len(name.encode("utf-16-le", "surrogatepass")) // 2
            for inner in [*state.get("Branches", []), state.get("ItemProcessor", {}), state.get("Iterator", {})]:
                yield from below(inner)

    try:
        return list(below(json.loads(params.get("definition", "{}"))))
    except (ValueError, AttributeError):
        return []


def build_variables(params, _body):
    given = (params.get("environment") or {}).get("environmentVariables", []) + params.get("environmentVariablesOverride", [])
    return [len(str(variable.get("value", ""))) for variable in given]


def build_specs(params, _body):
    return [len(text) for text in [(params.get("source") or {}).get("buildspec"), params.get("buildspecOverride")] if text]


def build_limit(params, _body):
    return [int(params["concurrentBuildLimit"])] if "concurrentBuildLimit" in params else []


def policy_length(document):
    """IAM does not count white space (IAM and STS quotas)."""
    return len(re.sub(r"\s", "", document if isinstance(document, str) else json.dumps(document)))


def inline_policies(params, _body):
    known = iam._roles.get(params.get("RoleName"), {}).get("InlinePolicies", {})
    own = {params["PolicyName"]: params["PolicyDocument"]} if "PolicyDocument" in params else {}
    listed = {policy["PolicyName"]: policy["PolicyDocument"] for policy in params.get("Policies", [])}
    return [sum(map(policy_length, {**({} if listed else known), **own, **listed}.values()))]


def policy(name):
    return lambda params, _body: [policy_length(params[name])] if name in params else []


def unreserved(params, _body):
    """How many calls too few are left, when so many are reserved."""
    if "ReservedConcurrentExecutions" not in params:
        return []
    name = str(params.get("FunctionName", "")).split(":")[-1]
    functions = lambda_svc._functions
    others = sum(int(functions[other].get("concurrency") or 0) for other in list(functions.keys()) if other != name)
    left = ACCOUNT["calls at once"] - others - int(params["ReservedConcurrentExecutions"])
    return [ACCOUNT["calls that are not reserved"] - left]


def lambda_variables(params, _body):
    variables = (params.get("Environment") or {}).get("Variables") or {}
    return [size(json.dumps(variables, ensure_ascii=False, separators=(",", ":")))]


def function_name(params, _body):
    return [len(str(params.get("FunctionName", "")).split(":")[-1])]


def parameter(tier):
    return lambda params, _body: [size(params.get("Value", ""))] if params.get("Tier", "Standard") == tier else []


def batch(params, _body):
    return [sum(size(str(entry.get("MessageBody", ""))) for entry in params.get("Entries", []))]


def metadata(params, _body):
    return [sum(size(key) + size(str(value)) for key, value in params.get("Metadata", {}).items())]


KIB = 1024
STARTS = "StartExecution StartSyncExecution"
MACHINES = "CreateStateMachine UpdateStateMachine ValidateStateMachineDefinition"
PROJECTS = "CreateProject UpdateProject StartBuild"

QUOTAS = [
    Quota("stepfunctions", "*", "Step Functions guide, Service quotas: Maximum request size", lambda _params, body: [len(body)], KIB * KIB,
          "ValidationException", "The request has {value} bytes, more than {most}"),
    Quota("stepfunctions", STARTS, "Step Functions guide, Service quotas: Maximum input or output size", sizes("input"), 256 * KIB,
          "ValidationException", "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to {most}"),
    Quota("stepfunctions", "SendTaskSuccess", "Step Functions guide, Service quotas: Maximum input or output size", sizes("output"), 256 * KIB,
          "ValidationException", "1 validation error detected: Value at 'output' failed to satisfy constraint: Member must have length less than or equal to {most}"),
    Quota("stepfunctions", MACHINES, "Step Functions guide, State machine structure: names of states", state_names, 80,
          "InvalidDefinition", "Invalid State Machine Definition: the name of a state has {value} characters, more than {most}"),
    Quota("codebuild", PROJECTS, "what StartBuild and CreateProject answer; in no list of quotas", build_variables, 4096,
          "InvalidInputException", "EnvironmentVariable should be at most {most} characters"),
    Quota("codebuild", PROJECTS, "what CreateProject answers; in no list of quotas", build_specs, 25_600,
          "InvalidInputException", "buildspec should be at most {most} characters"),
    Quota("codebuild", PROJECTS, "CodeBuild guide, Quotas: Concurrent running builds", build_limit, ACCOUNT["builds at once"],
          "InvalidInputException", "Project-level concurrent build limit cannot exceed the account-level concurrent build limit of {most}."),
    Quota("iam", "PutRolePolicy CreateRole", "IAM guide, IAM and STS quotas: Role policy size", inline_policies, 10_240,
          "LimitExceeded", "Maximum policy size of {most} bytes exceeded for role {RoleName}"),
    Quota("iam", "CreatePolicy CreatePolicyVersion", "IAM guide, IAM and STS quotas: managed policy size", policy("PolicyDocument"), 6144,
          "LimitExceeded", "Cannot exceed quota for PolicySize: {most}"),
    Quota("iam", "CreateRole", "IAM guide, IAM and STS quotas: Role trust policy length", policy("AssumeRolePolicyDocument"), 2048,
          "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: {most}"),
    Quota("iam", "UpdateAssumeRolePolicy", "IAM guide, IAM and STS quotas: Role trust policy length", policy("PolicyDocument"), 2048,
          "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: {most}"),
    Quota("lambda", "CreateFunction", "Lambda API reference, CreateFunction: FunctionName", function_name, 64,
          "ValidationException", "1 validation error detected: Value '{FunctionName}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to {most}"),
    Quota("lambda", "CreateFunction UpdateFunctionConfiguration", "Lambda guide, Lambda quotas: Environment variables", lambda_variables, 4 * KIB,
          "InvalidParameterValueException", "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit."),
    Quota("lambda", "PutFunctionConcurrency CreateFunction", "Lambda guide, Configuring reserved concurrency", unreserved, 0,
          "InvalidParameterValueException", f"Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{ACCOUNT['calls that are not reserved']}]."),
    Quota("ssm", "PutParameter", "Systems Manager guide, Managing parameter tiers", parameter("Standard"), 4 * KIB,
          "ValidationException", "Standard tier parameters support a maximum parameter value of {most} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier."),
    Quota("ssm", "PutParameter", "Systems Manager guide, Managing parameter tiers", parameter("Advanced"), 8 * KIB,
          "ValidationException", "Advanced tier parameters support a maximum parameter value of {most} characters."),
    Quota("sqs", "SendMessage", "SQS guide, Message quotas: Message size", sizes("MessageBody"), KIB * KIB,
          "InvalidParameterValue", "One or more parameters are invalid. Reason: Message must be shorter than {most} bytes."),
    Quota("sqs", "SendMessageBatch", "SQS guide, Message quotas: Message size", batch, KIB * KIB,
          "BatchRequestTooLong", "Batch requests cannot be longer than {most} bytes. You have sent {value} bytes."),
    Quota("sqs", "SendMessage", "SQS guide, Message quotas: Message group ID", sizes("MessageGroupId", "MessageDeduplicationId"), 128,
          "InvalidParameterValue", "The length of MessageGroupId and MessageDeduplicationId is {most} characters at most."),
    Quota("sns", "Publish", "SNS API reference, Publish: Message", sizes("Message"), 256 * KIB,
          "InvalidParameter", "Invalid parameter: Message too long"),
    Quota("cloudformation", "CreateStack UpdateStack CreateChangeSet ValidateTemplate", "CloudFormation guide, Quotas: Template body size", sizes("TemplateBody"), 51_200,
          "ValidationError", "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to {most}"),
    Quota("s3", "PutObject CopyObject CreateMultipartUpload", "S3 guide, Creating object key names", sizes("Key"), KIB,
          "KeyTooLongError", "Your key is too long"),
    Quota("s3", "PutObject CopyObject CreateMultipartUpload", "S3 guide, Working with object metadata", metadata, 2 * KIB,
          "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size"),
]

# Names that are no constraint of the API's model: service, operations, page, member, what it has to be like, the error.
NAMES = [
    ("stepfunctions", "StartExecution CreateStateMachine", "Step Functions API reference, StartExecution: name", "name", r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]*", "InvalidName", "Invalid Name: '{value}'"),
    ("s3", "CreateBucket", "S3 guide, General purpose bucket naming rules", "Bucket", r"(?!xn--)(?!.*\.\.)(?!.*-s3alias$)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "InvalidBucketName", "The specified bucket is not valid."),
]

# Error of a request that the model doesn't allow, where it isn't ValidationException.
INVALID = {
    "codebuild": "InvalidInputException", "cloudformation": "ValidationError", "iam": "ValidationError", "sts": "ValidationError",
    "logs": "InvalidParameterException", "s3": "InvalidArgument", "sns": "InvalidParameter", "sqs": "InvalidParameterValue",
}

# CloudFormation's resources by the operation that makes one, and what the properties are called there where it is another name.
RESOURCES = {
    "AWS::CodeBuild::Project": ("codebuild", "CreateProject", {"BuildSpec": "buildspec"}),
    "AWS::IAM::Role": ("iam", "CreateRole", {}),
    "AWS::IAM::ManagedPolicy": ("iam", "CreatePolicy", {"ManagedPolicyName": "PolicyName"}),
    "AWS::Lambda::Function": ("lambda", "CreateFunction", {}),
    "AWS::Logs::LogGroup": ("logs", "CreateLogGroup", {}),
    "AWS::S3::Bucket": ("s3", "CreateBucket", {"BucketName": "Bucket"}),
    "AWS::SNS::Topic": ("sns", "CreateTopic", {"TopicName": "Name"}),
    "AWS::SQS::Queue": ("sqs", "CreateQueue", {}),
    "AWS::StepFunctions::StateMachine": ("stepfunctions", "CreateStateMachine", {"StateMachineName": "name", "DefinitionString": "definition"}),
    "AWS::Events::Rule": ("events", "PutRule", {}),
    "AWS::CloudWatch::Alarm": ("cloudwatch", "PutMetricAlarm", {}),
}

# --- the model -------------------------------------------------------------------------------------------------------------------

# What the emulator calls a service, where botocore calls it otherwise.
MODELS = {"states": "stepfunctions", "monitoring": "cloudwatch"}


@functools.cache
def model(service):
    try:
        return ServiceModel(Loader().load_service_model(service, "service-2"), service)
    except Exception:  # the emulator knows words that are no services
        return None


@functools.cache
def routes(service):
    """Of a REST API: method, pattern of the path, what the query has to have, the operation."""
    found = []
    for name in model(service).operation_names:
        operation = model(service).operation_model(name)
        path, _, query = operation.http["requestUri"].partition("?")
        pattern = re.sub(r"\\{(\w+)(\\\+)?\\}", lambda part: f"(?P<{part[1]}>{'.+' if part[2] else '[^/]+'})", re.escape(path.rstrip("/")) or "/")
        needed = dict(part.partition("=")[::2] for part in query.split("&") if part)
        shape = operation.input_shape
        bound = [(at.serialization["location"], at.serialization["name"]) for at in map(shape.members.get, shape.required_members)
                 if at.serialization.get("location") in ("header", "querystring")] if shape else []
        found.append((operation.http["method"], re.compile(pattern + "/?"), needed, bound, operation))
    return found


def rest_operation(service, method, path, headers, query):
    """The one that asks for most of what the request has."""
    best = (-1, None, {})
    for verb, pattern, needed, bound, operation in routes(service):
        match = verb == method and pattern.fullmatch(path)
        if not match or any(key not in query or value and value not in query[key] for key, value in needed.items()):
            continue
        if any((name.lower() not in headers) if place == "header" else (name not in query) for place, name in bound):
            continue
        literal = len(pattern.pattern.split("(?P")[0])
        rank = 1000 * (len(needed) + len(bound)) + literal
        if rank > best[0]:
            best = (rank, operation, match.groupdict())
    return best[1:]


def parse(service, method, path, headers, body, query):
    """The operation and its parameters by the members' names; without an operation, where nobody can know."""
    known = model(service)
    if known is None:
        return None, {}
    target = headers.get("x-amz-target", "").rpartition(".")[2]
    if target:
        operation = known.operation_model(target) if target in known.operation_names else None
        return operation, of_json(json.loads(body or b"{}"), operation.input_shape) if operation and operation.input_shape else {}
    protocol = known.metadata["protocol"]
    if protocol in ("query", "ec2"):
        action = (query.get("Action") or [""])[0]
        operation = known.operation_model(action) if action in known.operation_names else None
        return operation, of_query(nested(query), operation.input_shape) if operation and operation.input_shape else {}
    if not protocol.startswith("rest"):
        return None, {}
    operation, bound = rest_operation(service, method, path, headers, query)
    if operation is None or operation.input_shape is None:
        return operation, {}
    return operation, of_rest(operation.input_shape, bound, headers, query, of_body(operation.input_shape, body, protocol))


# Of a body in XML.
UNSEEN = object()


def of_body(shape, body, protocol):
    payload = shape.serialization.get("payload")
    if not body or payload is None and protocol != "rest-json":
        return {}
    if payload is None:
        return of_json(json.loads(body), shape)
    member = shape.members[payload]
    if member.type_name in ("blob", "string"):
        return {payload: body if member.type_name == "blob" else body.decode()}
    return {payload: of_json(json.loads(body), member) if protocol == "rest-json" else UNSEEN}


def of_rest(shape, bound, headers, query, params):
    for name, member in shape.members.items():
        place, called = member.serialization.get("location"), member.serialization.get("name", name)
        if place == "uri" and called in bound:
            params[name] = scalar(unquote(bound[called]), member)
        elif place == "querystring" and called in query:
            params[name] = [scalar(value, member.member) for value in query[called]] if member.type_name == "list" else scalar(query[called][0], member)
        elif place == "header" and called.lower() in headers:
            params[name] = scalar(headers[called.lower()], member)
        elif place == "headers":
            params[name] = {key[len(called):]: value for key, value in headers.items() if key.startswith(called.lower())}
    return params


def of_json(value, shape):
    if shape.type_name == "structure" and isinstance(value, dict) and not getattr(shape, "is_document_type", False):
        called = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        return {called[key][0]: of_json(inner, called[key][1]) for key, inner in value.items() if key in called}
    if shape.type_name == "list" and isinstance(value, list):
        return [of_json(inner, shape.member) for inner in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: of_json(inner, shape.value) for key, inner in value.items()}
    return value


def nested(query):
    """a.b.1=x as {"a": {"b": {"1": "x"}}}."""
    tree = {}
    for key, values in query.items():
        *parts, last = key.split(".")
        at = tree
        for part in parts:
            at = at.setdefault(part, {})
            if not isinstance(at, dict):
                break
        else:
            at[last] = values[0]
    return tree


def of_query(value, shape):
    if shape.type_name == "structure" and isinstance(value, dict):
        called = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        return {called[key][0]: of_query(inner, called[key][1]) for key, inner in value.items() if key in called}
    if shape.type_name == "list" and isinstance(value, dict):
        items = value if shape.serialization.get("flattened") else value.get(shape.member.serialization.get("name", "member"), {})
        return [of_query(items[key], shape.member) for key in sorted(items, key=lambda key: int(key) if key.isdigit() else 0)] if isinstance(items, dict) else []
    if shape.type_name == "map" and isinstance(value, dict):
        entries = value if shape.serialization.get("flattened") else value.get("entry", {})
        key, inner = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
        return {entry.get(key, ""): of_query(entry.get(inner, ""), shape.value) for entry in entries.values() if isinstance(entry, dict)}
    return [] if shape.type_name == "list" and value == "" else scalar(value, shape)


def scalar(text, shape):
    try:
        if shape.type_name in ("integer", "long"):
            return int(text)
        if shape.type_name in ("float", "double"):
            return float(text)
    except (TypeError, ValueError):
        return text
    return {"true": True, "false": False}.get(text.lower(), text) if shape.type_name == "boolean" and isinstance(text, str) else text


TYPES = {
    "structure": dict, "map": dict, "list": list, "string": str, "boolean": bool,
    "integer": int, "long": int, "float": (int, float), "double": (int, float),
}


def problems(value, shape, at=""):
    """What the model doesn't allow, in the words of AWS; a type that is another one ends it (SerializationException)."""
    kind = shape.type_name
    if value is None or value is UNSEEN or getattr(shape, "is_document_type", False) or kind not in TYPES:
        return
    if not isinstance(value, TYPES[kind]) or kind not in ("boolean",) and isinstance(value, bool):
        raise Refused("SerializationException", f"{at or 'The request'} is no {kind}")
    if kind == "structure":
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"Value null at '{below(at, name)}' failed to satisfy constraint: Member must not be null"
        for name, inner in value.items():
            yield from problems(inner, shape.members[name], below(at, name))
    elif kind == "map":
        for key, inner in value.items():
            yield from problems(key, shape.key, at)
            yield from problems(inner, shape.value, below(at, key))
    elif kind == "list":
        for index, inner in enumerate(value, 1):
            yield from problems(inner, shape.member, f"{at}.{index}.member")
    for constraint in broken(value, shape):
        shown = "" if shape.metadata.get("sensitive") or kind in ("structure", "map", "list") else f" '{str(value)[:200]}'"
        yield f"Value{shown} at '{at}' failed to satisfy constraint: Member must {constraint}"


def below(at, name):
    return ".".join([*([at] if at else []), name[:1].lower() + name[1:]])


def broken(value, shape):
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    number = isinstance(value, (int, float))
    what, measured = ("value", value) if number else ("length", len(value))
    if shape.type_name != "structure":
        if most is not None and measured > most:
            yield f"have {what} less than or equal to {most}"
        if least is not None and measured < least:
            yield f"have {what} greater than or equal to {least}"
    if shape.type_name == "string":
        if getattr(shape, "enum", None) and value not in shape.enum:
            yield f"satisfy enum value set: [{', '.join(shape.enum)}]"
        pattern = compiled(shape.metadata.get("pattern"))
        if pattern and not pattern.fullmatch(value):
            yield f"satisfy regular expression pattern: {pattern.pattern}"


@functools.cache
def compiled(pattern):
    """None for what Python can't say."""
    try:
        return re.compile(pattern) if pattern else None
    except re.error:
        return None


# --- the gate --------------------------------------------------------------------------------------------------------------------


def check(service, operation, params, body=b""):
    if operation.input_shape is not None:
        found = list(problems(params, operation.input_shape))
        if found:
            words = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: {'; '.join(found)}"
            raise Refused(INVALID.get(service, "ValidationException"), words)
    check_quotas(service, operation.name, params, body)


def check_quotas(service, name, params, body=b""):
    for of, operations, page, member, like, code, message in NAMES:
        value = params.get(member)
        if of == service and name in operations.split() and isinstance(value, str) and not compiled(like).fullmatch(value):
            raise Refused(code, message.format(value=value), page)
    for quota in QUOTAS:
        if quota.service == service:
            quota.check(name, params, body)


def answer(service, refused):
    if service == "s3" or model(service).metadata["protocol"] == "query":
        status, headers, body = error_response_xml(refused.code, refused.message, 400)
        if service == "s3":
            body = re.sub(rb"<ErrorResponse[^>]*>|</ErrorResponse>|<Type>\w+</Type>", b"", body)
        return status, headers, body
    return error_response_json(refused.code, refused.message, 400)


def hold_requests():
    dispatch = app._dispatch_service_request

    async def gated(method, path, headers, body, query_params, request_id):
        params = app._routing_params(method, path, headers, body, query_params)
        service = detect_service(method, path, headers, params)
        service = MODELS.get(service, service)
        sent = body if service == "s3" else app._decompress_request_body(body, dict(headers))
        name = ""
        try:
            try:
                operation, given = parse(service, method, path, headers, sent, params)
            except (ValueError, AttributeError, TypeError) as error:
                raise Refused("SerializationException", f"The request can't be read: {error}") from error
            if operation is not None:
                name = operation.name
                check(service, operation, given, sent)
        except Refused as refused:
            told(service, name, refused)
            return answer(service, refused)
        return await dispatch(method, path, headers, body, query_params, request_id)

    app._dispatch_service_request = gated


def told(service, name, refused):
    words = ascii(refused.message)[1:-1][:1000]
    logger.warning("gate refused %s %s: %s: %s (%s)", service, name, refused.code, words, refused.page)


def hold_resources():
    """What CloudFormation makes: the values of what it says, not what is missing or has another form there."""
    create, update = provisioners._provision_resource, provisioners._update_resource

    def checked(kind, props):
        if kind not in RESOURCES:
            return
        service, name, called = RESOURCES[kind]
        shape = model(service).operation_model(name).input_shape
        params = of_properties({called.get(key, key): value for key, value in props.items()}, shape, called)
        try:
            found = [problem for problem in values_only(params, shape) if problem]
            if found:
                raise Refused(INVALID.get(service, "ValidationException"), f"{len(found)} validation error(s) detected: {'; '.join(found)}")
            extra = {key: props[key] for key in ("Policies", "ReservedConcurrentExecutions") if key in props}
            check_quotas(service, name, {**params, **extra})
        except Refused as refused:
            told("cloudformation", kind, refused)
            raise ValueError(f'Resource handler returned message: "{refused.message} (Service: {service}, Status Code: 400)" ({refused.code})') from refused

    def created(kind, logical_id, props, stack):
        checked(kind, props)
        return create(kind, logical_id, props, stack)

    def updated(kind, physical_id, old, new, *rest, **named):
        if old != new:
            checked(kind, new)
        return update(kind, physical_id, old, new, *rest, **named)

    for module in (provisioners, stacks):
        module._provision_resource, module._update_resource = created, updated


def of_properties(value, shape, called):
    """By the members' names, which CloudFormation writes with a capital."""
    if shape.type_name == "structure" and isinstance(value, dict):
        names = {name.lower(): name for name in shape.members}
        found = {names[called.get(key, key).lower()]: inner for key, inner in value.items() if called.get(key, key).lower() in names}
        return {name: of_properties(inner, shape.members[name], called) for name, inner in found.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [of_properties(inner, shape.member, called) for inner in value]
    if shape.type_name == "string" and isinstance(value, (dict, list)):
        return json.dumps(value)
    if shape.type_name == "string" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return scalar(value, shape) if isinstance(value, str) else value


def values_only(params, shape):
    """Of each member by itself, so that one of another form hides no other."""
    for name, value in params.items():
        try:
            yield from (found for found in problems(value, shape.members[name], below("", name)) if "must not be null" not in found)
        except Refused:
            continue


# --- inside of executions --------------------------------------------------------------------------------------------------------

MOST_EVENTS = 25_000  # Step Functions guide, Service quotas: Maximum execution history size
MOST_DATA = 256 * KIB  # Step Functions guide, Service quotas: Maximum input or output size


def expect_fitting(value, state):
    if size(json.dumps(value, ensure_ascii=False, separators=(",", ":"))) > MOST_DATA:
        logger.warning("gate refused stepfunctions %s: States.DataLimitExceeded", ascii(state))
        raise stepfunctions._ExecutionError(
            "States.DataLimitExceeded", f"The state/task '{state}' returned a result with a size exceeding the maximum number of bytes service limit.")


def hold_executions():
    add, invoke = stepfunctions._add_event, stepfunctions._invoke_resource

    def added(execution, kind, details=None):
        if len(execution["events"]) >= MOST_EVENTS - 1 and not kind.startswith("Execution"):
            logger.warning("gate refused stepfunctions %s: %d events", ascii(execution["executionArn"]), MOST_EVENTS)
            raise stepfunctions._ExecutionError("States.Runtime", f"The execution reached the maximum number of history events ({MOST_EVENTS}).")
        return add(execution, kind, details)

    def invoked(resource, parameters):
        expect_fitting(parameters, resource)
        result = invoke(resource, parameters)
        expect_fitting(result, resource)
        return result

    def fitting(execute):
        def executed(state, raw_input, *rest):
            output, following = execute(state, raw_input, *rest)
            expect_fitting(output, (rest[-1] or {}).get("State", {}).get("Name", state.get("Type")))
            return output, following

        return executed

    stepfunctions._add_event, stepfunctions._invoke_resource = added, invoked
    for kind in ("pass", "task", "parallel", "map"):
        setattr(stepfunctions, f"_execute_{kind}", fitting(getattr(stepfunctions, f"_execute_{kind}")))


def give_names_once():
    """The same name and input while that runs is the same execution, else ExecutionAlreadyExists (API reference, StartExecution)."""
    start, start_and_wait = stepfunctions._start_execution, stepfunctions._start_sync_execution

    def known(data):
        machine = stepfunctions._state_machines.get(stepfunctions._resolve_state_machine_arn(data.get("stateMachineArn", "").split("#")[0]) or "")
        if not machine or not data.get("name"):
            return None
        return stepfunctions._executions.get(f"arn:aws:states:{get_region()}:{get_account_id()}:execution:{machine['name']}:{data['name']}")

    def runs(execution, data):
        return execution["status"] == "RUNNING" and execution["input"] == data.get("input", "{}")

    def started(data):
        execution = known(data)
        if execution and runs(execution, data):
            return json_response({"executionArn": execution["executionArn"], "startDate": execution["startDate"]})
        return start(data)

    def waited(data):
        """Only a task starts one so; it reads how the execution ended."""
        execution = known(data)
        if execution is None:
            return start_and_wait(data)
        if not runs(execution, data):
            return error_response_json("StepFunctions.ExecutionAlreadyExistsException", f"Execution already exists: '{execution['executionArn']}'")
        while execution["status"] == "RUNNING":
            time.sleep(0.05)
        return json_response({key: execution.get(key) for key in ("executionArn", "stateMachineArn", "name", "startDate", "stopDate", "status", "input", "output")})

    stepfunctions._start_execution, stepfunctions._start_sync_execution = started, waited


def read_as_step_functions_does():
    """A comparison of what isn't there ends the execution, null is there, and a blank text is null (Step Functions guide, Choice; recorded)."""
    evaluate, run_intrinsic = stepfunctions._evaluate_rule, stepfunctions._exec_intrinsic

    def evaluated(rule, data, context=None):
        path = rule.get("Variable", "")
        if not path or stepfunctions._resolve_path_or_ctx(path, data, context) is not None:
            return evaluate(rule, data, context)
        parent, _, last = path.rpartition(".")
        holder = stepfunctions._resolve_path_or_ctx(parent, data, context)
        present = isinstance(holder, dict) and last in holder
        if "IsPresent" in rule:
            return present == rule["IsPresent"]
        if not present:
            raise stepfunctions._ExecutionError("States.Runtime", f"Invalid path '{path}': The choice state's condition path references an invalid value.")
        return evaluate(rule, data, context)

    def run(node, data, context):
        if node[1] == "States.StringToJson":
            text = stepfunctions._eval_intrinsic_arg(node[2][0], data, context)
            if isinstance(text, str) and not text.strip():
                return None
        return run_intrinsic(node, data, context)

    stepfunctions._evaluate_rule, stepfunctions._exec_intrinsic = evaluated, run


def stand():
    hold_requests()
    hold_resources()
    hold_executions()
    give_names_once()
    read_as_step_functions_does()
