#!/usr/bin/env python3
"""One call of the Container Runtime Interface: what a kubelet asks of containerd.

    CRI_SOCKET=/run/containerd/containerd.sock CRI_PROTO=DIR cri.py METHOD ['REQUEST AS JSON']

Prints the answer as JSON, with the names of cri.proto. An error of the service is one line on stderr and
status 1. CRI_PROTO is where `protoc --python_out` put cri_pb2.py.
"""
import os
import sys

sys.path.insert(0, os.environ["CRI_PROTO"])

import cri_pb2  # noqa: E402
import grpc  # noqa: E402
from google.protobuf import json_format  # noqa: E402


def main(method, request="{}"):
    described = cri_pb2.DESCRIPTOR.services_by_name["RuntimeService"].methods_by_name[method]
    ask = getattr(cri_pb2, described.input_type.name)
    answer = getattr(cri_pb2, described.output_type.name)
    with grpc.insecure_channel("unix://" + os.environ["CRI_SOCKET"]) as channel:
        call = channel.unary_unary(f"/runtime.v1.RuntimeService/{method}",
                                   request_serializer=ask.SerializeToString,
                                   response_deserializer=answer.FromString)
        try:
            got = call(json_format.Parse(request, ask()), timeout=120)
        except grpc.RpcError as error:
            print(f"{error.code().name}: {error.details()}", file=sys.stderr)
            return 1
    print(json_format.MessageToJson(got, including_default_value_fields=True, preserving_proto_field_name=True))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
