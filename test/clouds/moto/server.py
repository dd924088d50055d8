"""A moto server on loopback whose DynamoDB keeps its promises about time, and that tests can command.

    python server.py PORT

Under /_test/: `GET ready`, `POST settings|rules|watch|freeze|thaw|table|reset`, `GET frozen|calls`, `GET truth?region=`.
"""
import copy
import io
import json
import re
import socket
import sys
import threading
import time
from urllib.parse import parse_qs

import moto.server as moto_server
from moto.dynamodb.responses import DynamoHandler
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.models import moto_api_backend
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

import backups  # noqa: F401  replaces moto's calls
import service
import truth

JSON = "application/x-amz-json-1.0"


class Server:
    def __init__(self):
        self.app = moto_server.DomainDispatcherApplication(moto_server.create_backend_app)
        self.lock = threading.Lock()
        self.thawed = threading.Event()
        self.post_reset({})

    def post_reset(self, _):
        moto_api_backend.reset()
        mock_random.seed(1)
        service.settings.clear()
        service.settings.update(copy.deepcopy(service.DEFAULTS))
        truth.watched.clear()
        truth.violations.clear()
        self.calls, self.rules = [], []
        self.stop_at = self.stop_name = self.when = self.frozen = None
        self.thawed.set()

    def __call__(self, environ, start_response):
        request = Request(environ)
        if request.path.startswith("/_test/"):
            control = getattr(self, f"{request.method.lower()}_{request.path.removeprefix('/_test/')}")
            answer = control(request.args if request.method == "GET" else request.get_json())
            return Response(json.dumps(answer), content_type="application/json")(environ, start_response)
        return self.api(request, environ)(environ, start_response)

    def api(self, request, environ):
        request.get_data(cache=True)
        call = describe(request)
        with self.lock:
            if self.frozen:
                hold = True
            else:
                self.calls.append(call)
                call["number"] = len(self.calls)
                hold = self.is_stop(call)
                if hold:
                    self.thawed.clear()
                    self.frozen = call
        if hold and (self.frozen is not call or self.when == "before"):
            return self.held()
        rule = self.rule_for(call)
        if request.headers.get("X-Amz-Target", "").startswith("DynamoDB_") and not hasattr(DynamoHandler, snake_case(call["operation"])):
            rule = {"error": "UnknownOperationException", "message": "An unknown operation was requested."}
        if rule.get("delayMs"):
            time.sleep(rule["delayMs"] / 1000)
        if "drop" in rule:
            return hang_up
        if "error" in rule:
            call["answer"] = rule["error"]
            return refusal(rule)
        with self.lock:
            response = Response.from_app(self.app, rewound(environ, request))
            call["answer"] = response.status_code if response.status_code < 400 else error_of(response)
            truth.check(call["number"])
        return self.held() if hold else response

    def is_stop(self, call):
        if self.stop_name and re.fullmatch(self.stop_name, f"{call['operation']} {call['table']}"):
            self.stop_at -= 1
            return self.stop_at == 0
        return not self.stop_name and call["number"] == self.stop_at

    def held(self):
        """The caller is about to be killed, or is of a world that has ended: it never hears an answer."""
        self.thawed.wait()
        return hang_up

    def rule_for(self, call):
        with self.lock:
            for rule in self.rules:
                if all(re.search(rule[key], call[key] or "") for key in ("operation", "table", "accessKey", "region") if key in rule):
                    rule["skip"] = rule.get("skip", 0) - 1
                    if rule["skip"] >= 0:
                        continue
                    if "times" in rule:
                        rule["times"] -= 1
                        if rule["times"] < 0:
                            continue
                    return rule
        return {}

    def get_ready(self, _):
        return {}

    def get_calls(self, _):
        with self.lock:
            return [{key: value for key, value in call.items() if key != "body"} for call in self.calls]

    def get_frozen(self, _):
        return {"frozen": bool(self.frozen), "call": self.frozen and f"{self.frozen['operation']} {self.frozen['table']}"}

    def post_settings(self, given):
        service.settings.update(given)
        return {"now": service.now()}

    def post_rules(self, given):
        self.rules = given

    def post_watch(self, given):
        truth.watch(given["region"], given["tables"], given["at"])

    def post_freeze(self, given):
        """Everything stops at the n-th call (of those with this name, a pattern), from 1, before or after its effect; until `thaw`."""
        self.calls.clear()
        self.stop_at, self.stop_name, self.when = given["call"], given.get("name"), given["when"]

    def post_thaw(self, _):
        self.stop_at = self.stop_name = self.frozen = None
        self.thawed.set()

    def post_table(self, given):
        """What no API call sets up here: replicas of a global table."""
        truth.dynamodb_backends[truth.DEFAULT_ACCOUNT_ID][given["region"]].tables[given["name"]].replicas = given["replicas"]

    def get_truth(self, given):
        with self.lock:
            service.settle(truth.dynamodb_backends[truth.DEFAULT_ACCOUNT_ID][given["region"]])
            return truth.truth(given["region"])


def describe(request):
    credential = re.search(r"Credential=([^/]*)/\d+/([^/]*)/([^/]*)/", request.headers.get("Authorization", ""))
    key, region, name = credential.groups() if credential else (None, None, None)
    target = request.headers.get("X-Amz-Target", "")
    text = request.get_data(as_text=True)
    body = json.loads(text) if target and text else {}
    operation = target.split(".")[-1] or parse_qs(text).get("Action", [""])[0]
    table = body.get("TableName") or body.get("TargetTableName") or body.get("ResourceId") or body.get("ResourceArn") or body.get("BackupArn")
    return {"operation": operation, "table": table, "service": name, "region": region, "accessKey": key, "at": time.time(), "body": body}


def snake_case(operation):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


def rewound(environ, request):
    return {**environ, "wsgi.input": io.BytesIO(request.get_data())}


def refusal(rule):
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{rule['error']}", "message": rule.get("message", rule["error"])}
    return Response(json.dumps(body), status=rule.get("status", 400), content_type=JSON)


def error_of(response):
    try:
        return json.loads(response.get_data())["__type"].split("#")[-1]
    except (ValueError, KeyError):
        return response.status_code


def hang_up(environ, _):
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_):
        pass


if __name__ == "__main__":
    make_server("127.0.0.1", int(sys.argv[1]), Server(), threaded=True, request_handler=Quiet).serve_forever()
