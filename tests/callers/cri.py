#!/usr/bin/env python3
"""Calls of the Container Runtime Interface: what a kubelet asks of containerd.

    CRI_SOCKET=/run/containerd/containerd.sock CRI_PROTO=DIR cri.py REQUESTS ANSWERS

REQUESTS and ANSWERS are fifos (a start of this program for each call would take seconds in a guest): a line
"METHOD<tab>REQUEST AS JSON" comes in, a line "STATUS<tab>ANSWER" goes out, 0 and JSON with the names of
cri.proto, or 1 and what the service said. CRI_PROTO is where `protoc --python_out` put cri_pb2.py.
"""
import os
import sys

sys.path.insert(0, os.environ["CRI_PROTO"])

import cri_pb2  # noqa: E402
import grpc  # noqa: E402
from google.protobuf import json_format  # noqa: E402


def call(channel, method, request):
    described = cri_pb2.DESCRIPTOR.services_by_name["RuntimeService"].methods_by_name[method]
    ask = getattr(cri_pb2, described.input_type.name)
    answer = getattr(cri_pb2, described.output_type.name)
    ready = channel.unary_unary(f"/runtime.v1.RuntimeService/{method}",
                                request_serializer=ask.SerializeToString,
                                response_deserializer=answer.FromString)
    try:
        got = ready(json_format.Parse(request, ask()), timeout=120)
    except grpc.RpcError as error:
        return 1, f"{error.code().name}: {error.details()}"
    return 0, json_format.MessageToJson(got, including_default_value_fields=True, preserving_proto_field_name=True, indent=None)


def main(requests, answers):
    with grpc.insecure_channel("unix://" + os.environ["CRI_SOCKET"]) as channel:
        # opened to be written, too: it has no end, in which a request could be lost
        with open(os.open(requests, os.O_RDWR), encoding="utf-8") as lines:
            for line in lines:
                method, _, request = line.rstrip("\n").partition("\t")
                status, text = call(channel, method, request)
                with open(answers, "w", encoding="utf-8") as out:
                    out.write(f"{status}\t{text}".replace("\n", " ") + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
